import { expect } from "chai";
import { FunctionFixture } from "./function-fixture";

describe("What a function prints", () => {
  let fixture: FunctionFixture;

  before(async () => {
    fixture = new FunctionFixture();
    await fixture.functions.start();
  });
  after(() => fixture.close());

  it("is one event a call of console, and one a line otherwise, in order and with its request", async () => {
    await fixture.define(
      `exports.handler = async (event, { awsRequestId }) => {
         console.log("two\\nlines", { a: 1 });
         process.stdout.write("par");
         process.stdout.write("tial\\nrest");
         process.stderr.write(Buffer.from([0x66, 0xff, 0x67, 0x0a]));
         console.warn("careful");
         return awsRequestId;
       }`,
      { name: "text" },
    );
    const { value: id } = await fixture.invoke({}, "text");
    const lines = await fixture.log("text");
    expect(lines.slice(0, -1).map((line) => line.replace(/^\S+Z\t/, "TIME "))).to.deep.equal([
      `START RequestId: ${String(id)} Version: $LATEST`,
      `TIME ${String(id)}\tINFO\ttwo\nlines { a: 1 }`,
      "partial",
      "f\ufffdg",
      `TIME ${String(id)}\tWARN\tcareful`,
      "rest",
      `END RequestId: ${String(id)}`,
    ]);
    const seen = fixture.seen.filter((event) => event.type === "log");
    expect(seen.map(({ line, level }) => [line, level])).to.deep.equal([
      ["two\nlines { a: 1 }", "INFO"],
      ["partial", undefined],
      ["f\ufffdg", undefined],
      ["careful", "WARN"],
      ["rest", undefined],
    ]);
    expect(seen[0]).to.include({ source: "function", name: "on-text", requestId: id });
  });

  it("is JSON in a function with JSON logs, platform records included", async () => {
    await fixture.define(
      `exports.handler = async () => { console.error("failed:", new RangeError("far")); console.log({ a: 1 }); process.stdout.write("raw\\n"); }`,
      { name: "json", logFormat: "JSON" },
    );
    await fixture.invoke({}, "json");
    const [start, error, object, raw, report] = await fixture.log("json");
    const { requestId } = (JSON.parse(start ?? "") as { record: { requestId: string } }).record;
    expect(JSON.parse(start ?? "")).to.deep.include({
      type: "platform.start",
      record: { requestId, version: "$LATEST" },
    });
    expect(JSON.parse(error ?? "")).to.include({
      level: "ERROR",
      requestId,
      errorType: "RangeError",
      errorMessage: "far",
    });
    expect(JSON.parse(object ?? "")).to.deep.include({ level: "INFO", message: { a: 1 } });
    expect(raw).to.equal("raw");
    const { type, record } = JSON.parse(report ?? "") as { type: string; record: { metrics: object; status: string } };
    expect(type).to.equal("platform.report");
    expect(record.status).to.equal("success");
    expect(record.metrics).to.have.all.keys(
      "durationMs",
      "billedDurationMs",
      "memorySizeMB",
      "maxMemoryUsedMB",
      "initDurationMs",
    );
  });

  it("has a note of how each invocation ended", async () => {
    const code = `exports.handler = async ({ fail }) => { console.log("hello"); if (fail) throw new Error("no"); }`;
    for (const logFormat of ["Text", "JSON"] as const) {
      const name = `noted-${logFormat}`;
      await fixture.define(code, { name, logFormat });
      await fixture.invoke({}, name);
      await fixture.invoke({ fail: true }, name);
      const events = await fixture.logs.tail(`/aws/lambda/${name}`, { limit: 100 });
      const outcomes = events.flatMap(({ note }) => (note?.kind === "end" ? [note.outcome] : []));
      expect(outcomes.map(({ status, error }) => [status, error])).to.deep.equal([
        ["succeeded", undefined],
        ["failed", "Error: no"],
      ]);
      expect(outcomes[1]?.stack).to.equal("Error: no\n    at exports.handler (index.js:1:79)");
      const plain = events.filter(({ note }) => note === undefined).map(({ message }) => message);
      expect(plain).to.have.length(2);
      for (const message of plain) expect(message).to.include("hello");
    }
  });

  it("comes from the programs it starts too", async () => {
    await fixture.define(
      `const { spawnSync } = require("node:child_process");
       exports.handler = async () => { spawnSync("echo", ["from a program"], { stdio: "inherit" }); await new Promise((r) => setTimeout(r, 50)) }`,
      { name: "programs" },
    );
    await fixture.invoke({}, "programs");
    expect(await fixture.log("programs")).to.include("from a program");
  });

  it("is all there, however much and however fast, before the invocation ends", async () => {
    await fixture.define(
      `exports.handler = async () => { for (let i = 0; i < 5000; i++) console.log(i + " " + "x".repeat(i % 500)) }`,
      { name: "much" },
    );
    let count = 0;
    const end = fixture.events.listen((event) => void (event.type === "log" && count++));
    await fixture.invoke({}, "much");
    expect(count).to.equal(5000);
    end();
  });
});
