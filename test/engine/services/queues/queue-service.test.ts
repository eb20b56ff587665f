import { expect } from "chai";
import { request } from "node:http";
import { sdkClient, post } from "./queue-client";
import { arnOf, QueueFixture } from "./queue-fixture";

const second = 1000;

describe("QueueService", () => {
  let queues: QueueFixture;
  let url: string;
  beforeEach(async () => {
    queues = await new QueueFixture().start(sdkClient);
    url = await queues.create("jobs");
  });
  afterEach(() => queues.close());

  const json = (action: string, input: object, more: Readonly<Record<string, string>> = {}) => {
    const headers = { "x-amz-target": `AmazonSQS.${action}`, "content-type": "application/x-amz-json-1.0", ...more };
    const sent = request(queues.options?.endpoint ?? "", { method: "POST", headers });
    const promise = new Promise<{ headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      sent.on("error", reject).on("response", (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        answer.on("end", () => resolve({ headers: { ...answer.headers, status: answer.statusCode }, body }));
      });
    });
    sent.end(JSON.stringify(input));
    return { sent, answer: promise };
  };

  it("names an error in its body as its shape, and in a header as SDKs of before know it", async () => {
    const { headers, body } = await json("SendMessage", { QueueUrl: `${url}s`, MessageBody: "a" }).answer;
    expect(headers).to.include({
      status: 400,
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender",
    });
    expect(JSON.parse(body)).to.deep.equal({
      __type: "com.amazonaws.sqs#QueueDoesNotExist",
      message: "The specified queue does not exist.",
    });
  });

  it("refuses unknown actions, values of the wrong type, and bodies that cannot be read", async () => {
    const code = async (answer: Promise<{ body: string }>) =>
      (JSON.parse((await answer).body) as { __type: string }).__type;
    expect(await code(json("Explode", {}).answer)).to.equal("com.amazon.coral.service#UnknownOperationException");
    expect(await code(json("SendMessage", { QueueUrl: url, MessageBody: 1 }).answer)).to.equal(
      "com.amazon.coral.service#SerializationException",
    );
    expect(await code(json("SendMessage", { QueueUrl: url }).answer)).to.equal(
      "com.amazon.coral.service#MissingRequiredParameterException",
    );
    const { status, body } = await post(queues.options?.endpoint ?? "", "Version=2012-11-05");
    expect([status, body.includes("<Code>MissingAction</Code>")]).to.deep.equal([400, true]);
  });

  it("takes a list without items, and keeps the trace of a request's header", async () => {
    const headers = { "x-amzn-trace-id": "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Sampled=1" };
    await json("SendMessage", { QueueUrl: url, MessageBody: "a" }, headers).answer;
    const received = await post(url, "Action=ReceiveMessage&MessageAttributeNames=&AttributeName.1=AWSTraceHeader");
    expect(received.body).to.contain("<Value>Root=1-3152b799-8954dae64eda91bc9a23a7e8;Sampled=1</Value>");
  });

  it("takes an action of the query protocol at the queue's own address", async () => {
    const { body } = await post(url, "Action=SendMessage&MessageBody=a%26b");
    expect(body).to.match(
      /<SendMessageResponse xmlns="[^"]+"><SendMessageResult><MessageId>[0-9a-f-]{36}<\/MessageId>/,
    );
    expect(await queues.bodies(url)).to.deep.equal(["a&b"]);
  });

  it("keeps messages from a receiver that has gone away while it waited", async () => {
    const before = queues.clock.pending;
    const gone = json("ReceiveMessage", { QueueUrl: url, WaitTimeSeconds: 20 });
    const failed = gone.answer.catch((error: Error) => error);
    while (queues.clock.pending === before) await turn();
    gone.sent.destroy();
    await failed;
    while (queues.clock.pending > before) await turn();
    await queues.send(url, "a");
    expect(await queues.bodies(url)).to.deep.equal(["a"]);
  });

  it("asks for the permission of each action on its queue; a batch needs that of the single action", async () => {
    await queues.send(url, "a");
    expect(queues.asked).to.deep.equal([{ action: "sqs:SendMessage", resource: arnOf("jobs") }]);
    await queues.ok("SendMessageBatch", { QueueUrl: url, Entries: [{ Id: "1", MessageBody: "a" }] });
    expect(queues.asked).to.deep.equal([{ action: "sqs:SendMessage", resource: arnOf("jobs") }]);
  });

  it("undoes all of a transaction that fails, and goes on after it", async () => {
    const queue = queues.service.find("jobs");
    await queues.service.sendMessage("jobs", "0");
    const sent = queues.service.sendMessage("jobs", "a").catch((error: Error) => error.message);
    const failed = queues.service
      .change(() => {
        queue.purge();
        throw new Error("disk full");
      })
      .catch((error: Error) => error.message);
    expect([await sent, await failed]).to.deep.equal(["disk full", "disk full"]);
    await queues.service.sendMessage("jobs", "b");
    expect([queue.count, await queues.bodies(url)]).to.deep.equal([2, ["0", "b"]]);
  });

  it("tells people of its queues, their depths and their dead letters, without receiving", async () => {
    const dead = await queues.create("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 1 });
    queues.service.define({ name: "jobs", displayName: "Jobs", attributes: { RedrivePolicy, DelaySeconds: "0" } });
    await queues.send(url, "a", "b");
    await queues.receive(url, { MaxNumberOfMessages: 1 });
    await queues.service.sendMessage("jobs", "c", { delay: 60 });
    const empty = { waiting: 0, delayed: 0, inFlight: 0, isFifo: false };
    const urlOf = (name: string) => queues.service.urlOf(name);
    expect(queues.service.list()).to.deep.equal([
      {
        ...empty,
        name: "dead",
        displayName: "dead",
        arn: arnOf("dead"),
        url: urlOf("dead"),
        deadLetterQueue: undefined,
        sources: ["jobs"],
      },
      {
        ...{ name: "jobs", displayName: "Jobs", arn: arnOf("jobs"), url: urlOf("jobs"), isFifo: false },
        ...{ waiting: 1, delayed: 1, inFlight: 1, deadLetterQueue: "dead", sources: [] },
      },
    ]);
    expect(queues.service.messages("jobs").map(({ body, received }) => [body, received])).to.deep.equal([
      ["a", 1],
      ["b", 0],
      ["c", 0],
    ]);
    await queues.clock.tick(30 * second);
    expect(queues.service.count(dead)).to.equal(1);
    expect(await queues.service.redrive("jobs")).to.deep.equal({ moved: 1 });
    expect(queues.seen.at(-1)).to.include({ type: "event", source: "dead", detail: "sent 1 message back" });
    expect(queues.service.describe(url)).to.include({ waiting: 2, delayed: 1 });
  });

  it("keeps what functions and rules give up, and says so, also where their queue is gone", async () => {
    const cause = { reason: "RetriesExhausted", source: "onPut", attributes: { ERROR_CODE: "X", EMPTY: "" } };
    await queues.service.send(arnOf("jobs"), "{}", cause);
    const [message] = await queues.receive(url, { MessageAttributeNames: ["All"] });
    expect(message?.MessageAttributes).to.deep.equal({ ERROR_CODE: { DataType: "String", StringValue: "X" } });
    expect(queues.seen.at(-1)).to.include({ type: "dead-letter", name: "onPut", reason: "RetriesExhausted" });
    await queues.service.send(arnOf("gone"), "{}", cause);
    expect(queues.seen.at(-1)).to.include({ type: "notice", level: "warning" });
    const failure = await queues.service.redrive("jobs").catch((error: Error) => error.message);
    expect(failure).to.include("must be configured as a Dead Letter Queue");
  });

  it("takes over less retention and fewer receives for messages that are there already", async () => {
    await queues.create("dead");
    await queues.send(url, "a", "b");
    await queues.receive(url, { MaxNumberOfMessages: 1, VisibilityTimeout: 0 });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 1 });
    await queues.ok("SetQueueAttributes", { QueueUrl: url, Attributes: { RedrivePolicy } });
    await queues.clock.tick(0);
    expect([queues.service.count("dead"), queues.service.count("jobs")]).to.deep.equal([1, 1]);
    await queues.clock.tick(100 * second);
    await queues.ok("SetQueueAttributes", { QueueUrl: url, Attributes: { MessageRetentionPeriod: "60" } });
    await queues.clock.tick(0);
    expect(queues.service.count("jobs")).to.equal(0);
  });

  it("changes what it is told to, where a queue's dead-letter queue is gone by now", async () => {
    await queues.create("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 1 });
    await queues.ok("SetQueueAttributes", { QueueUrl: url, Attributes: { RedrivePolicy } });
    await queues.service.remove("dead");
    await queues.ok("SetQueueAttributes", { QueueUrl: url, Attributes: { DelaySeconds: "3" } });
    queues.service.define({ name: "jobs", displayName: "Jobs", attributes: { RedrivePolicy, DelaySeconds: "4" } });
    expect(queues.service.byArn(arnOf("jobs"))?.record.attributes).to.include({ RedrivePolicy, DelaySeconds: "4" });
  });

  it("leaves no timer behind for queues that are empty or gone", async () => {
    await queues.send(url, "a");
    expect(queues.clock.pending).to.equal(1);
    await queues.ok("PurgeQueue", { QueueUrl: url });
    expect(queues.clock.pending).to.equal(0);
    const { messages } = await queues.wait(url, { WaitTimeSeconds: 20 });
    const failed = messages.catch((error: Error) => error.message);
    await queues.service.remove("jobs");
    expect(await failed).to.include("NonExistentQueue");
    expect(queues.clock.pending).to.equal(0);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
