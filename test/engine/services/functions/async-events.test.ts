import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import type { TimedEngineEvent } from "../../../../engine/services/engine-events";
import { deadLetterArn, FunctionFixture } from "./function-fixture";

type Invocation = Extract<TimedEngineEvent, { type: "invocation" }>;

describe("Asynchronous events", () => {
  let fixture: FunctionFixture;

  beforeEach(async () => {
    fixture = new FunctionFixture();
    await fixture.functions.start();
  });
  afterEach(() => fixture.close());

  const send = (event: unknown) => fixture.functions.invokeAsync("resize", Buffer.from(JSON.stringify(event)));
  const invocations = (status: string) =>
    fixture.seen.filter((event): event is Invocation => event.type === "invocation" && event.status === status);
  const ended = (attempt: number) =>
    fixture.until((event) => event.type === "invocation" && event.status !== "started" && event.attempt === attempt);

  it("are on disk when they are accepted, and gone when they were processed", async () => {
    await fixture.define("exports.handler = async () => 1");
    await send({ n: 1 });
    const rows = () => fixture.database.prepare("SELECT COUNT(*) AS n FROM function_events").get()?.["n"];
    expect(rows()).to.equal(1);
    expect(fixture.activity.idle).to.equal(false);
    await fixture.activity.whenIdle();
    expect(rows()).to.equal(0);
    expect(invocations("succeeded")).to.have.length(1);
  });

  it("are tried again after one minute and two more, with the same request id, then go to the dead letters", async () => {
    await fixture.define(`exports.handler = async () => { throw new Error("broken") }`);
    const { requestId } = await send({ n: 1 });
    await ended(1);
    await fixture.clock.tick(59_999);
    expect(invocations("started")).to.have.length(1);
    await fixture.clock.tick(1);
    await ended(2);
    await fixture.clock.tick(119_999);
    expect(invocations("started")).to.have.length(2);
    await fixture.clock.tick(1);
    await fixture.activity.whenIdle();
    expect(invocations("failed").map((event) => [event.requestId, event.attempt])).to.deep.equal([
      [requestId, 1],
      [requestId, 2],
      [requestId, 3],
    ]);
    const [letter] = fixture.queues.messages(deadLetterArn);
    expect(fixture.seen.at(-1)).to.include({ type: "dead-letter", reason: "RetriesExhausted", name: "on-resize" });
    const record = JSON.parse(letter?.body ?? "") as Record<string, Record<string, unknown>>;
    expect(record["requestContext"]).to.deep.equal({
      requestId,
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST",
      condition: "RetriesExhausted",
      approximateInvokeCount: 3,
    });
    expect(record["requestPayload"]).to.deep.equal({ n: 1 });
    expect(record["responseContext"]).to.include({ statusCode: 200, functionError: "Unhandled" });
    expect(record["responsePayload"]).to.include({ errorType: "Error", errorMessage: "broken" });
  });

  it("are given up at their age, and said to be lost where there is no dead-letter queue", async () => {
    await fixture.define(`exports.handler = async () => { throw 1 }`, { maximumEventAge: 90, onFailureArn: undefined });
    await send({});
    await ended(1);
    await fixture.clock.tick(60_000);
    await ended(2);
    await fixture.clock.tick(30_000);
    await fixture.activity.whenIdle();
    expect(invocations("started")).to.have.length(2);
    expect(fixture.seen.at(-1)).to.include({ type: "notice", level: "warning" });
    expect(fixture.queues.count(deadLetterArn)).to.equal(0);
  });

  it("are not tried again where the function has no retries", async () => {
    await fixture.define(`exports.handler = async () => { throw 1 }`, { retries: 0 });
    await send({});
    await fixture.activity.whenIdle();
    expect(fixture.queues.count(deadLetterArn)).to.equal(1);
    expect(fixture.seen.some((event) => event.type === "dead-letter" && event.name === "on-resize")).to.equal(true);
  });

  it("wait while there is no room, and do not count that as an attempt", async () => {
    const code = `exports.handler = async (event) => { console.log("up"); await new Promise((r) => setTimeout(r, event.wait ?? 0)) }`;
    await fixture.define(code, { reservedConcurrency: 1 });
    const sync = fixture.invoke({ wait: 150 });
    await fixture.until((event) => event.type === "log");
    await send({});
    await fixture.clock.tick(1000);
    await fixture.clock.tick(2000);
    const rows = fixture.database.prepare("SELECT delays, attempts, due_at FROM function_events").all();
    expect(rows.map((row) => ({ ...row }))).to.deep.equal([
      { delays: 3, attempts: 0, due_at: fixture.clock.now() + 4000 },
    ]);
    await sync;
    // The end of the other invocation makes room; the clock need not move.
    await fixture.activity.whenIdle();
    expect(invocations("succeeded").map(({ attempt }) => attempt)).to.deep.equal([undefined, 1]);
  });

  it("of a function that is stopped go to the dead letters untried", async () => {
    await fixture.define("exports.handler = async () => 1", { reservedConcurrency: 0 });
    await send({});
    await fixture.activity.whenIdle();
    expect(invocations("started")).to.have.length(0);
    expect(fixture.queues.count(deadLetterArn)).to.equal(1);
  });

  it("over 1 MiB are refused", async () => {
    await fixture.define("exports.handler = async () => 1");
    const refused = await send("x".repeat(1024 * 1024)).catch((error: unknown) => error);
    expect(refused).to.include({ code: "RequestEntityTooLargeException", status: 413 });
    await send("x".repeat(1024 * 1024 - 2));
    await fixture.activity.whenIdle();
  });

  it("of one function do not keep another's waiting", async () => {
    const code = `exports.handler = async () => { await new Promise((r) => setTimeout(r, 5)) }`;
    await fixture.define(code, { name: "flood" });
    await fixture.define(code, { name: "other" });
    for (let index = 0; index < 200; index += 1) await fixture.functions.invokeAsync("flood", Buffer.from("{}"));
    await fixture.functions.invokeAsync("other", Buffer.from("{}"));
    await fixture.until(
      (event) => event.type === "invocation" && event.name === "on-other" && event.status === "succeeded",
    );
    // The other one is done long before the flood is over, however slowly its process starts.
    expect(invocations("succeeded").length).to.be.lessThan(200);
    await fixture.activity.whenIdle();
    expect(invocations("succeeded")).to.have.length(201);
  });

  it("survive kill -9 of the engine, whose functions end with it", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-killed-"));
    const marker = path.join(folder, "marker");
    const register = path.resolve("engine/monitor/register.js");
    const script = path.join(__dirname, "engine-process.ts");
    const engine = spawn(process.execPath, ["-r", register, script, folder, marker], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    while (!fs.existsSync(marker) || fs.readFileSync(marker, "utf8") === "") await turn();
    const pid = Number(fs.readFileSync(marker, "utf8"));
    engine.kill("SIGKILL");
    await new Promise((resolve) => engine.on("close", resolve));
    while (fs.existsSync(`/proc/${pid}`) && !/ Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))) await turn();

    const next = new FunctionFixture({}, folder);
    await next.functions.start();
    await next.define(`exports.handler = async (e) => require("node:fs").appendFileSync(e.marker, " again")`);
    await next.activity.whenIdle();
    expect(fs.readFileSync(marker, "utf8")).to.equal(`${pid} again`);
    await next.close();
  });

  it("that were running when the engine closed run again at the next start, as if for the first time", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-closed-"));
    const marker = path.join(folder, "marker");
    const first = new FunctionFixture({}, folder);
    await first.functions.start();
    await first.define(`exports.handler = async () => { console.log("up"); for (;;); }`);
    await first.functions.invokeAsync("resize", Buffer.from(JSON.stringify({ marker })));
    await first.until((event) => event.type === "log");
    const closing = first.functions.close();
    await first.clock.tick(5000);
    await closing;
    first.logs.close();
    first.database.close();

    const next = new FunctionFixture({}, folder);
    await next.clock.tick(first.clock.now() - next.clock.now());
    await next.define(`exports.handler = async (e) => require("node:fs").writeFileSync(e.marker, "done")`);
    await next.functions.start();
    await next.activity.whenIdle();
    expect(fs.readFileSync(marker, "utf8")).to.equal("done");
    expect(next.seen.find((event) => event.type === "invocation")).to.include({ attempt: 1 });
    await next.close();
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
