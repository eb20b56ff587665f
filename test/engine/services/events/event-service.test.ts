import { request } from "node:http";
import { expect } from "chai";
import { localAccount } from "../../../../engine/services/account";
import { Activity } from "../../../../engine/services/activity";
import { openDatabase } from "../../../../engine/services/database";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import {
  EventService,
  type DeliverySource,
  type TargetDefinition,
} from "../../../../engine/services/events/event-service";
import { AwsError } from "../../../../engine/services/protocol/message";
import type { Permission } from "../../../../engine/services/protocol/operation";
import { QueueService } from "../../../../engine/services/queues/queue-service";
import { FakeClock } from "../../../../testing/fake-clock";
import { WireServer } from "../wire-server";

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:resize";
const deadLetterArn = "arn:aws:sqs:us-east-1:000000000000:dead";

describe("EventService", () => {
  let clock: FakeClock;
  let activity: Activity;
  let deadLetters: QueueService;
  let bus: EventService;
  let delivered: { targetArn: string; body: string; source: DeliverySource }[];
  let seen: TimedEngineEvent[];
  let permissions: readonly Permission[];
  let failure: Error | undefined;
  let attempts = 0;
  let database = openDatabase(":memory:");

  const makeBus = () => {
    const events = new EngineEvents(() => clock.now());
    events.listen((event) => seen.push(event));
    const onFault = (error: unknown): void => expect.fail(String(error));
    deadLetters = new QueueService({
      ...{ database, clock, events, onFault, account: localAccount, authorize: () => undefined },
    });
    deadLetters.define({ name: "dead", displayName: "dead", attributes: {} });
    return new EventService({
      ...{ database, clock, activity, events, deadLetters },
      account: localAccount,
      authorize: (_request, _operation, needed) => void (permissions = needed),
      deliver: async (targetArn, body, source) => {
        attempts += 1;
        if (failure !== undefined) throw failure;
        delivered.push({ targetArn, body, source });
      },
    });
  };

  beforeEach(() => {
    clock = new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 600));
    [activity, delivered, seen, permissions, failure] = [new Activity(), [], [], [], undefined];
    database = openDatabase(":memory:");
    bus = makeBus();
    bus.start();
  });
  afterEach(async () => {
    await bus.close();
    database.close();
  });

  const putRule = (name: string, pattern: unknown, changes: Partial<TargetDefinition> = {}, enabled = true) => {
    const arn = `arn:aws:events:us-east-1:000000000000:rule/${name}`;
    bus.putRule({ name, arn, pattern: JSON.stringify(pattern), enabled });
    bus.putTarget(name, { id: "1", arn: functionArn, maximumRetryAttempts: 185, maximumEventAge: 86_400, ...changes });
  };
  const publish = () => bus.publish({ source: "app", "detail-type": "Made", detail: { n: 1 } });

  it("delivers an event in EventBridge's envelope to the targets of every rule that matches", async () => {
    putRule("one", { source: ["app"] });
    putRule("two", { detail: { n: [1] } }, { arn: "arn:aws:sqs:us-east-1:000000000000:jobs", input: `{"constant":1}` });
    putRule("other", { source: ["else"] });
    putRule("off", { source: ["app"] }, {}, false);
    const { id } = await publish();
    await activity.whenIdle();
    expect(
      delivered.map(({ source, targetArn }) => [source.ruleName, targetArn.split(":")[2], source.eventId]),
    ).to.deep.equal([
      ["one", "lambda", id],
      ["two", "sqs", id],
    ]);
    expect(JSON.parse(delivered[0]?.body ?? "")).to.deep.equal({
      version: "0",
      id,
      "detail-type": "Made",
      source: "app",
      account: "000000000000",
      time: "2026-01-02T03:04:05Z",
      region: "us-east-1",
      resources: [],
      detail: { n: 1 },
    });
    expect(delivered[1]?.body).to.equal(`{"constant":1}`);
  });

  it("delivers events of a bus to the rules on that bus only", async () => {
    bus.addBus("orders");
    putRule("here", { source: ["app"] });
    const definition = { name: "here", arn: "arn", pattern: `{"source":["app"]}`, enabled: true, bus: "orders" };
    bus.putRule(definition);
    const target = { id: "1", arn: `${functionArn}-there`, maximumRetryAttempts: 0, maximumEventAge: 60 };
    bus.putTarget("here", target, "orders");
    await publish();
    await activity.whenIdle();
    expect(delivered.map(({ targetArn }) => targetArn)).to.deep.equal([functionArn]);
    await bus.publish({ source: "app", "detail-type": "Made", detail: {} }, "orders");
    await activity.whenIdle();
    expect(delivered.map(({ targetArn }) => targetArn)).to.deep.equal([functionArn, target.arn]);
    bus.removeRule("here", "orders");
    bus.removeBus("orders");
    expect(bus.busNamed("orders")).to.equal(undefined);
    expect(bus.busNamed(bus.busArn("default"))).to.equal("default");
  });

  it("tries again at least every five minutes, however often it has failed", async () => {
    putRule("one", { source: ["app"] }, { maximumRetryAttempts: 185, maximumEventAge: 86_400 });
    failure = new Error("not reachable");
    await publish();
    await clock.tick(2 * 3_600_000);
    const before = attempts;
    await clock.tick(3_600_000);
    expect(attempts - before).to.equal(12);
    failure = undefined;
    await clock.tick(300_000);
    expect(delivered).to.have.length(1);
  });

  it("keeps a rule's targets when it changes, and forgets them when it goes", async () => {
    putRule("one", { source: ["else"] });
    bus.putRule({ name: "one", arn: "arn", pattern: `{"source":["app"]}`, enabled: true });
    await publish();
    bus.removeTarget("one", "1");
    await publish();
    bus.removeRule("one");
    await activity.whenIdle();
    expect(delivered).to.have.length(1);
    expect(() => bus.putTarget("one", { id: "1", arn: "a", maximumRetryAttempts: 0, maximumEventAge: 60 })).to.throw(
      "one",
    );
    expect(() => putRule("bad", { source: "app" })).to.throw("Event pattern is not valid");
  });

  it("delivers nothing more to a target or rule that has gone, and goes on with those that have not", async () => {
    putRule("one", { source: ["app"] });
    putRule("two", { source: ["app"] }, { arn: `${functionArn}-two` });
    putRule("three", { source: ["app"] }, { arn: `${functionArn}-three` });
    failure = new Error("not reachable");
    await publish();
    bus.removeTarget("one", "1");
    bus.removeTarget("two", "none of its targets");
    bus.removeTarget("no rule", "1");
    bus.removeRule("three");
    // They are there again, as others.
    putRule("one", { source: ["app"] });
    putRule("three", { source: ["app"] });
    failure = undefined;
    await clock.tick(3_600_000);
    expect(delivered.map(({ targetArn }) => targetArn)).to.deep.equal([`${functionArn}-two`]);
  });

  it("tries again what may pass, longer and longer apart, until its attempts are used up", async () => {
    putRule("one", { source: ["app"] }, { maximumRetryAttempts: 3, deadLetterArn });
    failure = new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    await publish();
    await clock.tick(1000 + 2000);
    expect(deadLetters.count(deadLetterArn)).to.equal(0);
    await clock.tick(4000);
    expect(seen.at(-1)).to.include({
      type: "dead-letter",
      name: "one",
      reason: "TooManyRequestsException: Rate Exceeded.",
    });
    const given = Object.entries(deadLetters.messages(deadLetterArn)[0]?.attributes ?? {});
    expect(Object.fromEntries(given.map(([name, { StringValue }]) => [name, StringValue]))).to.deep.equal({
      RULE_ARN: "arn:aws:events:us-east-1:000000000000:rule/one",
      TARGET_ARN: functionArn,
      ERROR_CODE: "TooManyRequestsException",
      ERROR_MESSAGE: "Rate Exceeded.",
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      RETRY_ATTEMPTS: "3",
    });
    expect(activity.idle).to.equal(true);
  });

  it("delivers at the next attempt when the target takes it again", async () => {
    putRule("one", { source: ["app"] });
    failure = new Error("down");
    await publish();
    await clock.tick(999);
    failure = undefined;
    await clock.tick(1);
    expect(delivered).to.have.length(1);
  });

  it("gives up at once what cannot pass, and says so where there are no dead letters", async () => {
    putRule("one", { source: ["app"] });
    failure = new AwsError("ResourceNotFoundException", "Function not found", 404);
    await publish();
    await activity.whenIdle();
    expect(seen.at(-1)).to.include({ type: "notice", level: "warning" });
    expect(seen.at(-1)).to.have.property("message").that.includes(functionArn);
  });

  it("gives up an event at its age", async () => {
    putRule("one", { source: ["app"] }, { maximumEventAge: 60, deadLetterArn });
    failure = new Error("down");
    await publish();
    await clock.tick(59_999);
    expect(deadLetters.count(deadLetterArn)).to.equal(0);
    await clock.tick(1);
    expect(deadLetters.count(deadLetterArn)).to.equal(1);
  });

  it("delivers after a restart what was published before it", async () => {
    putRule("one", { source: ["app"] });
    failure = new Error("down");
    const { id } = await publish();
    await bus.close();
    failure = undefined;
    activity = new Activity();
    bus = makeBus();
    putRule("one", { source: ["app"] });
    bus.start();
    await clock.tick(1000);
    expect(delivered.map(({ source }) => source.eventId)).to.deep.equal([id]);
  });

  it("takes PutEvents, each entry by itself", async () => {
    putRule("one", { source: ["app"] });
    const wire = new WireServer(bus);
    const { endpoint } = await wire.listen();
    const valid = { Source: "app", DetailType: "Made", Detail: `{"n":1}`, Time: 1767322800, Resources: ["r"] };
    const { status, body } = await post(endpoint, "AWSEvents.PutEvents", {
      Entries: [
        valid,
        { ...valid, Detail: "[]" },
        { ...valid, Source: "aws.s3" },
        { ...valid, EventBusName: "x" },
        { Source: "app" },
      ],
    });
    expect(status).to.equal(200);
    const { FailedEntryCount, Entries } = body as { FailedEntryCount: number; Entries: Record<string, string>[] };
    expect(FailedEntryCount).to.equal(4);
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).to.deep.equal([
      undefined,
      "MalformedDetail",
      "NotAuthorizedForSourceException",
      "ResourceNotFoundException",
      "InvalidArgument",
    ]);
    await activity.whenIdle();
    expect(JSON.parse(delivered[0]?.body ?? "")).to.deep.include({ resources: ["r"], time: "2026-01-02T03:00:00Z" });
    expect(permissions.map(({ resource }) => resource)).to.include(
      "arn:aws:events:us-east-1:000000000000:event-bus/default",
    );
    const unknown = await post(endpoint, "AWSEvents.PutRule", {});
    expect(unknown).to.have.nested.property("body.__type", "UnknownOperationException");
    const malformed = await post(endpoint, "AWSEvents.PutEvents", { Entries: "x" });
    expect(malformed).to.have.nested.property("body.__type", "SerializationException");
    wire.close();
  });
});

function post(
  endpoint: string,
  target: string,
  input: unknown,
): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" };
    const sent = request(endpoint, { method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) as unknown }));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(input));
  });
}
