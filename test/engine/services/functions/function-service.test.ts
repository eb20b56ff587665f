import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { FunctionFixture } from "./function-fixture";

describe("FunctionService", () => {
  let fixture: FunctionFixture;

  beforeEach(async () => {
    fixture = new FunctionFixture();
    await fixture.functions.start();
  });
  afterEach(() => fixture.close());

  it("runs a handler with Lambda's context and environment, and nothing of the engine's environment", async () => {
    process.env["ENGINE_SECRET"] = "hidden";
    await fixture.define(
      `exports.handler = async (event, context) => ({ event, context, remaining: context.getRemainingTimeInMillis(), env: process.env })`,
      { environment: { GREETING: "hello" }, timeout: 7 },
    );
    const { status, value } = await fixture.invoke({ n: 1 });
    delete process.env["ENGINE_SECRET"];
    expect(status).to.equal("succeeded");
    const { event, context, remaining, env } = value as Record<string, Record<string, string>>;
    expect(event).to.deep.equal({ n: 1 });
    expect(context).to.include({ functionName: "resize", functionVersion: "$LATEST", memoryLimitInMB: "512" });
    expect(context?.["invokedFunctionArn"]).to.equal("arn:aws:lambda:us-east-1:000000000000:function:resize");
    expect(Number(remaining)).to.be.within(5000, 7000);
    expect(env).to.include({
      GREETING: "hello",
      AWS_LAMBDA_FUNCTION_NAME: "resize",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      TZ: ":UTC",
    });
    expect(env).not.to.have.property("ENGINE_SECRET");
    expect(fs.existsSync(env?.["HOME"] ?? "")).to.equal(true);
    expect(path.relative(fixture.folder, env?.["HOME"] ?? "")).to.match(/^functions/);
  });

  it("keeps a process warm for the next event, the last one used first", async () => {
    await fixture.define("let n = 0; exports.handler = async () => [process.pid, ++n]");
    const [first] = (await fixture.invoke()).value as number[];
    expect((await fixture.invoke()).value).to.deep.equal([first, 2]);
    const both = (await Promise.all([fixture.invoke(), fixture.invoke()])).map(({ value }) => (value as number[])[0]);
    expect(new Set(both).size).to.equal(2);
    const [last] = (await fixture.invoke()).value as number[];
    expect((await fixture.invoke()).value).to.have.property("0", last);
  });

  it("reports the time to start only for the first invocation of a process", async () => {
    await fixture.define("exports.handler = async () => 1");
    expect((await fixture.invoke()).logTail).to.match(
      /START RequestId: \S+ Version: \$LATEST\nEND RequestId: \S+\nREPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t/,
    );
    expect((await fixture.invoke()).logTail)
      .to.include("Max Memory Used")
      .and.not.to.include("Init Duration");
  });

  it("loads ES modules, nested exports and the AWS SDK by require and by import", async () => {
    const use = "new S3Client({}).config.serviceId";
    await fixture.define(
      {
        "lib/main.mjs": `import { S3Client } from "@aws-sdk/client-s3"; export const api = { put: async () => ${use} };`,
      },
      { handler: "lib/main.api.put" },
    );
    expect((await fixture.invoke()).value).to.equal("S3");
    await fixture.define(`const { S3Client } = require("@aws-sdk/client-s3"); exports.handler = async () => ${use}`);
    expect((await fixture.invoke()).value).to.equal("S3");
    await fixture.define({ "package.json": `{"type":"module"}`, "index.js": "export const handler = async () => 3" });
    expect((await fixture.invoke()).value).to.equal(3);
  });

  it("does not find packages that only the project around it has", async () => {
    const inside = path.resolve("node_modules/.cache/tandem-fence");
    const nested = new FunctionFixture({}, (fs.mkdirSync(inside, { recursive: true }), fs.mkdtempSync(inside + "/")));
    try {
      await nested.define(`require("fflate"); exports.handler = async () => 1`);
      const { value } = await nested.invoke();
      expect(value).to.include({ errorType: "Runtime.ImportModuleError" });
      expect((value as { errorMessage: string }).errorMessage).to.match(/^Error: Cannot find module 'fflate'/);
    } finally {
      await nested.close();
      fs.rmSync(inside, { recursive: true, force: true });
    }
  });

  it("runs handlers that call back, once nothing is left to happen", async () => {
    await fixture.define(
      `exports.handler = (event, context, callback) => {
         if (event.fail) return callback(new TypeError("no"));
         callback(null, "called");
         setTimeout(() => console.log("afterwards"), 20);
       }`,
    );
    expect(await fixture.invoke())
      .to.include({ value: "called" })
      .and.to.have.property("logTail")
      .that.includes("afterwards");
    expect((await fixture.invoke({ fail: true })).value).to.include({ errorType: "TypeError", errorMessage: "no" });
  });

  it("finishes what runs on the old code and runs what comes next on the new", async () => {
    await fixture.define(
      `exports.handler = async () => { console.log("up"); await new Promise((r) => setTimeout(r, 150)); return "old" }`,
    );
    const running = fixture.invoke();
    await fixture.until((event) => event.type === "log" && event.line === "up");
    await fixture.define(`exports.handler = async () => "new"`);
    expect((await fixture.invoke()).value).to.equal("new");
    expect((await running).value).to.equal("old");
    const folders = () => fs.readdirSync(path.join(fixture.folder, "functions", "code")).length;
    while (folders() > 1) await new Promise((resolve) => setImmediate(resolve));
  });

  it("leaves warm processes alone when a definition changes nothing", async () => {
    await fixture.define("exports.handler = async () => process.pid");
    const { value } = await fixture.invoke();
    await fixture.define("exports.handler = async () => process.pid");
    expect((await fixture.invoke()).value).to.equal(value);
    await fixture.define("exports.handler = async () => process.pid", { environment: { A1: "b" } });
    expect((await fixture.invoke()).value).not.to.equal(value);
  });

  it("stops a process that was idle for ten minutes", async () => {
    await fixture.define("exports.handler = async () => process.pid");
    const { value } = await fixture.invoke();
    await fixture.clock.tick(599_999);
    expect((await fixture.invoke()).value).to.equal(value);
    await fixture.clock.tick(600_000);
    expect((await fixture.invoke()).value).not.to.equal(value);
  });

  it("answers that a function does not exist, also while an event waits for one that is removed", async () => {
    const missing = await fixture.invoke({}, "nobody").catch((error: unknown) => error);
    expect(missing).to.include({ code: "ResourceNotFoundException", status: 404 });
    await fixture.define("exports.handler = async () => 1");
    await fixture.functions.remove("resize");
    expect(await fixture.invoke().catch((error: unknown) => error)).to.include({ code: "ResourceNotFoundException" });
  });

  it("refuses more invocations at once than are reserved, and any environment that Lambda reserves", async () => {
    await fixture.define(
      `exports.handler = async () => { console.log("up"); await new Promise((r) => setTimeout(r, 100)) }`,
      {
        reservedConcurrency: 1,
      },
    );
    const running = fixture.invoke();
    await fixture.until((event) => event.type === "log");
    const refused = await fixture.invoke().catch((error: unknown) => error);
    expect(refused).to.include({ code: "TooManyRequestsException", status: 429 });
    await running;
    expect((await fixture.invoke()).status).to.equal("succeeded");
    const reserved = await fixture.define("", { environment: { AWS_REGION: "x" } }).catch((error: unknown) => error);
    expect(reserved).to.include({ code: "InvalidParameterValueException" });
  });

  it("lets running invocations finish when it closes, and leaves no process behind", async () => {
    await fixture.define(
      `exports.handler = async () => { console.log("up"); await new Promise((r) => setTimeout(r, 100)); return process.pid }`,
    );
    const running = fixture.invoke();
    await fixture.until((event) => event.type === "log");
    await fixture.functions.close();
    const { value } = await running;
    expect(() => process.kill(Number(value), 0)).to.throw(/ESRCH/);
    expect(await fixture.invoke().catch((error: unknown) => error)).to.include({ code: "ServiceException" });
  });
});
