import { expect } from "chai";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { Engine } from "../../engine/engine";
import { TemporaryProject } from "../engine/temporary-project";
import { tandemFromSource } from "./command";

const program = `
  import { Bucket } from "tandem";
  import * as fs from "node:fs";
  fs.appendFileSync("runs", "x");
  new Bucket("media").onPut("first", async ({ key }) => console.log(key));
`;

describe("saves of a program", () => {
  let project: TemporaryProject;
  beforeEach(() => {
    project = new TemporaryProject(program);
  });
  afterEach(() => project.remove());

  const runs = (): number => fs.statSync(path.join(project.folder, "runs")).size;

  it("share one reload that waits, while one runs", async () => {
    const engine = Engine.open({ projectFolder: project.folder });
    const names: string[] = [];
    engine.engineEvents.listen((event) => {
      if (event.type === "resource" && event.status === "created") names.push(event.name);
    });
    try {
      await engine.up();
      const before = runs();
      const first = engine.reload();
      // The first one has begun by now; what is saved since then is for the next.
      await new Promise((resolve) => setImmediate(resolve));
      project.edit('"first"', '"last"');
      await Promise.all([first, ...Array.from({ length: 30 }, () => engine.reload())]);
      expect(runs() - before).to.equal(2);
      expect(names).to.include("last");
    } finally {
      await engine.close();
    }
  });

  const running = /"type":"program"[^\n]*"status":"running"/;
  for (const [when, count] of [
    ["at once", 1],
    ["as the reload begins", 2],
    ["as the next one begins", 3],
  ] as const) {
    it(`leave nothing behind that keeps tandem up from ending at Ctrl-C ${when}`, async () => {
      const up = tandemFromSource(["up", "--json", project.folder]);
      await up.prints(/"type":"up"/);
      project.edit("new Bucket", " new Bucket");
      for (let begun = 1; begun < count; begun += 1) {
        await up.prints(new RegExp(`(${running.source}[^]*){${begun + 1}}`));
        project.edit("new Bucket", " new Bucket");
      }
      up.child.kill("SIGINT");
      const { code, output } = await up.ended;
      expect(code, output).to.equal(130);
    });
  }

  it("end with the engine while they run or wait, and start no process any more", async () => {
    const engine = Engine.open({ projectFolder: project.folder });
    await engine.up();
    const reloads = [engine.reload(), engine.reload(), engine.reload()].map((reload) => reload.catch(() => undefined));
    await new Promise((resolve) => setImmediate(resolve));
    await engine.close();
    await Promise.all(reloads);
    expect(childrenOf(process.pid)).to.deep.equal([]);
  });

  it("do not matter where the engine is closed while the program comes up", async () => {
    const engine = Engine.open({ projectFolder: project.folder });
    const up = engine.up().catch((error: unknown) => error);
    await engine.close();
    expect(await up).to.be.instanceOf(Error);
    expect(childrenOf(process.pid)).to.deep.equal([]);
  });
});

/** The program processes that a process has started and that still run. */
function childrenOf(pid: number): string[] {
  const list = execFileSync("ps", ["-o", "pid=,ppid=,stat=,args=", "-A"]).toString().split("\n");
  return list.filter((line) => {
    const [, parent, state] = line.trim().split(/\s+/);
    return Number(parent) === pid && state?.startsWith("Z") === false && line.includes("program-process.js");
  });
}
