import { expect } from "chai";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { TemporaryProject } from "../engine/temporary-project";

const root = path.resolve(__dirname, "..", "..");

describe("a test run that fails with a program running", () => {
  const program = `import { Function } from "tandem"; new Function("one", async () => 1);`;
  const project = new TemporaryProject(program);
  // What other programs on this machine leave here is no matter.
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-failing-"));
  after(() => {
    project.remove();
    fs.rmSync(temporary, { recursive: true });
  });

  const cases = {
    "before it closes anything": `throw new Error("as it should");`,
    "because it ends its process": `process.exit(1);`,
  };
  for (const [how, end] of Object.entries(cases)) {
    it(`ends, and leaves nothing behind: ${how}`, () => {
      project.write(
        "test/failing.test.ts",
        `const { start } = require(${JSON.stringify(path.join(root, "dist/testing"))});
         it("fails", async () => {
           const local = await start("../");
           console.log("result", await local.function("one").invoke());
           ${end}
         }).timeout(20000);`,
      );
      const { status, stdout } = spawnSync(
        process.execPath,
        [
          require.resolve("mocha/bin/mocha.js"),
          "-r",
          path.join(root, "dist/engine/monitor/register.js"),
          "test/*.test.ts",
        ],
        { cwd: project.folder, encoding: "utf8", env: { ...process.env, TMPDIR: temporary }, timeout: 60_000 },
      );
      expect(status, stdout).to.equal(1);
      expect(stdout).to.include("result 1");
      expect(fs.readdirSync(temporary)).to.deep.equal([]);
    });
  }
});
