import { expect } from "chai";
import { zipSync, type Zippable } from "fflate";
import * as fs from "node:fs";
import * as path from "node:path";
import { PNG } from "pngjs";
import { readScene, SceneError, tileCount } from "../scene/read-scene";

const triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1\n";
const plain = {
  camera: { from: [0, 0, 5], at: [0, 0, 0] },
  materials: { clay: { type: "lambert" } },
  objects: [{ material: "clay", mesh: "shape.obj" }],
};
const zipped = (files: Zippable): Buffer => Buffer.from(zipSync(files));
const scene = (changes: object, files: Zippable = {}): Buffer =>
  zipped({
    "scene.json": Buffer.from(JSON.stringify({ ...plain, ...changes })),
    "shape.obj": Buffer.from(triangle),
    ...files,
  });

async function refusal(bytes: Buffer): Promise<string> {
  const error: unknown = await readScene(bytes).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(SceneError);
  return (error as SceneError).message;
}

describe("a scene", () => {
  it("is read with its meshes, textures and defaults", async () => {
    const picture = new PNG({ width: 2, height: 1 });
    picture.data.set([255, 0, 0, 255, 0, 0, 255, 255]);
    const materials = { clay: { type: "lambert", texture: "red.png" }, lens: { type: "glass" } };
    const read = await readScene(
      scene(
        {
          width: 100,
          height: 50,
          tileSize: 32,
          materials,
          objects: [{ material: "clay", mesh: "shape.obj", scale: 2, position: [1, 0, 0] }],
        },
        { "red.png": PNG.sync.write(picture) },
      ),
    );
    expect(tileCount(read)).to.equal(8);
    expect(read.samples).to.equal(32);
    expect(read.materials).to.deep.equal([
      { type: "lambert", color: [1, 1, 1], texture: 0 },
      { type: "glass", color: [1, 1, 1], ior: 1.5 },
    ]);
    expect(read.textures).to.deep.equal([
      { width: 2, height: 1, rgb: Buffer.from([255, 0, 0, 0, 0, 255]).toString("base64") },
    ]);
    expect(read.meshes[0]).to.deep.include({ positions: [1, 0, 0, 3, 0, 0, 1, 2, 0], indices: [0, 1, 2], material: 0 });
    expect(read.meshes[0]?.normals?.slice(0, 3)).to.deep.equal([0, 0, 1]);
  });

  it("of faces with many corners, and corners counted backwards, becomes triangles", async () => {
    const square = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf -4 -3 -2 -1\n";
    const read = await readScene(scene({}, { "shape.obj": Buffer.from(square) }));
    expect(read.meshes[0]?.indices).to.deep.equal([0, 1, 2, 0, 2, 3]);
  });

  it("as it is shipped has a real mesh", async () => {
    const example = path.resolve(__dirname, "..");
    const files = { "tiles.png": PNG.sync.write(new PNG({ width: 1, height: 1 })), "bunny.obj": Buffer.from(triangle) };
    const json = fs.readFileSync(path.join(example, "scene/bunny/scene.json"));
    const read = await readScene(zipped({ "scene.json": json, ...files }));
    expect(read.meshes).to.have.length(6);
  });

  it("that is no zip, or lies about what is in it, is refused", async () => {
    expect(await refusal(Buffer.from("no zip"))).to.match(/^it is no zip file that can be read: /);
    expect(await refusal(zipped({ "notes.txt": Buffer.from("") }))).to.equal(
      "scene.json is not in the zip; there is: notes.txt",
    );
    const lying = scene({});
    // The size of the first file, in its entry of the directory.
    lying.writeUInt32LE(7, lying.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect(await refusal(lying)).to.match(/^it is no zip file/);
  });

  it("that would fill the machine, or write beside it, is refused", async () => {
    expect(await refusal(scene({}, { "bomb.obj": Buffer.alloc(4 * 1024 * 1024) }))).to.match(
      /^bomb\.obj unpacks to too much/,
    );
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`file-${n}`, Buffer.from("x")]));
    expect(await refusal(scene({}, many))).to.equal("it has more than 100 files");
    for (const name of ["../../evil.obj", "/etc/evil.obj", "a/../../evil.obj", "c:\\evil.obj"]) {
      expect(await refusal(scene({}, { [name]: Buffer.from("x") })), name).to.match(
        /relative path|absolute path|characters/i,
      );
    }
    const link: Zippable = { "link.obj": [Buffer.from("/etc/passwd"), { os: 3, attrs: (0o120777 << 16) >>> 0 }] };
    expect(await refusal(scene({}, link))).to.match(/^link\.obj is a link/);
  });

  it("with a mistake in it is refused with the place and all that is wrong there", async () => {
    expect(await refusal(zipped({ "scene.json": Buffer.from("{oops") }))).to.match(/^scene\.json is no JSON: /);
    const shape = { widht: 1, samples: 0 };
    expect(await refusal(scene(shape))).to.match(/^scene\.json: (?=.*samples)(?=.*widht)/);
    expect(await refusal(scene({ materials: { clay: { type: "wood" } } }))).to.match(/material "clay": type/);
    expect(await refusal(scene({ objects: [{ material: "wood", mesh: "shape.obj" }] }))).to.equal(
      'scene.json: object 1 is of "wood"; there is: clay',
    );
    expect(await refusal(scene({ objects: [{ material: "clay" }] }))).to.match(/exactly one of mesh and quad/);
    expect(await refusal(scene({ objects: [{ material: "clay", mesh: "no.obj" }] }))).to.match(
      /^no\.obj is not in the zip/,
    );
    expect(await refusal(scene({}, { "shape.obj": Buffer.from("v 1 2\n") }))).to.match(/^shape\.obj:1: 3 numbers/);
    expect(await refusal(scene({}, { "shape.obj": Buffer.from("v 0 0 0\nf 1 2 3\n") }))).to.match(
      /^shape\.obj:2: the face names "2"/,
    );
    expect(await refusal(scene({}, { "shape.obj": Buffer.from("# empty") }))).to.equal("shape.obj has no faces");
    const textured = { materials: { clay: { type: "lambert", texture: "t.png" } } };
    expect(await refusal(scene(textured, { "t.png": Buffer.from("gif") }))).to.match(/^t\.png is no PNG or JPEG/);
  });
});
