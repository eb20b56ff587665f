import { expect } from "chai";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "..", "..");

/** What `script` prints as JSON in a process that has loaded lean-sdk.js first. */
function run(script: string, environment: NodeJS.ProcessEnv = {}): unknown {
  const lean = JSON.stringify(path.join(root, "engine", "monitor", "lean-sdk.js"));
  const output = execFileSync(process.execPath, ["-e", `require(${lean}); console.log(JSON.stringify(${script}))`], {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: "utf8",
  });
  return JSON.parse(output) as unknown;
}

const traceLength = `(() => {
  require("@pulumi/pulumi");
  const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
  const promise = Promise.resolve(1);
  debuggablePromise(promise, "test");
  return [promise._debugStackTrace.split("\\n").length, Error.stackTraceLimit];
})()`;

describe("A lean SDK", () => {
  it("loads npm's installer only where it is used", () => {
    const found = run(`(() => {
      const isLoaded = () => Object.keys(require.cache).some((file) => /@npmcli.arborist/.test(file));
      require("@pulumi/pulumi");
      return [isLoaded(), typeof require("@npmcli/arborist").Arborist, isLoaded()];
    })()`);
    expect(found).to.deep.equal([false, "function", true]);
  });

  it("still gives the installer to the SDK's own search for packages", () => {
    const found = run(`(() => {
      const codePaths = require.resolve("@pulumi/pulumi/runtime/closure/codePaths");
      require("@pulumi/pulumi");
      const arborist = require("node:module")._load("@npmcli/arborist", require.cache[codePaths], false);
      return arborist.Arborist === require("@npmcli/arborist").Arborist;
    })()`);
    expect(found).to.equal(true);
  });

  it("takes no stack traces for promises", () => {
    expect(run(traceLength)).to.deep.equal([1, 10]);
  });

  it("takes them where they are asked for", () => {
    const [lines] = run(traceLength, { PULUMI_DEBUG_PROMISE_LEAKS: "1" }) as [number];
    expect(lines).to.be.greaterThan(2);
  });

  it("sends no debug messages, and all others", () => {
    const found = run(`(() => {
      const { log } = require("@pulumi/pulumi");
      const printed = [];
      console.log = console.warn = (line) => printed.push(line);
      require("@pulumi/pulumi/runtime/settings").excessiveDebugOutput = true;
      log.debug("much");
      log.info("some");
      log.warn("little");
      console.log = (line) => process.stdout.write(line);
      return [/=>\\s*Promise\\.resolve/.test(String(log.debug)), ...printed];
    })()`);
    expect(found).to.deep.equal([true, "info: [runtime] some", "warning: [runtime] little"]);
  });
});
