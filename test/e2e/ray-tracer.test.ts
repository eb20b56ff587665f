import { expect } from "chai";
import { zipSync } from "fflate";
import * as fs from "node:fs";
import * as path from "node:path";
import { PNG } from "pngjs";
import { copyOfExample, npm, repository, tandem, type Running } from "./command";
import { quickScene } from "./quick-scene";

const rayTracer = path.join(repository, "examples", "ray-tracer");
const hostMode = { TANDEM_DOCKER: "off" };

describe("the ray tracer", () => {
  let folder: string;
  let up: Running;
  let url: string;

  before(async () => {
    folder = copyOfExample(rayTracer);
    // The last tile of a scene of nine never gets anywhere.
    const program = path.join(folder, "renderer/render.mjs");
    const unlucky = `if (process.env.TILE === "8") throw new Error("no such luck");\n`;
    fs.writeFileSync(program, unlucky + fs.readFileSync(program, "utf8"));
    up = tandem(["up"], { cwd: folder, env: hostMode });
    await up.prints(/^ready in/m);
    const outputs = (await tandem(["ls", "--json"], { cwd: folder }).ended).output.trim().split("\n");
    url =
      outputs.map((line) => JSON.parse(line) as { name: string; value: string }).find(({ name }) => name === "url")
        ?.value ?? "";
  });

  after(async () => {
    up.child.kill("SIGINT");
    await up.ended;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const put = async (name: string, changes: object | Buffer): Promise<void> => {
    const file = path.join(folder, `${name}.zip`);
    const bytes = Buffer.isBuffer(changes)
      ? changes
      : zipSync({ "scene.json": Buffer.from(JSON.stringify({ ...quickScene, ...changes })) });
    fs.writeFileSync(file, bytes);
    expect((await tandem(["put", "scenes", file], { cwd: folder }).ended).code).to.equal(0);
  };

  interface Progress {
    readonly id: string;
    readonly state: string;
    readonly reason?: string;
    readonly done: number[];
    readonly failed: number[];
    readonly picture: string;
  }
  const stands = async (name: string): Promise<Progress | undefined> => {
    const ids = (await (await fetch(`${url}/renders`)).json()) as string[];
    const id = ids.find((each) => each.startsWith(`${name}-`));
    return id === undefined ? undefined : ((await (await fetch(`${url}/renders/${id}`)).json()) as Progress);
  };
  const picture = async (name: string): Promise<Buffer> => {
    const { picture: at = "" } = (await stands(name)) ?? {};
    return Buffer.from(await (await fetch(url + at)).arrayBuffer());
  };

  it("renders the Stanford bunny after npm start, and says where the picture is", async () => {
    fs.rmSync(path.join(rayTracer, ".tandem"), { recursive: true, force: true });
    const { code, output } = await npm(["start", "-w", "examples/ray-tracer"], hostMode).ended;
    expect(code, output).to.equal(0);
    const file = /^all is done: (\S+\/picture\.png)$/m.exec(output)?.[1] ?? "";
    const { width, height, data } = PNG.sync.read(fs.readFileSync(path.resolve(rayTracer, file)));
    expect({ width, height }).to.deep.equal({ width: 320, height: 240 });
    // The floor in front is grey, the bunny on the left is of gold.
    const pixel = (x: number, y: number): number[] => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
    const [red = 0, , blue = 0] = pixel(75, 125);
    expect(red - blue, "gold").to.be.above(30);
    expect(new Set(data).size).to.be.above(200);
  });

  it("makes the same picture of one tile and of eight", async () => {
    await put("whole", {});
    await put("cut", { tileSize: 16 });
    await up.prints(/Rendered: whole-\w+\/picture\.png/);
    await up.prints(/Rendered: cut-\w+\/picture\.png/);
    expect((await stands("cut"))?.done).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await picture("cut")).equals(await picture("whole"))).to.equal(true);
    expect(PNG.sync.read(await picture("whole"))).to.include({ width: 64, height: 32 });
  });

  it("renders a tile again whose container is killed", async () => {
    await put("killed", { samples: 4096 });
    process.kill(await containerOf(folder), "SIGKILL");
    await up.prints(/comes again in 2 s, as \w+ asked: tile 0 of killed-/);
    expect((await stands("killed"))?.state).to.equal("rendering");
    process.kill(await containerOf(folder), 0);
  });

  it("refuses a scene that is none in its status, and touches nothing else", async () => {
    await put("bad", Buffer.from("no zip"));
    await up.prints(/^onScene +bad-\w+ is refused/m);
    expect(await stands("bad")).to.include({ state: "refused" });
    await put("escape", Buffer.from(zipSync({ "../../evil.json": Buffer.from("{}") })));
    await up.prints(/^onScene +escape-\w+ is refused/m);
    expect((await stands("escape"))?.reason).to.include("../../evil.json");
  });

  it("says that a render failed whose tile always fails, and keeps the tile in the dead letters", async () => {
    await put("unlucky", { width: 48, height: 48, tileSize: 16 });
    await up.prints(/failed in \w+ for the last time; given up in 2 s: tile 8 of unlucky-/);
    expect(await stands("unlucky")).to.deep.include({ state: "failed", failed: [8], done: [0, 1, 2, 3, 4, 5, 6, 7] });
    expect((await stands("unlucky"))?.reason).to.match(/^tile 8: /);
    await up.prints(/tiles .*dead letters/);
    expect((await tandem(["ls"], { cwd: folder }).ended).output).to.match(/queue +tiles .*1 dead/);
  });
});

/** The process of a container in host mode that renders for the stack in `folder`. */
async function containerOf(folder: string): Promise<number> {
  for (;;) {
    const found = fs.readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && isContainer(entry, folder));
    if (found !== undefined) return Number(found);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isContainer(entry: string, folder: string): boolean {
  try {
    const cwd = fs.readlinkSync(`/proc/${entry}/cwd`);
    return (
      cwd.startsWith(fs.realpathSync(folder)) &&
      fs.readFileSync(`/proc/${entry}/cmdline`, "utf8").includes("render.mjs")
    );
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
