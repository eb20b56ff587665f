import { expect } from "chai";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { pictureOf } from "../scene/assemble";

const folder = path.resolve(__dirname, "../renderer");
type Color = [number, number, number];

/** A small room with everything in it: a matt floor, glass and metal, a lamp, a lens that blurs. */
const quad = (material: number, positions: number[]) => ({ material, positions, indices: [0, 1, 2, 0, 2, 3] });
const room = {
  width: 32,
  height: 16,
  tileSize: 32,
  samples: 4,
  bounces: 5,
  exposure: 1,
  camera: { from: [0, 1.5, 6], at: [0, 0.8, 0], fov: 40, aperture: 0.2, focus: 6 },
  sky: { horizon: [0.4, 0.4, 0.5], zenith: [0.1, 0.1, 0.3] },
  textures: [{ width: 2, height: 1, rgb: Buffer.from([255, 255, 255, 90, 90, 90]).toString("base64") }],
  materials: [
    { type: "lambert", color: [0.8, 0.8, 0.8], texture: 0 },
    { type: "glass", color: [1, 1, 1], ior: 1.5 },
    { type: "metal", color: [0.9, 0.7, 0.4], roughness: 0.1 },
    { type: "light", emit: [8, 8, 7], color: [1, 1, 1] },
  ],
  meshes: [
    { ...quad(0, [-5, 0, 5, 5, 0, 5, 5, 0, -5, -5, 0, -5]), places: [0, 0, 4, 0, 4, 4, 0, 4] },
    quad(1, [-1.5, 0.1, 1, -0.5, 0.1, 1, -0.5, 1.5, 1, -1.5, 1.5, 1]),
    quad(2, [0.3, 0.1, -1, 2, 0.1, -0.5, 2, 2, -0.5, 0.3, 2, -1]),
    quad(3, [-1, 4, -1, 1, 4, -1, 1, 4, 1, -1, 4, 1]),
  ],
};

interface Renderer {
  renderTile(scene: object, tile: number): Uint8Array;
}
const load = async <Module>(file: string): Promise<Module> =>
  (await import(path.join(folder, file) as string)) as Module;

describe("the renderer", () => {
  it("makes the same picture in one container and in eight", async () => {
    const cut = { ...room, tileSize: 8 };
    const served = await serve(
      new Map([
        ["/one", room],
        ["/eight", cut],
      ]),
    );
    try {
      const tiles = Array.from({ length: 8 }, (_, tile) => tile);
      const runs = [container(served.url, "one", 0), ...tiles.map((tile) => container(served.url, "eight", tile))];
      expect(await Promise.all(runs)).to.deep.equal(Array(9).fill(0));
      const tile = (name: string): Buffer => served.written.get(name) ?? Buffer.alloc(0);
      const whole = pictureOf(room, [tile("/one-0")]);
      const assembled = pictureOf(
        cut,
        tiles.map((number) => tile(`/eight-${number}`)),
      );
      expect(assembled.equals(whole)).to.equal(true);
      expect(new Set(tile("/one-0")).size, "different values").to.be.above(50);
    } finally {
      await served.close();
    }
  });

  it("fails with the reason where the scene cannot be read", async () => {
    const served = await serve(new Map());
    try {
      expect(await container(served.url, "none", 0)).to.equal(1);
    } finally {
      await served.close();
    }
  });

  it("finds with boxes what it finds without", async () => {
    const { buildBvh } = await load<{ buildBvh(triangles: object): { order: Uint32Array } }>("bvh.mjs");
    type Hit = (...ray: (number | boolean)[]) => { triangle: number; distance: number };
    const { createIntersector } = await load<{ createIntersector(triangles: object, bvh: object): Hit }>(
      "intersect.mjs",
    );
    const { seeded } = await load<{ seeded(x: number, y: number, sample: number): () => number }>("random.mjs");
    const random = seeded(1, 2, 3);
    const count = 200;
    const corners = Float64Array.from({ length: count * 9 }, (_, i) => (random() - 0.5) * (i % 9 < 3 ? 10 : 4));
    const triangles = { count, corners };
    const bvh = buildBvh(triangles);
    expect([...bvh.order].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: count }, (_, i) => i));
    const boxed = createIntersector(triangles, bvh);
    const everywhere = [-Infinity, -Infinity, -Infinity, Infinity, Infinity, Infinity];
    const one = { ...bvh, boxes: Float64Array.from(everywhere), firsts: [0], counts: [count], axes: [0], empty: false };
    const plain = createIntersector(triangles, one);
    let hits = 0;
    for (let ray = 0; ray < 500; ray++) {
      const origin = Array.from({ length: 3 }, () => (random() - 0.5) * 12);
      const direction = Array.from({ length: 3 }, () => random() - 0.5);
      const found = { ...boxed(...origin, ...direction, Infinity, false) };
      expect(found).to.deep.equal({ ...plain(...origin, ...direction, Infinity, false) });
      if (found.triangle >= 0) hits++;
    }
    expect(hits).to.be.above(50);
  });

  it("loses and adds no light: in a room that glows everywhere, matt white, mirror and glass cannot be seen", async () => {
    const { createTracer } = await load<{
      createTracer(scene: object): { trace(ray: object, random: () => number, light: Float64Array): void };
    }>("trace.mjs");
    const { seeded } = await load<{ seeded(x: number, y: number, sample: number): () => number }>("random.mjs");
    const white: Color = [1, 1, 1];
    for (const material of [{ type: "lambert" }, { type: "metal", roughness: 0 }, { type: "glass", ior: 1.5 }]) {
      const { trace } = createTracer({
        ...room,
        bounces: 60,
        sky: { horizon: white, zenith: white },
        materials: [{ color: white, ...material }],
        meshes: [quad(0, [-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0])],
      });
      const light = new Float64Array(3);
      let sum = 0;
      for (let sample = 0; sample < 2000; sample++) {
        trace({ origin: [0, 0, 3], direction: [0, 0, -1] }, seeded(0, 0, sample), light);
        sum += light[0] ?? 0;
      }
      expect(sum / 2000, material.type).to.be.closeTo(1, 0.03);
    }
  });

  it("shows a lamp as bright as it is, and nothing behind it", async () => {
    const { renderTile } = await load<Renderer>("tile.mjs");
    const facing = quad(0, [-20, -20, 0, 20, -20, 0, 20, 20, 0, -20, 20, 0]);
    const lamp = { ...room, materials: [{ type: "light", emit: [0.5, 0, 0], color: [1, 1, 1] }], meshes: [facing] };
    const [red = 0, green = 0] = renderTile(lamp, 0);
    expect(red).to.be.within(150, 230);
    expect(green).to.equal(0);
  });
});

/** Runs the container's program, and resolves to its exit code. */
function container(url: string, scene: string, tile: number): Promise<number | null> {
  const env = {
    PATH: process.env.PATH,
    SCENE_URL: `${url}/${scene}`,
    TILE_URL: `${url}/${scene}-${tile}`,
    TILE: String(tile),
  };
  const child = spawn(process.execPath, [path.join(folder, "render.mjs")], { env, stdio: "ignore" });
  return new Promise((resolve) => child.once("exit", resolve));
}

/** What stands in for the bucket: scenes to read, and tiles that were written. */
async function serve(scenes: ReadonlyMap<string, object>) {
  const written = new Map<string, Buffer>();
  const server: Server = createServer((request, response) => {
    const url = request.url ?? "";
    if (request.method === "GET") {
      const scene = scenes.get(url);
      return void response.writeHead(scene === undefined ? 404 : 200).end(JSON.stringify(scene ?? "no such scene"));
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      written.set(url, Buffer.concat(chunks));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    written,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
