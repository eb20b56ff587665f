import { expect } from "chai";
import type { ClientOptions, QueueClient } from "./queue-client";
import { arnOf, QueueFixture } from "./queue-fixture";

type Entry = Record<string, unknown>;
const second = 1000;

/** What SQS does, as every client of it is to find it. */
export function queueCases(client: (options: ClientOptions) => QueueClient): void {
  let queues: QueueFixture;
  beforeEach(async () => {
    queues = await new QueueFixture().start(client);
  });
  afterEach(() => queues.close());

  const tick = (seconds: number) => queues.clock.tick(seconds * second);
  const attributes = async (QueueUrl: string, ...AttributeNames: string[]) => {
    const { Attributes } = await queues.ok("GetQueueAttributes", { QueueUrl, AttributeNames });
    return Attributes as Record<string, string>;
  };
  const depths = async (url: string) => {
    const shown = await attributes(url, "All");
    return ["", "Delayed", "NotVisible"].map((kind) => Number(shown[`ApproximateNumberOfMessages${kind}`]));
  };
  const batch = (entries: Entry[]) => entries.map((entry, index) => ({ Id: `e${index}`, ...entry }));
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  const sendTo = async (QueueUrl: string, MessageGroupId: string, ...bodies: string[]) => {
    for (const MessageBody of bodies) await queues.ok("SendMessage", { QueueUrl, MessageBody, MessageGroupId });
  };

  describe("queues", () => {
    it("have their name in a URL of the endpoint, and are found by it", async () => {
      const url = await queues.create("jobs", { VisibilityTimeout: 45 });
      expect(url).to.equal(`${queues.options?.endpoint}/000000000000/jobs`);
      expect((await queues.ok("GetQueueUrl", { QueueName: "jobs" }))["QueueUrl"]).to.equal(url);
      expect(await queues.error("GetQueueUrl", { QueueName: "other" })).to.equal(
        "AWS.SimpleQueueService.NonExistentQueue",
      );
      const named = url.replace("127.0.0.1", "queues.example");
      await queues.send(named, "a");
      expect(await queues.bodies(named)).to.deep.equal(["a"]);
      expect(
        await queues.error("SendMessage", { QueueUrl: url.replace("000000000000", "111111111111"), MessageBody: "a" }),
      ).to.equal("AWS.SimpleQueueService.NonExistentQueue");
    });

    it("show all attributes with AWS's defaults", async () => {
      const url = await queues.create("jobs", { DelaySeconds: 3 });
      const time = String(Math.floor(queues.clock.now() / second));
      expect(await attributes(url, "All")).to.deep.equal({
        DelaySeconds: "3",
        MaximumMessageSize: "1048576",
        MessageRetentionPeriod: "345600",
        ReceiveMessageWaitTimeSeconds: "0",
        VisibilityTimeout: "30",
        SqsManagedSseEnabled: "true",
        QueueArn: arnOf("jobs"),
        CreatedTimestamp: time,
        LastModifiedTimestamp: time,
        ApproximateNumberOfMessages: "0",
        ApproximateNumberOfMessagesDelayed: "0",
        ApproximateNumberOfMessagesNotVisible: "0",
      });
      await queues.ok("SetQueueAttributes", {
        QueueUrl: url,
        Attributes: { DelaySeconds: "0", VisibilityTimeout: "5" },
      });
      expect(await attributes(url, "DelaySeconds", "VisibilityTimeout")).to.deep.equal({
        DelaySeconds: "0",
        VisibilityTimeout: "5",
      });
      const deduplication = await attributes(await queues.create("a.fifo", fifo), "DeduplicationScope", "FifoQueue");
      expect(deduplication).to.deep.equal({ DeduplicationScope: "queue", FifoQueue: "true" });
    });

    it("can be made twice alike, and not otherwise", async () => {
      const url = await queues.create("jobs", { DelaySeconds: 3 });
      expect(await queues.create("jobs", { DelaySeconds: 3 })).to.equal(url);
      expect(await queues.create("jobs")).to.equal(url);
      expect(await queues.error("CreateQueue", { QueueName: "jobs", Attributes: { DelaySeconds: "4" } })).to.equal(
        "QueueAlreadyExists",
      );
    });

    it("refuse names and attributes that AWS refuses", async () => {
      const refused = (QueueName: string, Attributes: object = {}) =>
        queues.error("CreateQueue", { QueueName, Attributes });
      expect(await refused("a b")).to.equal("InvalidParameterValue");
      expect(await refused("a".repeat(81))).to.equal("InvalidParameterValue");
      expect(await refused("a.fifo")).to.equal("InvalidParameterValue");
      expect(await refused("a", { FifoQueue: "true" })).to.equal("InvalidParameterValue");
      expect(await refused("a", { Colour: "red" })).to.equal("InvalidAttributeName");
      expect(await refused("a", { ContentBasedDeduplication: "true" })).to.equal("InvalidAttributeName");
      for (const [name, low, high] of [
        ["DelaySeconds", -1, 901],
        ["VisibilityTimeout", -1, 43_201],
        ["MessageRetentionPeriod", 59, 1_209_601],
        ["ReceiveMessageWaitTimeSeconds", -1, 21],
        ["MaximumMessageSize", 1023, 1_048_577],
      ] as const) {
        expect(await refused("a", { [name]: String(low) }), name).to.equal("InvalidAttributeValue");
        expect(await refused("a", { [name]: String(high) }), name).to.equal("InvalidAttributeValue");
      }
      expect(await refused("a.fifo", { ...fifo, FifoThroughputLimit: "perMessageGroupId" })).to.equal(
        "InvalidAttributeValue",
      );
      const url = await queues.create("a");
      const unknown = { QueueUrl: url, AttributeNames: ["Colour"] };
      expect(await queues.error("GetQueueAttributes", unknown)).to.equal("InvalidAttributeName");
    });

    it("are listed by prefix and in pages", async () => {
      for (const name of ["b-2", "a-1", "b-1", "b-3"]) await queues.create(name);
      const names = async (input: object) => {
        const { QueueUrls = [], NextToken } = await queues.ok("ListQueues", input);
        return [(QueueUrls as string[]).map((url) => url.split("/").at(-1)), NextToken] as const;
      };
      expect((await names({}))[0]).to.deep.equal(["a-1", "b-1", "b-2", "b-3"]);
      expect((await names({ QueueNamePrefix: "b" }))[0]).to.deep.equal(["b-1", "b-2", "b-3"]);
      const [first, NextToken] = await names({ QueueNamePrefix: "b", MaxResults: 2 });
      expect(first).to.deep.equal(["b-1", "b-2"]);
      expect(await names({ QueueNamePrefix: "b", MaxResults: 2, NextToken })).to.deep.equal([["b-3"], undefined]);
    });

    it("are tagged", async () => {
      const QueueUrl = await queues.create("jobs");
      await queues.ok("TagQueue", { QueueUrl, Tags: { team: "media", stage: "dev" } });
      await queues.ok("UntagQueue", { QueueUrl, TagKeys: ["stage"] });
      expect((await queues.ok("ListQueueTags", { QueueUrl }))["Tags"]).to.deep.equal({ team: "media" });
    });

    it("are deleted with their messages", async () => {
      const QueueUrl = await queues.create("jobs");
      await queues.send(QueueUrl, "a");
      await queues.ok("DeleteQueue", { QueueUrl });
      expect(await queues.error("ReceiveMessage", { QueueUrl })).to.equal("AWS.SimpleQueueService.NonExistentQueue");
      expect(await queues.bodies(await queues.create("jobs"))).to.deep.equal([]);
    });

    it("are purged once a minute", async () => {
      const QueueUrl = await queues.create("jobs");
      await queues.send(QueueUrl, "a", "b");
      await queues.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await queues.ok("PurgeQueue", { QueueUrl });
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
      expect(await queues.error("PurgeQueue", { QueueUrl })).to.equal("AWS.SimpleQueueService.PurgeQueueInProgress");
      await tick(60);
      await queues.ok("PurgeQueue", { QueueUrl });
    });

    it("refuse permissions of their own, and say so", async () => {
      const input = { QueueUrl: await queues.create("jobs"), Label: "a", AWSAccountIds: ["1"], Actions: ["*"] };
      expect(await queues.error("AddPermission", input)).to.equal("AWS.SimpleQueueService.UnsupportedOperation");
    });
  });

  describe("messages", () => {
    it("are received with all that AWS says of them", async () => {
      const QueueUrl = await queues.create("jobs");
      const sent = await queues.ok("SendMessage", { QueueUrl, MessageBody: "grüß dich\r\n<&>", MessageGroupId: "g" });
      await tick(2);
      const [message] = await queues.receive(QueueUrl);
      expect(message).to.include({ MessageId: sent["MessageId"], Body: "grüß dich\r\n<&>" });
      expect(message?.MD5OfBody).to.equal(sent["MD5OfMessageBody"]);
      const { SenderId, ...others } = message?.Attributes ?? {};
      expect(SenderId).to.match(/^AIDA[0-9A-F]{17}$/);
      expect(others).to.deep.equal({
        SentTimestamp: String(queues.clock.now() - 2 * second),
        ApproximateReceiveCount: "1",
        ApproximateFirstReceiveTimestamp: String(queues.clock.now()),
        MessageGroupId: "g",
      });
      expect(await queues.receive(QueueUrl)).to.have.length(0);
    });

    it("have only the system attributes that were asked for, by either name", async () => {
      const QueueUrl = await queues.create("jobs", { VisibilityTimeout: 0 });
      await queues.send(QueueUrl, "a");
      const shown = async (input: object) =>
        Object.keys((await queues.receive(QueueUrl, { AttributeNames: [], ...input }))[0]?.Attributes ?? {});
      expect(await shown({})).to.deep.equal([]);
      expect(await shown({ AttributeNames: ["SenderId"] })).to.deep.equal(["SenderId"]);
      expect(await shown({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] })).to.deep.equal([
        "ApproximateReceiveCount",
      ]);
    });

    it("carry attributes of all types, selected by name, by prefix, or all", async () => {
      const QueueUrl = await queues.create("jobs", { VisibilityTimeout: 0 });
      const MessageAttributes = {
        "foo.one": { DataType: "String", StringValue: "1 & <2>" },
        "foo.two": { DataType: "Number.int", StringValue: "-2.5e3" },
        bar: { DataType: "Binary.png", BinaryValue: "AP8Q" },
      };
      const MessageSystemAttributes = { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-2" } };
      const sent = await queues.ok("SendMessage", {
        QueueUrl,
        MessageBody: "a",
        MessageAttributes,
        MessageSystemAttributes,
      });
      expect(sent["MD5OfMessageSystemAttributes"]).to.match(/^[0-9a-f]{32}$/);
      const got = async (...MessageAttributeNames: string[]) =>
        (await queues.receive(QueueUrl, { MessageAttributeNames }))[0];
      expect((await got())?.MessageAttributes).to.equal(undefined);
      expect((await got("All"))?.MessageAttributes).to.deep.equal(MessageAttributes);
      expect(Object.keys((await got("foo.*"))?.MessageAttributes ?? {}).sort()).to.deep.equal(["foo.one", "foo.two"]);
      expect(Object.keys((await got("bar", "none"))?.MessageAttributes ?? {})).to.deep.equal(["bar"]);
      expect((await got())?.Attributes?.["AWSTraceHeader"]).to.equal("Root=1-2");
    });

    it("are hidden while they are in flight, and come again", async () => {
      const QueueUrl = await queues.create("jobs");
      await queues.send(QueueUrl, "a");
      const [first] = await queues.receive(QueueUrl);
      await tick(29.999);
      expect(await queues.receive(QueueUrl)).to.have.length(0);
      await tick(0.001);
      const [second] = await queues.receive(QueueUrl, { VisibilityTimeout: 5 });
      expect(second?.Attributes?.["ApproximateReceiveCount"]).to.equal("2");
      expect(second?.ReceiptHandle).not.to.equal(first?.ReceiptHandle);
      await tick(5);
      expect(await queues.receive(QueueUrl)).to.have.length(1);
    });

    it("are deleted with their last receipt handle only", async () => {
      const QueueUrl = await queues.create("jobs", { VisibilityTimeout: 1 });
      await queues.send(QueueUrl, "a");
      const [first] = await queues.receive(QueueUrl);
      await tick(1);
      const [last] = await queues.receive(QueueUrl);
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first?.ReceiptHandle });
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 1]);
      await tick(1);
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: last?.ReceiptHandle });
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: last?.ReceiptHandle });
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
      expect(await queues.error("DeleteMessage", { QueueUrl, ReceiptHandle: "nonsense" })).to.equal(
        "ReceiptHandleIsInvalid",
      );
      const other = await queues.create("other");
      expect(await queues.error("DeleteMessage", { QueueUrl: other, ReceiptHandle: last?.ReceiptHandle })).to.equal(
        "ReceiptHandleIsInvalid",
      );
    });

    it("have their visibility changed while they are in flight", async () => {
      const QueueUrl = await queues.create("jobs");
      await queues.send(QueueUrl, "a");
      const [message] = await queues.receive(QueueUrl);
      const change = { QueueUrl, ReceiptHandle: message?.ReceiptHandle };
      await queues.ok("ChangeMessageVisibility", { ...change, VisibilityTimeout: 100 });
      await tick(99);
      expect(await queues.receive(QueueUrl)).to.have.length(0);
      await queues.ok("ChangeMessageVisibility", { ...change, VisibilityTimeout: 0 });
      expect(await queues.error("ChangeMessageVisibility", { ...change, VisibilityTimeout: 1 })).to.equal(
        "AWS.SimpleQueueService.MessageNotInflight",
      );
      expect(await queues.error("ChangeMessageVisibility", { ...change, VisibilityTimeout: 43_201 })).to.equal(
        "InvalidParameterValue",
      );
      expect(await queues.receive(QueueUrl)).to.have.length(1);
      expect(await queues.error("ChangeMessageVisibility", { ...change, VisibilityTimeout: 1 })).to.equal(
        "InvalidParameterValue",
      );
    });

    it("are delayed by their queue or themselves", async () => {
      const QueueUrl = await queues.create("jobs", { DelaySeconds: 10 });
      await queues.send(QueueUrl, "by the queue");
      await queues.ok("SendMessage", { QueueUrl, MessageBody: "not", DelaySeconds: 0 });
      await queues.ok("SendMessage", { QueueUrl, MessageBody: "by itself", DelaySeconds: 900 });
      expect(await depths(QueueUrl)).to.deep.equal([1, 2, 0]);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["not"]);
      await tick(10);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["by the queue"]);
      await tick(890);
      expect(await queues.bodies(QueueUrl)).to.include("by itself");
      expect(await queues.error("SendMessage", { QueueUrl, MessageBody: "a", DelaySeconds: 901 })).to.equal(
        "InvalidParameterValue",
      );
    });

    it("expire", async () => {
      const QueueUrl = await queues.create("jobs", { MessageRetentionPeriod: 60 });
      await queues.send(QueueUrl, "a");
      await tick(30);
      await queues.send(QueueUrl, "b");
      await tick(30);
      expect(await depths(QueueUrl)).to.deep.equal([1, 0, 0]);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["b"]);
      await tick(30);
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
    });

    it("are refused where AWS refuses them", async () => {
      const QueueUrl = await queues.create("jobs");
      const refused = (MessageBody: string | undefined, more: object = {}) =>
        queues.error("SendMessage", { QueueUrl, ...(MessageBody !== undefined && { MessageBody }), ...more });
      expect(await refused("")).to.equal("MissingParameter");
      expect(await refused("a\u0001")).to.equal("InvalidMessageContents");
      expect(await refused("a\uffff")).to.equal("InvalidMessageContents");
      expect(await refused("x".repeat(1_048_577))).to.equal("InvalidParameterValue");
      await queues.ok("SendMessage", { QueueUrl, MessageBody: "x".repeat(1_048_576) });
      const attribute = (name: string, value: object) => refused("a", { MessageAttributes: { [name]: value } });
      const text = { DataType: "String", StringValue: "1" };
      expect(await attribute("AWS.name", text)).to.equal("InvalidParameterValue");
      expect(await attribute("a..b", text)).to.equal("InvalidParameterValue");
      expect(await attribute("a", { DataType: "Text", StringValue: "1" })).to.equal("InvalidParameterValue");
      expect(await attribute("a", { DataType: "Number", StringValue: "one" })).to.equal("InvalidParameterValue");
      expect(await attribute("a", { DataType: "Binary", StringValue: "one" })).to.equal("InvalidParameterValue");
      expect(await attribute("a", { DataType: "String", StringValue: "" })).to.equal("InvalidParameterValue");
      const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text]));
      expect(await refused("a", { MessageAttributes: eleven })).to.equal("InvalidParameterValue");
      const system = { Other: text };
      expect(await refused("a", { MessageSystemAttributes: system })).to.equal("InvalidParameterValue");
      expect(await refused("a", { MessageDeduplicationId: "1" })).to.equal("InvalidParameterValue");
      // Attributes count.
      const large = { a: { DataType: "String", StringValue: "x".repeat(1000) } };
      expect(await refused("x".repeat(1_048_000), { MessageAttributes: large })).to.equal("InvalidParameterValue");
      for (const more of [{ MaxNumberOfMessages: 11 }, { MaxNumberOfMessages: 0 }, { WaitTimeSeconds: 21 }])
        expect(await queues.error("ReceiveMessage", { QueueUrl, ...more })).to.equal("InvalidParameterValue");
    });
  });

  describe("batches", () => {
    it("are sent, changed and deleted, each entry by itself", async () => {
      const QueueUrl = await queues.create("jobs");
      const Entries = batch([{ MessageBody: "a" }, { MessageBody: "b", DelaySeconds: 901 }, { MessageBody: "c" }]);
      const sent = await queues.ok("SendMessageBatch", { QueueUrl, Entries });
      expect((sent["Successful"] as Entry[]).map(({ Id }) => Id)).to.deep.equal(["e0", "e2"]);
      const [failed] = sent["Failed"] as Entry[];
      expect({ ...failed, SenderFault: String(failed?.["SenderFault"]) }).to.include({
        Id: "e1",
        Code: "InvalidParameterValue",
        SenderFault: "true",
      });
      const handles = (await queues.receive(QueueUrl)).map(({ ReceiptHandle }) => ({ ReceiptHandle }));
      expect(handles).to.have.length(2);
      const changed = await queues.ok("ChangeMessageVisibilityBatch", {
        QueueUrl,
        Entries: batch([
          { ...handles[0], VisibilityTimeout: 0 },
          { ReceiptHandle: "no", VisibilityTimeout: 0 },
        ]),
      });
      expect((changed["Failed"] as Entry[])[0]).to.include({ Id: "e1", Code: "ReceiptHandleIsInvalid" });
      expect(await depths(QueueUrl)).to.deep.equal([1, 0, 1]);
      const deleted = await queues.ok("DeleteMessageBatch", { QueueUrl, Entries: batch(handles) });
      expect(deleted["Successful"]).to.deep.equal([{ Id: "e0" }, { Id: "e1" }]);
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
    });

    it("are refused whole where AWS does so", async () => {
      const QueueUrl = await queues.create("jobs");
      const refused = (Entries: Entry[]) => queues.error("SendMessageBatch", { QueueUrl, Entries });
      const code = (name: string) => `AWS.SimpleQueueService.${name}`;
      const MessageBody = "a";
      const eleven = Array.from({ length: 11 }, () => ({ MessageBody }));
      expect(await refused(batch(eleven))).to.equal(code("TooManyEntriesInBatchRequest"));
      expect(await refused([{ Id: "a b", MessageBody }])).to.equal(code("InvalidBatchEntryId"));
      expect(
        await refused([
          { Id: "a", MessageBody },
          { Id: "a", MessageBody },
        ]),
      ).to.equal(code("BatchEntryIdsNotDistinct"));
      const half = { MessageBody: "x".repeat(524_289) };
      expect(await refused(batch([half, half]))).to.equal(code("BatchRequestTooLong"));
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
    });
  });

  describe("long polling", () => {
    it("waits for a message, and is woken by it", async () => {
      const QueueUrl = await queues.create("jobs");
      const { messages } = await queues.wait(QueueUrl, { WaitTimeSeconds: 20 });
      await queues.send(QueueUrl, "a");
      expect((await messages).flat().map(({ Body }) => Body)).to.deep.equal(["a"]);
    });

    it("is woken by a delay that ends, a visibility timeout that ends, and one that is changed", async () => {
      const QueueUrl = await queues.create("jobs", { ReceiveMessageWaitTimeSeconds: 20 });
      await queues.ok("SendMessage", { QueueUrl, MessageBody: "a", DelaySeconds: 5 });
      const receive = async (seconds: number) => {
        const { messages } = await queues.wait(QueueUrl);
        await tick(seconds);
        return (await messages).flat()[0];
      };
      expect(await receive(5)).to.include({ Body: "a" });
      await tick(15);
      const again = await receive(15);
      expect(again).to.include({ Body: "a" });
      const { messages } = await queues.wait(QueueUrl);
      await queues.ok("ChangeMessageVisibility", {
        QueueUrl,
        ReceiptHandle: again?.ReceiptHandle,
        VisibilityTimeout: 0,
      });
      expect((await messages).flat()[0]).to.include({ Body: "a" });
    });

    it("ends without messages after its time", async () => {
      const QueueUrl = await queues.create("jobs");
      let isOver = false;
      const { messages } = await queues.wait(QueueUrl, { WaitTimeSeconds: 3 });
      void messages.finally(() => (isOver = true));
      await tick(2.999);
      expect(isOver).to.equal(false);
      await tick(0.001);
      expect(await messages).to.deep.equal([[]]);
    });

    it("hands each message to one of those who wait", async () => {
      const QueueUrl = await queues.create("jobs");
      const { messages } = await queues.wait(QueueUrl, { WaitTimeSeconds: 20 }, 2);
      await queues.send(QueueUrl, "a", "b");
      const bodies = (await messages).map((each) => each.map(({ Body }) => Body).join());
      expect(bodies.sort()).to.deep.equal(["a", "b"]);
    });
  });

  describe("dead letters", () => {
    const withDeadLetters = async (maxReceiveCount: number, more: Record<string, string | number> = {}) => {
      const suffix = more["FifoQueue"] === undefined ? "" : ".fifo";
      const dead = await queues.create(`dead${suffix}`, suffix === "" ? {} : fifo);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(`dead${suffix}`), maxReceiveCount });
      return { dead, QueueUrl: await queues.create(`jobs${suffix}`, { ...more, RedrivePolicy }) };
    };

    it("are moved by themselves when the last visibility timeout ends", async () => {
      const { dead, QueueUrl } = await withDeadLetters(2, { VisibilityTimeout: 10 });
      await queues.send(QueueUrl, "a");
      const sentAt = queues.clock.now();
      for (const count of ["1", "2"]) {
        const [message] = await queues.receive(QueueUrl);
        expect(message?.Attributes?.["ApproximateReceiveCount"]).to.equal(count);
        expect(await depths(dead)).to.deep.equal([0, 0, 0]);
        await tick(10);
      }
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
      const [letter] = await queues.receive(dead);
      expect(letter).to.include({ Body: "a" });
      expect(letter?.Attributes).to.include({
        DeadLetterQueueSourceArn: arnOf("jobs"),
        SentTimestamp: String(sentAt),
      });
      const told = queues.seen.filter(({ type }) => type === "dead-letter");
      expect(told).to.deep.equal([
        { type: "dead-letter", name: "jobs", reason: "received 2 times without success", time: queues.clock.now() },
      ]);
    });

    it("are moved at once when the last receive is given back", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1);
      await queues.send(QueueUrl, "a");
      const [message] = await queues.receive(QueueUrl);
      const { ReceiptHandle } = message ?? {};
      await queues.ok("ChangeMessageVisibility", { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
      // The handle is of the other queue's past.
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle });
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
    });

    it("wake who waits for them", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1, { VisibilityTimeout: 10 });
      await queues.send(QueueUrl, "a");
      await queues.receive(QueueUrl);
      const { messages } = await queues.wait(dead, { WaitTimeSeconds: 20 });
      await tick(10);
      expect((await messages).flat().map(({ Body }) => Body)).to.deep.equal(["a"]);
    });

    it("of a standard queue keep their age, of a FIFO queue begin anew", async () => {
      const plain = await withDeadLetters(1, { VisibilityTimeout: 40 });
      await queues.ok("SetQueueAttributes", { QueueUrl: plain.dead, Attributes: { MessageRetentionPeriod: "60" } });
      const ordered = await withDeadLetters(1, { ...fifo, VisibilityTimeout: 40 });
      await queues.ok("SetQueueAttributes", { QueueUrl: ordered.dead, Attributes: { MessageRetentionPeriod: "60" } });
      await queues.send(plain.QueueUrl, "a");
      await sendTo(ordered.QueueUrl, "g", "a");
      await queues.receive(plain.QueueUrl);
      await queues.receive(ordered.QueueUrl);
      await tick(40);
      expect([await depths(plain.dead), await depths(ordered.dead)]).to.deep.equal([
        [1, 0, 0],
        [1, 0, 0],
      ]);
      await tick(20);
      expect([await depths(plain.dead), await depths(ordered.dead)]).to.deep.equal([
        [0, 0, 0],
        [1, 0, 0],
      ]);
    });

    it("need a queue of the same kind that allows it, and is another one", async () => {
      await queues.create("dead");
      const policy = (target: string, maxReceiveCount: unknown = 3) => ({
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(target), maxReceiveCount }),
      });
      const refused = (Attributes: object, QueueName = "jobs") =>
        queues.error("CreateQueue", { QueueName, Attributes });
      expect(await refused(policy("none"))).to.equal("InvalidParameterValue");
      expect(await refused({ ...fifo, ...policy("dead") }, "jobs.fifo")).to.equal("InvalidParameterValue");
      expect(await refused(policy("dead", 0))).to.equal("InvalidAttributeValue");
      expect(await refused(policy("dead", 1001))).to.equal("InvalidAttributeValue");
      expect(await refused({ RedrivePolicy: "dead" })).to.equal("InvalidAttributeValue");
      const QueueUrl = await queues.create("self");
      expect(await queues.error("SetQueueAttributes", { QueueUrl, Attributes: policy("self") })).to.equal(
        "InvalidParameterValue",
      );
      const RedriveAllowPolicy = JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [arnOf("friend")] });
      await queues.create("private", { RedriveAllowPolicy });
      expect(await refused(policy("private"))).to.equal("InvalidParameterValue");
      await queues.create("friend", policy("private"));
    });

    it("are known with the queues they come from", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1);
      const { queueUrls, QueueUrls } = await queues.ok("ListDeadLetterSourceQueues", { QueueUrl: dead });
      expect(queueUrls ?? QueueUrls).to.deep.equal([QueueUrl]);
    });

    it("are sent back as new messages, to where they came from", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1, { VisibilityTimeout: 1 });
      await queues.send(QueueUrl, "a", "b");
      await queues.receive(QueueUrl);
      await tick(1);
      expect(await depths(dead)).to.deep.equal([2, 0, 0]);
      const SourceArn = arnOf("dead");
      await queues.ok("StartMessageMoveTask", { SourceArn });
      await tick(0);
      expect(await depths(dead)).to.deep.equal([0, 0, 0]);
      const messages = await queues.receive(QueueUrl);
      expect(messages.map(({ Body }) => Body)).to.deep.equal(["a", "b"]);
      expect(messages[0]?.Attributes).to.include({ ApproximateReceiveCount: "1" });
      const { Results } = await queues.ok("ListMessageMoveTasks", { SourceArn });
      const [task] = Results as Entry[];
      expect(task).to.include({ Status: "COMPLETED", SourceArn });
      expect(String(task?.["ApproximateNumberOfMessagesMoved"])).to.equal("2");
    });

    it("are sent elsewhere at a rate, until that is cancelled", async () => {
      const { QueueUrl } = await withDeadLetters(1, { VisibilityTimeout: 0 });
      const other = await queues.create("other");
      await queues.send(QueueUrl, "a", "b", "c");
      await queues.receive(QueueUrl);
      const SourceArn = arnOf("dead");
      const task = { SourceArn, DestinationArn: arnOf("other"), MaxNumberOfMessagesPerSecond: 1 };
      const { TaskHandle } = await queues.ok("StartMessageMoveTask", task);
      expect(await queues.error("StartMessageMoveTask", task)).to.equal("AWS.SimpleQueueService.UnsupportedOperation");
      await tick(1);
      expect(await depths(other)).to.deep.equal([2, 0, 0]);
      const { ApproximateNumberOfMessagesMoved: moved } = await queues.ok("CancelMessageMoveTask", { TaskHandle });
      expect(String(moved)).to.equal("2");
      await tick(10);
      expect(await depths(other)).to.deep.equal([2, 0, 0]);
      expect(await queues.error("CancelMessageMoveTask", { TaskHandle })).to.equal("ResourceNotFoundException");
      expect(await queues.error("StartMessageMoveTask", { SourceArn: arnOf("other") })).to.equal(
        "InvalidParameterValue",
      );
    });
  });

  describe("FIFO queues", () => {
    it("keep each group in order and hold it while one of its messages is in flight", async () => {
      const QueueUrl = await queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "g1", "g2", "g3");
      await sendTo(QueueUrl, "h", "h1");
      const first = await queues.receive(QueueUrl, { MaxNumberOfMessages: 2 });
      expect(first.map(({ Body }) => Body)).to.deep.equal(["g1", "g2"]);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["h1"]);
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle });
      expect(await queues.bodies(QueueUrl)).to.deep.equal([]);
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first[1]?.ReceiptHandle });
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["g3"]);
    });

    it("hand out a group's messages again in order", async () => {
      const QueueUrl = await queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "1", "2", "3");
      expect(await queues.bodies(QueueUrl, { MaxNumberOfMessages: 2 })).to.deep.equal(["1", "2"]);
      const { messages } = await queues.wait(QueueUrl, { WaitTimeSeconds: 20 });
      await tick(20);
      expect(await messages).to.deep.equal([[]]);
      await tick(10);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["1", "2", "3"]);
    });

    it("wait for a group whose first message is visible again while a later one is not", async () => {
      const QueueUrl = await queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "1", "2");
      const [one, two] = await queues.receive(QueueUrl);
      await queues.ok("ChangeMessageVisibility", { QueueUrl, ReceiptHandle: one?.ReceiptHandle, VisibilityTimeout: 0 });
      expect(await queues.bodies(QueueUrl)).to.deep.equal([]);
      await queues.ok("ChangeMessageVisibility", { QueueUrl, ReceiptHandle: two?.ReceiptHandle, VisibilityTimeout: 0 });
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["1", "2"]);
    });

    it("take a message once in five minutes, by content or by id", async () => {
      const QueueUrl = await queues.create("a.fifo", fifo);
      const send = async (MessageBody: string, more: object = {}) =>
        (await queues.ok("SendMessage", { QueueUrl, MessageBody, MessageGroupId: "g", ...more }))["MessageId"];
      const id = await send("a");
      expect(await send("a")).to.equal(id);
      expect(await send("a", { MessageGroupId: "h" })).to.equal(id);
      expect(await send("a", { MessageDeduplicationId: "1" })).not.to.equal(id);
      const [message] = await queues.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: message?.ReceiptHandle });
      expect(await send("a")).to.equal(id);
      await tick(299);
      expect(await send("a")).to.equal(id);
      await tick(1);
      expect(await send("a")).not.to.equal(id);
    });

    it("can look for duplicates in each group by itself", async () => {
      const high = { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
      const QueueUrl = await queues.create("a.fifo", { ...fifo, ...high });
      await sendTo(QueueUrl, "g", "a", "a");
      await sendTo(QueueUrl, "h", "a");
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["a", "a"]);
    });

    it("number their messages with 20 digits that grow", async () => {
      const QueueUrl = await queues.create("a.fifo", fifo);
      const numbers: string[] = [];
      for (const MessageBody of ["a", "b", "c"])
        numbers.push(
          String(
            (await queues.ok("SendMessage", { QueueUrl, MessageBody, MessageGroupId: MessageBody }))["SequenceNumber"],
          ),
        );
      expect([...numbers].sort()).to.deep.equal(numbers);
      expect(new Set(numbers).size).to.equal(3);
      for (const number of numbers) expect(number).to.match(/^\d{20}$/);
      const messages = await queues.receive(QueueUrl);
      expect(messages.map(({ Attributes }) => Attributes?.["SequenceNumber"])).to.deep.equal(numbers);
      expect(messages[0]?.Attributes).to.include({ MessageGroupId: "a" });
      expect(messages[0]?.Attributes?.["MessageDeduplicationId"]).to.match(/^[0-9a-f]{64}$/);
    });

    it("refuse what does not go with order", async () => {
      const QueueUrl = await queues.create("a.fifo", { FifoQueue: "true" });
      const refused = (more: object) => queues.error("SendMessage", { QueueUrl, MessageBody: "a", ...more });
      expect(await refused({ MessageDeduplicationId: "1" })).to.equal("MissingParameter");
      expect(await refused({ MessageGroupId: "g" })).to.equal("InvalidParameterValue");
      expect(await refused({ MessageGroupId: "a b", MessageDeduplicationId: "1" })).to.equal("InvalidParameterValue");
      const both = { MessageGroupId: "g", MessageDeduplicationId: "1" };
      expect(await refused({ ...both, DelaySeconds: 1 })).to.equal("InvalidParameterValue");
    });

    it("are delayed as a whole, in order", async () => {
      const QueueUrl = await queues.create("a.fifo", { ...fifo, DelaySeconds: 10 });
      await sendTo(QueueUrl, "g", "1");
      await tick(5);
      await sendTo(QueueUrl, "g", "2");
      expect(await depths(QueueUrl)).to.deep.equal([0, 2, 0]);
      await tick(5);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["1"]);
    });

    it("refuse to delete with a handle whose time is over", async () => {
      const QueueUrl = await queues.create("a.fifo", { ...fifo, VisibilityTimeout: 5 });
      await sendTo(QueueUrl, "g", "1");
      const [message] = await queues.receive(QueueUrl);
      await tick(5);
      const { ReceiptHandle } = message ?? {};
      expect(await queues.error("DeleteMessage", { QueueUrl, ReceiptHandle })).to.equal("InvalidParameterValue");
    });

    it("give the same messages to a receive that is tried again", async () => {
      const QueueUrl = await queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "1", "2");
      const attempt = { ReceiveRequestAttemptId: "try", MaxNumberOfMessages: 1 };
      const first = await queues.receive(QueueUrl, attempt);
      expect(first.map(({ Body }) => Body)).to.deep.equal(["1"]);
      await tick(20);
      expect(await queues.receive(QueueUrl, attempt)).to.deep.equal(first);
      // The visibility timeout has begun anew.
      await tick(20);
      expect(await queues.receive(QueueUrl)).to.deep.equal([]);
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle });
      expect(await queues.bodies(QueueUrl, attempt)).to.deep.equal(["2"]);
    });

    it("keep their dead letters in order, in a FIFO queue", async () => {
      const dead = await queues.create("dead.fifo", fifo);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead.fifo"), maxReceiveCount: 1 });
      const QueueUrl = await queues.create("a.fifo", { ...fifo, RedrivePolicy });
      await sendTo(QueueUrl, "g", "1", "2", "3");
      await queues.receive(QueueUrl, { MaxNumberOfMessages: 2 });
      await tick(30);
      expect(await queues.bodies(QueueUrl)).to.deep.equal(["3"]);
      await tick(30);
      expect(await queues.bodies(dead)).to.deep.equal(["1", "2", "3"]);
    });
  });

  describe("a restart", () => {
    it("loses nothing: messages, receives, delays, groups, duplicates", async () => {
      const QueueUrl = await queues.create("jobs");
      await queues.send(QueueUrl, "a", "b");
      const [message] = await queues.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await queues.ok("SendMessage", { QueueUrl, MessageBody: "c", DelaySeconds: 60 });
      const ordered = await queues.create("a.fifo", fifo);
      await sendTo(ordered, "g", "1", "2");
      await queues.receive(ordered, { MaxNumberOfMessages: 1 });
      queues.restart();
      expect(await depths(QueueUrl)).to.deep.equal([1, 1, 1]);
      await queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: message?.ReceiptHandle });
      expect(await depths(QueueUrl)).to.deep.equal([1, 1, 0]);
      await sendTo(ordered, "g", "2");
      expect(await queues.bodies(ordered)).to.deep.equal([]);
      await tick(30);
      expect(await queues.bodies(ordered)).to.deep.equal(["1", "2"]);
    });
  });
}
