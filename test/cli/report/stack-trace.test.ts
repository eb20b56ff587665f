import { expect } from "chai";
import { readableTraces } from "../../../cli/report/stack-trace";

const code = "/home/me/app/.tandem/dev/functions/code/4314d513c44aaeec963099a6e7370380/package";

describe("the stack traces of functions", () => {
  it("name the program's own lines, and not what runs handlers", () => {
    const printed = `message 1 failed: Error: cannot do -1
    at checked (${code}/lib/check.ts:3:9)
    at __f1 (${code}/lib/check.ts:9:1)
    at <anonymous> (${code}/index.ts:5:25)
    at __f0 (${code}/index.ts:6:1)
    at succeeds (${code}/index.ts:6:1)
    at Array.map (<anonymous>)
    at async handle (/lib/tandem/dist/engine/services/functions/runtime/bootstrap.js:119:26)
and then another: Error: no
    at async <anonymous> (${code}/index.ts:7:1)
    at async ${code}/index.js:1:1693
    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)
done`;
    expect(readableTraces(printed)).to.equal(`message 1 failed: Error: cannot do -1
    at checked (lib/check.ts:3:9)
    at <anonymous> (index.ts:5:25)
and then another: Error: no
    at async <anonymous> (index.ts:7:1)
done`);
  });

  it("are shortened in objects that were printed, and with addresses of files", () => {
    const printed = `{\n  stackTrace: [\n    'Error: x',\n    '    at f (file://${code}/index.ts:1:2)',\n    '    at node:internal/x:1:1'\n  ]\n}`;
    expect(readableTraces(printed)).to.equal(
      `{\n  stackTrace: [\n    'Error: x',\n    '    at f (index.ts:1:2)',\n  ]\n}`,
    );
  });

  it("stay as they are where they are not about the program", () => {
    const foreign = `Error: x\n    at f (${code}/index.js:1:2)\n    at node:internal/x:1:1`;
    for (const text of [foreign, "one line", `looked into ${code}/index.ts`])
      expect(readableTraces(text)).to.equal(text);
  });
});
