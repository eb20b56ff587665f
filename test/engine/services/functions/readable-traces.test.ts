import { expect } from "chai";
import * as path from "node:path";
import { ReadableTraces } from "../../../../engine/services/functions/readable-traces";

const project = "/home/me/app";
const root = `${project}/.tandem/dev/functions/code/4314d513c44aaeec963099a6e7370380/package`;
const bootstrap = path.resolve("engine/services/functions/runtime/bootstrap.js");

describe("the stack traces of functions", () => {
  const mapped = new ReadableTraces({ root, project, isMapped: true, sources: [] });

  it("name the lines of the program and of its packages, and not what runs handlers", () => {
    const printed = `message 1 failed: Error: cannot do -1
    at checked (${project}/lib/check.ts:3:9)
    at Array.map (<anonymous>)
    at run (${project}/node_modules/checks/index.js:9:1)
    at shared (/home/me/node_modules/hoisted/index.js:2:1)
    at <anonymous> (${project}/index.ts:5:25)
    at __f0 (${root}/index.js:1:1693)
    at async handle (${bootstrap}:119:26)
and then another: Error: no
    at async <anonymous> (file://${project}/index.ts:7:1)
    at node:fs/promises:1:1
    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)
done`;
    expect(mapped.text(printed)).to.equal(`message 1 failed: Error: cannot do -1
    at checked (lib/check.ts:3:9)
    at run (node_modules/checks/index.js:9:1)
    at shared (/home/me/node_modules/hoisted/index.js:2:1)
    at <anonymous> (index.ts:5:25)
and then another: Error: no
    at async <anonymous> (index.ts:7:1)
done`);
  });

  it("keep the braces of an error's properties and causes", () => {
    const printed = `Error: outer
    at f (${project}/index.ts:1:2)
    at async main (${bootstrap}:159:12) {
  code: 5,
  [cause]: Error: inner
      at g (${project}/index.ts:3:4)
      at main (${bootstrap}:159:12) {
    code: 6
  }
}`;
    expect(mapped.text(printed)).to.equal(`Error: outer
    at f (index.ts:1:2) {
  code: 5,
  [cause]: Error: inner
      at g (index.ts:3:4) {
    code: 6
  }
}`);
  });

  it("are shortened in JSON, in objects that were printed, and with addresses of files", () => {
    const trace = ["Error: x", `    at f (${project}/index.ts:1:2)`, `    at async ${root}/index.js:1:1`];
    const readable = ["Error: x", "    at f (index.ts:1:2)"];
    const record = { level: "ERROR", message: { errorMessage: "x", stackTrace: trace, text: trace.join("\n") } };
    expect(JSON.parse(mapped.json(JSON.stringify(record)))).to.deep.equal({
      level: "ERROR",
      message: { errorMessage: "x", stackTrace: readable, text: readable.join("\n") },
    });
    const printed = `{\n  stackTrace: [\n    'Error: x',\n    '    at f (file://${project}/index.ts:1:2)',\n    '    at node:internal/x:1:1'\n  ],\n  root: '${root}'\n}`;
    expect(mapped.text(printed)).to.include("    '    at f (index.ts:1:2)',\n  ]");
  });

  it("keep the frames of Node.js where none is of the program, and never those of what runs handlers", () => {
    const printed = `Error: x\n    at ${bootstrap}:1:2\n    at JSON.parse (<anonymous>)\n    at node:internal/x:1:1`;
    expect(mapped.text(printed)).to.equal("Error: x\n    at JSON.parse (<anonymous>)\n    at node:internal/x:1:1");
    expect(mapped.text("one line")).to.equal("one line");
  });

  it("name the files that a package without a map was made of", () => {
    const sources = [
      ["", `${project}/app`],
      ["shared/lib", "/home/me/lib"],
      ["one.js", `${project}/src/one.js`],
    ] as const;
    const plain = new ReadableTraces({ root, project, isMapped: false, sources });
    const printed = (file: string): string => plain.text(`Error: x\n    at f (${root}/${file}:1:2)`);
    expect(printed("index.js")).to.equal("Error: x\n    at f (app/index.js:1:2)");
    expect(printed("shared/lib/a.js")).to.equal("Error: x\n    at f (/home/me/lib/a.js:1:2)");
    expect(printed("one.js")).to.equal("Error: x\n    at f (src/one.js:1:2)");
    const made = new ReadableTraces({ root, project, isMapped: false, sources: [] });
    expect(made.text(`Error: x\n    at f (${root}/node_modules/a/b.js:1:2)`)).to.equal(
      "Error: x\n    at f (node_modules/a/b.js:1:2)",
    );
    expect(plain.text(`Cannot find module '${root}/none.js'`)).to.equal("Cannot find module 'app/none.js'");
  });
});
