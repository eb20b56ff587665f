import { readFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { FunctionFixture } from "./function-fixture";
import { isRunning } from "./running-process";

interface ErrorDocument {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

describe("A function that fails", () => {
  let fixture: FunctionFixture;

  before(async () => {
    fixture = new FunctionFixture();
    await fixture.functions.start();
  });
  after(() => fixture.close());

  async function fail(code: string, changes = {}): Promise<ErrorDocument> {
    await fixture.define(code, changes);
    const { status, value } = await fixture.invoke();
    expect(status).to.equal("failed");
    return value as ErrorDocument;
  }

  it("answers with the error's type, message and trace, and logs it", async () => {
    const document = await fail(`exports.handler = async () => { throw new RangeError("too far") }`);
    expect(document).to.include({ errorType: "RangeError", errorMessage: "too far" });
    expect(document.trace).to.deep.equal(["RangeError: too far", "    at exports.handler (index.js:1:39)"]);
    const report = fixture.seen.find((event) => event.type === "log");
    expect(report).to.include({ ends: true, line: "RangeError: too far\n    at exports.handler (index.js:1:39)" });
    expect((await fixture.log()).join("\n")).to.match(/\tERROR\tInvoke Error \{"errorType":"RangeError"/);
  });

  it("keeps its process after an error that its handler threw", async () => {
    await fixture.define(`exports.handler = async (e) => { if (e.fail) throw process.pid; return process.pid }`);
    const { value } = await fixture.invoke({ fail: true });
    expect(value).to.deep.include({ errorType: "number", trace: [] });
    expect(String((await fixture.invoke()).value)).to.equal((value as ErrorDocument).errorMessage);
  });

  it("is told apart by what went wrong while it loads", async () => {
    expect(await fail("exports.handler = async () => {")).to.include({
      errorType: "Runtime.UserCodeSyntaxError",
      errorMessage: "SyntaxError: Unexpected end of input",
    });
    expect(await fail("exports.other = 1")).to.include({
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "index.handler is undefined or not exported",
    });
    expect((await fail("", { handler: "missing.handler" })).errorType).to.equal("Runtime.ImportModuleError");
    expect((await fail("", { handler: "../up.handler" })).errorType).to.equal("Runtime.MalformedHandlerName");
    expect(await fail(`throw new TypeError("at load")`)).to.include({
      errorType: "TypeError",
      errorMessage: "at load",
    });
    expect((await fail("process.exit(3)")).errorMessage).to.match(
      /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/,
    );
  });

  it("that exits or is killed says how", async () => {
    const exited = await fail(`exports.handler = async () => { console.log("last words"); process.exit(0) }`);
    expect(exited).to.include({ errorType: "Runtime.ExitError" });
    expect(exited.errorMessage).to.match(/Runtime exited without providing a reason$/);
    expect((await fixture.log()).join("\n")).to.include("last words");
    const killed = await fail(`exports.handler = () => process.kill(process.pid, "SIGSEGV")`);
    expect(killed.errorMessage).to.match(/signal: segmentation fault$/);
  });

  it("says what was not caught, and what never settled", async () => {
    const rejected = await fail(
      `exports.handler = async () => { Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 1000)) }`,
    );
    expect(rejected).to.include({ errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" });
    expect(rejected.trace?.slice(0, 2)).to.deep.equal([
      "Runtime.UnhandledPromiseRejection: Error: lost",
      "    at exports.handler (index.js:1:48)",
    ]);
    expect(fixture.seen.at(-1))
      .to.have.property("stack")
      .that.matches(/^Runtime\.UnhandledPromiseRejection: Error: lost\n {4}at exports\.handler \(index\.js:1:48\)/);
    const value = await fail(
      `exports.handler = async () => { Promise.reject({ code: 5 }); await new Promise((r) => setTimeout(r, 1000)) }`,
    );
    expect(value.trace).to.deep.equal(["Runtime.UnhandledPromiseRejection: [object Object]"]);
    expect(fixture.seen.at(-1)).to.include({ stack: "Runtime.UnhandledPromiseRejection: { code: 5 }" });
    const thrown = await fail(`exports.handler = (e, c, done) => { setTimeout(() => { throw new Error("late") }) }`);
    expect(thrown).to.include({ errorType: "Error", errorMessage: "late" });
    expect((await fail(`exports.handler = () => new Promise(() => {})`)).errorType).to.equal("Runtime.NodeJsExit");
  });

  it("is refused a result that is no JSON or longer than 6 MB, and runs on", async () => {
    const circular = await fail(
      `exports.handler = async (e) => { if (e.ok) return process.pid; const a = {}; a.a = a; return a }`,
    );
    expect(circular.errorMessage).to.match(/^Unable to stringify response body/);
    expect((await fixture.invoke({ ok: true })).status).to.equal("succeeded");
    const large = await fail(`exports.handler = async () => "x".repeat(6291555)`);
    expect(large.errorType).to.equal("Function.ResponseSizeTooLarge");
    await fixture.define(`exports.handler = async () => "x".repeat(6291554)`);
    expect((await fixture.invoke()).status).to.equal("succeeded");
  });

  it("is killed at its timeout, however busy", async () => {
    await fixture.define(`exports.handler = async () => { console.log("busy"); for (;;); }`, { timeout: 3 });
    const running = fixture.invoke();
    await fixture.until((event) => event.type === "log" && event.line === "busy");
    await fixture.clock.tick(2999);
    expect(fixture.activity.idle).to.equal(false);
    await fixture.clock.tick(1);
    const { status, value, logTail } = await running;
    expect(status).to.equal("timed-out");
    expect(value).to.include({ errorType: "Sandbox.Timedout" });
    expect((value as ErrorDocument).errorMessage).to.match(/^RequestId: \S+ Error: Task timed out after 3.00 seconds$/);
    expect(logTail)
      .to.match(/Z \S+ Task timed out after 3.00 seconds\n/)
      .and.to.match(/Duration: 3000.00 ms.*Status: timeout/);
    expect(fixture.seen.at(-1)).to.include({ type: "invocation", name: "on-resize", status: "timed-out" });
  });

  it("is killed when it takes more memory than it has, also outside of JavaScript's heap", async () => {
    const document = await fail(
      `exports.handler = async () => { const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1)); }`,
      { memory: 192 },
    );
    expect(document.errorType).to.equal("Runtime.OutOfMemory");
    expect(fixture.seen.at(-1))
      .to.include({ type: "invocation", status: "failed" })
      .and.to.have.property("memory")
      .that.is.at.least(192);
  });

  for (const [what, options] of [
    ["what it started", {}],
    ["what it started with a group of its own", { detached: true }],
  ] as const) {
    it(`takes along ${what}`, async () => {
      // Without the pipes of the process, whose end the invocation waits for: only a kill ends the child in time.
      const child = JSON.stringify({ stdio: "ignore", ...options });
      await fixture.define(
        `const { spawn } = require("node:child_process");
         exports.handler = async () => { const child = spawn("sleep", ["3600"], ${child}); console.log("pid " + child.pid); await new Promise((r) => child.on("spawn", r)); process.exit(1) }`,
      );
      await fixture.invoke();
      const line = (await fixture.log()).find((message) => message.includes("pid "));
      const pid = Number(/pid (\d+)/.exec(line ?? "")?.[1]);
      expect(pid).to.be.greaterThan(0);
      // Killed, and reaped by whoever adopted it.
      for (let tries = 0; isRunning(pid) && tries < 2000; tries += 1)
        await new Promise((resolve) => setImmediate(resolve));
      const survived = isRunning(pid);
      if (survived) process.kill(pid, "SIGKILL");
      expect(survived).to.equal(false);
    });
  }

  it("takes along a detached child when the engine closes, with the process kept warm", async () => {
    const own = new FunctionFixture();
    await own.functions.start();
    await own.define(
      `const { spawn } = require("node:child_process");
       exports.handler = async () => { const child = spawn("sleep", ["3600"], { detached: true, stdio: "ignore" }); child.unref(); return child.pid }`,
    );
    const pid = Number((await own.invoke()).value);
    expect(isRunning(pid)).to.equal(true);
    await own.close();
    for (let tries = 0; isRunning(pid) && tries < 2000; tries += 1)
      await new Promise((resolve) => setImmediate(resolve));
    const survived = isRunning(pid);
    if (survived) process.kill(pid, "SIGKILL");
    expect(survived).to.equal(false);
  });

  it("that crashes between two events is started anew for the next", async () => {
    await fixture.define(`exports.handler = async () => process.pid`);
    const { value } = await fixture.invoke();
    process.kill(Number(value), "SIGKILL");
    // Without yielding, so that the engine has not noticed yet when it hands over the event.
    for (const end = Date.now() + 2000; isRunning(Number(value)) && Date.now() < end;);
    const next = await fixture.invoke();
    expect(next.status).to.equal("succeeded");
    expect(next.value).not.to.equal(value);
  });

  it("at once, before it could say that it has begun, is not run a second time", async () => {
    await fixture.define(
      `const fs = require("node:fs");
       exports.handler = async ({ marker }) => {
         if (marker === undefined) return "warm";
         fs.appendFileSync(marker, "x");
         process.kill(process.pid, "SIGKILL");
         for (;;);
       }`,
    );
    await fixture.invoke();
    const marker = path.join(fixture.folder, "marker");
    const { status, value } = await fixture.invoke({ marker });
    expect([status, (value as ErrorDocument).errorType]).to.deep.equal(["failed", "Runtime.ExitError"]);
    expect(readFileSync(marker, "utf8")).to.equal("x");
  });

  it("does not harm another", async () => {
    await fixture.define(`exports.handler = async () => 42`, { name: "good" });
    const code = `exports.handler = async () => { console.log("looping"); for (;;); }`;
    await fixture.define(code, { name: "bad", timeout: 900 });
    const bad = fixture.invoke({}, "bad");
    await fixture.until((event) => event.type === "log" && event.line === "looping");
    for (let index = 0; index < 5; index += 1) expect((await fixture.invoke({}, "good")).value).to.equal(42);
    await fixture.clock.tick(900_000);
    expect((await bad).status).to.equal("timed-out");
  });
});
