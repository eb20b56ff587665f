import { expect } from "chai";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EngineError } from "../../engine/errors";
import { HeldStackFolder, stackFolder } from "../../engine/stack-folder";

describe("a stack's data folder", () => {
  let root: string;
  let held: HeldStackFolder | undefined;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-folder-"));
  });
  afterEach(() => {
    held?.release();
    held = undefined;
    fs.rmSync(root, { recursive: true });
  });

  const take = (data?: string): HeldStackFolder => {
    const folder = stackFolder(root, "dev", data);
    held = HeldStackFolder.take(folder, "dev");
    return held;
  };

  it("loses everything but its lock when it is emptied, so that no second engine takes it", () => {
    const { folder } = take();
    fs.mkdirSync(path.join(folder, "buckets"));
    fs.writeFileSync(path.join(folder, "engine.db"), "");
    held?.empty();
    expect(fs.readdirSync(folder).filter((name) => !name.startsWith("lock"))).to.deep.equal([]);
    expect(() => HeldStackFolder.take(folder, "dev"))
      .to.throw(EngineError)
      .with.property("code", "ERR_STACK_RUNNING");
  });

  for (const data of [undefined, "data"]) {
    it(`never comes into git${data === undefined ? "" : ", where another is given"}`, () => {
      const git = (...args: string[]): string => execFileSync("git", args, { cwd: root }).toString();
      git("init", "--quiet");
      fs.writeFileSync(path.join(root, "index.ts"), "");
      take(data === undefined ? undefined : path.join(root, data)).empty();
      git("add", "--all");
      expect(git("ls-files")).to.equal("index.ts\n");
    });
  }
});
