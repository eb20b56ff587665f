import { expect } from "chai";
import { localAccount } from "../../../../../engine/services/account";
import type { Unprocessed } from "../../../../../engine/services/engine-events";
import type { InvocationResult, JudgeBatch } from "../../../../../engine/services/functions/function-definition";
import type { FunctionVersion } from "../../../../../engine/services/functions/function-runner";
import { AwsError } from "../../../../../engine/services/protocol/message";
import { EventSourceService } from "../../../../../engine/services/queues/mappings/event-source-service";
import type { MappingDefinition } from "../../../../../engine/services/queues/mappings/mapping-definition";
import { sdkClient } from "../queue-client";
import { arnOf, QueueFixture } from "../queue-fixture";

interface Sent {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Record<string, string>;
}

/** An invocation that a test ends as it likes. */
interface Invocation {
  readonly records: readonly Sent[];
  readonly bodies: readonly string[];
  end(status: InvocationResult["status"], response?: unknown): Promise<void>;
}

const second = 1000;

describe("EventSourceMapping", () => {
  let queues: QueueFixture;
  let sources: EventSourceService;
  let invocations: Invocation[];
  let running: number;
  let most: number;
  let reserved: number | undefined;
  let isThere: boolean;
  let throttled: boolean;
  let unprocessed: Unprocessed | undefined;
  let url: string;

  const functions = {
    find(name: string): FunctionVersion {
      if (!isThere) throw new AwsError("ResourceNotFoundException", "none", 404);
      return {
        definition: { name, displayName: "onWork", reservedConcurrency: reserved },
      } as unknown as FunctionVersion;
    },
    async invokePrepared(
      _name: string,
      prepare: () => Promise<Buffer | undefined>,
      judge?: JudgeBatch,
    ): Promise<InvocationResult | undefined> {
      if (throttled) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
      const payload = await prepare();
      if (payload === undefined) return undefined;
      const { Records } = JSON.parse(payload.toString()) as { Records: Sent[] };
      most = Math.max(most, ++running);
      return new Promise((resolve) => {
        invocations.push({
          records: Records,
          bodies: Records.map(({ body }) => body),
          async end(status, response) {
            running -= 1;
            const payload = Buffer.from(JSON.stringify(response ?? null));
            unprocessed = judge?.({ status, payload });
            resolve({ requestId: "1", status, payload, logTail: "" });
            // Its messages are deleted, then the next are received.
            for (let turn = 0; turn < 3; turn += 1) await queues.clock.tick(0);
          },
        });
      });
    },
  };

  beforeEach(async () => {
    queues = await new QueueFixture().start(sdkClient);
    [invocations, running, most, reserved, isThere, throttled] = [[], 0, 0, undefined, true, false];
    const { activity, clock, events, service } = queues;
    const onFault = (error: unknown): void => expect.fail(String(error));
    sources = new EventSourceService({
      account: localAccount,
      activity,
      clock,
      events,
      queues: service,
      functions,
      onFault,
    });
    sources.start();
    url = await queues.create("jobs");
  });
  afterEach(async () => {
    const closing = sources.close();
    for (const { end } of invocations) await end("failed");
    await closing;
    queues.close();
  });

  const map = (changes: Partial<MappingDefinition> = {}) =>
    sources.define({
      ...{ id: "1", displayName: "onMessage", queueArn: arnOf("jobs"), functionName: "work", enabled: true },
      ...{ batchSize: 10, window: 0, maximumConcurrency: undefined, reportsFailures: false, filters: [], ...changes },
    });
  const send = async (...bodies: string[]) => {
    await Promise.all(bodies.map((body) => queues.service.sendMessage("jobs", body)));
    await queues.clock.tick(0);
  };
  const tick = (seconds: number) => queues.clock.tick(seconds * second);
  const last = (): Invocation => invocations.at(-1) ?? expect.fail("nothing was invoked");
  const left = () => queues.service.count("jobs");

  it("hands over Lambda's event, and deletes the messages when it succeeds", async () => {
    map();
    await queues.ok("SendMessage", {
      QueueUrl: url,
      MessageBody: `{"n":1}`,
      MessageAttributes: {
        kind: { DataType: "String", StringValue: "tile" },
        raw: { DataType: "Binary", BinaryValue: "AP8=" },
      },
    });
    await queues.clock.tick(0);
    const [record] = last().records as unknown as Record<string, unknown>[];
    const { messageId, receiptHandle, attributes, ...others } = record ?? {};
    expect(messageId).to.match(/^[0-9a-f-]{36}$/);
    expect(receiptHandle).to.be.a("string");
    expect(attributes).to.have.all.keys(
      "SenderId",
      "SentTimestamp",
      "ApproximateReceiveCount",
      "ApproximateFirstReceiveTimestamp",
    );
    expect(others).to.deep.equal({
      body: `{"n":1}`,
      messageAttributes: {
        kind: { stringValue: "tile", stringListValues: [], binaryListValues: [], dataType: "String" },
        raw: { binaryValue: "AP8=", stringListValues: [], binaryListValues: [], dataType: "Binary" },
      },
      md5OfMessageAttributes: "dba020eddde224e130175398504c87c3",
      md5OfBody: "082c26c8a6bc75226a31da5495cc9292",
      eventSource: "aws:sqs",
      eventSourceARN: arnOf("jobs"),
      awsRegion: "us-east-1",
    });
    expect(left()).to.equal(1);
    expect(queues.activity.idle).to.equal(false);
    await last().end("succeeded");
    expect(left()).to.equal(0);
    await queues.activity.whenIdle();
  });

  it("leaves a batch that failed until its visibility timeout is over", async () => {
    map();
    await send("a", "b");
    expect(last().bodies).to.deep.equal(["a", "b"]);
    await last().end("failed");
    await tick(29.999);
    expect(invocations).to.have.length(1);
    expect(queues.activity.idle).to.equal(false);
    await tick(0.001);
    expect(last().bodies).to.deep.equal(["a", "b"]);
    expect(last().records[0]?.attributes["ApproximateReceiveCount"]).to.equal("2");
    await last().end("succeeded");
    expect(queues.activity.idle).to.equal(true);
  });

  it("deletes what a function that reports failures does not name", async () => {
    map({ reportsFailures: true });
    await send("a", "b", "c");
    const failed = last().records[1]?.messageId;
    await last().end("succeeded", { batchItemFailures: [{ itemIdentifier: failed }] });
    expect(queues.service.messages("jobs").map(({ body }) => body)).to.deep.equal(["b"]);
    await tick(30);
    expect(last().bodies).to.deep.equal(["b"]);
    await last().end("succeeded", { batchItemFailures: [] });
    expect(left()).to.equal(0);
  });

  it("tells of each message that failed: how often, and when it comes again", async () => {
    await queues.create("dead");
    const redrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 2 });
    map({ reportsFailures: true });
    const told = () => queues.seen.flatMap((event) => (event.type === "redelivery" ? [event] : []));
    await send("a", "b");
    const [record] = last().records;
    await last().end("succeeded", { batchItemFailures: [{ itemIdentifier: record?.messageId }] });
    const about = {
      type: "redelivery",
      name: "jobs",
      handler: "onWork",
      message: record?.messageId,
      asked: false,
      requestId: "1",
    };
    expect(unprocessed).to.deep.equal({ failed: 1, asked: 0, of: 2 });
    expect(told()).to.deep.equal([{ ...about, received: 1, milliseconds: 30_000, time: queues.clock.now() }]);
    await queues.ok("SetQueueAttributes", { QueueUrl: url, Attributes: { RedrivePolicy: redrivePolicy } });
    await tick(30);
    const [again] = last().records as unknown as { receiptHandle: string }[];
    await queues.ok("ChangeMessageVisibility", {
      QueueUrl: url,
      ReceiptHandle: again?.receiptHandle,
      VisibilityTimeout: 5,
    });
    await last().end("failed");
    const time = queues.clock.now();
    expect(told()[1]).to.deep.equal({ ...about, received: 2, limit: 2, milliseconds: 5000, asked: true, time });
    expect(unprocessed).to.deep.equal({ failed: 0, asked: 1, of: 1 });
    await tick(5);
    expect(queues.seen.at(-1)).to.include({ type: "dead-letter", name: "jobs" });
    // What the function has deleted itself does not come again.
    await send("c");
    const [deleted] = last().records as unknown as { receiptHandle: string }[];
    await queues.ok("DeleteMessage", { QueueUrl: url, ReceiptHandle: deleted?.receiptHandle });
    await last().end("failed");
    expect(told()).to.have.length(2);
    expect(unprocessed).to.equal(undefined);
  });

  it("counts the whole batch as failed where the failures cannot be understood, and says why", async () => {
    map({ reportsFailures: true });
    await send("a");
    for (const response of [
      { batchItemFailures: [{ itemIdentifier: null }] },
      { batchItemFailures: [{ itemIdentifier: "" }] },
      { batchItemFailures: [{ id: "a" }] },
      { batchItemFailures: [{ itemIdentifier: "unknown" }] },
      { batchItemFailures: "all" },
      "done",
    ]) {
      await last().end("succeeded", response);
      expect(left(), JSON.stringify(response)).to.equal(1);
      const told = queues.seen.splice(0).filter(({ type }) => type === "notice");
      expect(told, JSON.stringify(response)).to.have.length(1);
      await tick(30);
    }
    for (const response of [{}, undefined]) {
      await last().end("succeeded", response);
      expect(left(), JSON.stringify(response)).to.equal(0);
      await send("a");
    }
  });

  it("deletes what its filters do not let through", async () => {
    map({
      filters: [`{"body":{"size":[{"numeric":[">",5]}]}}`, `{"messageAttributes":{"kind":{"stringValue":["x"]}}}`],
    });
    await send(`{"size":9}`, `{"size":1}`, "plain");
    expect(last().bodies).to.deep.equal([`{"size":9}`]);
    expect(left()).to.equal(1);
    await queues.ok("SendMessage", {
      QueueUrl: url,
      MessageBody: "plain",
      MessageAttributes: { kind: { DataType: "String", StringValue: "x" } },
    });
    await queues.clock.tick(0);
    expect(last().bodies).to.deep.equal(["plain"]);
    map({ filters: [`{"body":["text"]}`] });
    await send("text", `{"size":9}`, "other");
    expect(last().bodies).to.deep.equal(["text"]);
    expect(() => map({ filters: ["{"] })).to.throw("Invalid filter pattern definition");
  });

  it("starts with five invocations at once, and grows while messages wait", async () => {
    map({ batchSize: 1 });
    await send(...Array.from({ length: 30 }, String));
    expect(running).to.equal(5);
    await tick(1);
    expect(running).to.equal(10);
    await tick(2);
    expect(running).to.equal(20);
  });

  it("never runs more than it or the function may", async () => {
    map({ batchSize: 1, maximumConcurrency: 2 });
    await send(...Array.from({ length: 9 }, String));
    await tick(10);
    expect([running, most]).to.deep.equal([2, 2]);
    await last().end("succeeded");
    expect([running, most]).to.deep.equal([2, 2]);
    reserved = 3;
    map({ batchSize: 1 });
    await tick(10);
    expect(most).to.equal(3);
  });

  it("waits for a batch to fill up, but no longer than its window", async () => {
    map({ batchSize: 3, window: 20 });
    await send("a", "b");
    await tick(19.999);
    expect(invocations).to.have.length(0);
    await tick(0.001);
    expect(last().bodies).to.deep.equal(["a", "b"]);
    await send("c", "d", "e");
    expect(last().bodies).to.deep.equal(["c", "d", "e"]);
  });

  it("leaves messages alone while the function has no room, later and later", async () => {
    map();
    throttled = true;
    await send("a");
    await tick(1);
    await tick(2);
    throttled = false;
    await tick(3.999);
    expect(invocations).to.have.length(0);
    await tick(0.001);
    expect(last().records[0]?.attributes["ApproximateReceiveCount"]).to.equal("1");
  });

  it("runs one invocation of a group at a time, in order, also after a failure", async () => {
    await queues.create("jobs.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
    const sendTo = async (group: string, ...bodies: string[]) => {
      for (const body of bodies) await queues.service.sendMessage("jobs.fifo", body, { group });
      await queues.clock.tick(0);
    };
    map({ queueArn: arnOf("jobs.fifo"), batchSize: 2 });
    await sendTo("g", "g1", "g2", "g3");
    await sendTo("h", "h1");
    expect(invocations.map(({ bodies }) => bodies)).to.deep.equal([["g1"], ["h1"]]);
    await invocations[0]?.end("failed");
    expect(invocations).to.have.length(2);
    await tick(30);
    expect(invocations.slice(2).some(({ bodies }) => bodies.join() === "g1,g2")).to.equal(true);
    await invocations.find(({ bodies }) => bodies.join() === "g1,g2")?.end("succeeded");
    expect(invocations.some(({ bodies }) => bodies.join() === "g3")).to.equal(true);
  });

  it("says once that the function is not there, and holds nothing up", async () => {
    isThere = false;
    map();
    await send("a", "b");
    const notices = queues.seen.filter(({ type }) => type === "notice");
    expect(notices).to.have.length(1);
    expect(notices[0]).to.have.property("message").that.includes("there is no function work");
    expect(queues.activity.idle).to.equal(true);
    isThere = true;
    map();
    await queues.clock.tick(0);
    expect(last().bodies).to.deep.equal(["a", "b"]);
  });

  it("loses nothing when it is changed, disabled or removed", async () => {
    map({ batchSize: 1, maximumConcurrency: 2 });
    await send("a", "b", "c");
    map({ batchSize: 10, enabled: false });
    await invocations[0]?.end("succeeded");
    expect([invocations.length, left(), queues.activity.idle]).to.deep.equal([2, 2, true]);
    map({ batchSize: 10 });
    await queues.clock.tick(0);
    expect(last().bodies).to.deep.equal(["c"]);
    sources.remove("1");
    await invocations[1]?.end("succeeded");
    await last().end("succeeded");
    expect([left(), queues.activity.idle]).to.deep.equal([0, true]);
  });

  it("gives back what was running when the engine ended, as if it had not been received", async () => {
    map();
    await send("a");
    expect(queues.service.describe("jobs")).to.include({ waiting: 0, inFlight: 1 });
    queues.restart();
    await queues.clock.tick(0);
    expect(queues.service.describe("jobs")).to.include({ waiting: 1, inFlight: 0 });
    const [message] = await queues.receive(url);
    expect(message?.Attributes?.["ApproximateReceiveCount"]).to.equal("1");
  });

  it("keeps an event below 6 MB", async () => {
    map();
    sources.remove("1");
    await send(...Array.from({ length: 8 }, () => "x".repeat(1_000_000)));
    map();
    await queues.clock.tick(0);
    expect(invocations.map(({ bodies }) => bodies.length)).to.deep.equal([6]);
    await last().end("succeeded");
    expect(last().bodies).to.have.length(2);
  });

  it("refuses settings that Lambda refuses", () => {
    for (const changes of [
      { batchSize: 0 },
      { batchSize: 11 },
      { batchSize: 10_001, window: 1 },
      { window: 301 },
      { maximumConcurrency: 1 },
      { queueArn: arnOf("a.fifo"), window: 1 },
    ])
      expect(() => map(changes), JSON.stringify(changes)).to.throw(AwsError);
  });
});
