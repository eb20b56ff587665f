import { expect } from "chai";
import { type Entry, type QueueCase } from "./queue-case";

const second = 1000;

/** Messages, alone and in batches, and waiting for them. */
export function messageCases(given: QueueCase): void {
  const { tick, depths, batch } = given;

  describe("messages", () => {
    it("are received with all that AWS says of them", async () => {
      const QueueUrl = await given.queues.create("jobs");
      const sent = await given.queues.ok("SendMessage", {
        QueueUrl,
        MessageBody: "grüß dich\r\n<&>",
        MessageGroupId: "g",
      });
      await tick(2);
      const [message] = await given.queues.receive(QueueUrl);
      expect(message).to.include({ MessageId: sent["MessageId"], Body: "grüß dich\r\n<&>" });
      expect(message?.MD5OfBody).to.equal(sent["MD5OfMessageBody"]);
      const { SenderId, ...others } = message?.Attributes ?? {};
      expect(SenderId).to.match(/^AIDA[0-9A-F]{17}$/);
      expect(others).to.deep.equal({
        SentTimestamp: String(given.queues.clock.now() - 2 * second),
        ApproximateReceiveCount: "1",
        ApproximateFirstReceiveTimestamp: String(given.queues.clock.now()),
        MessageGroupId: "g",
      });
      expect(await given.queues.receive(QueueUrl)).to.have.length(0);
    });

    it("have only the system attributes that were asked for, by either name", async () => {
      const QueueUrl = await given.queues.create("jobs", { VisibilityTimeout: 0 });
      await given.queues.send(QueueUrl, "a");
      const shown = async (input: object) =>
        Object.keys((await given.queues.receive(QueueUrl, { AttributeNames: [], ...input }))[0]?.Attributes ?? {});
      expect(await shown({})).to.deep.equal([]);
      expect(await shown({ AttributeNames: ["SenderId"] })).to.deep.equal(["SenderId"]);
      expect(await shown({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] })).to.deep.equal([
        "ApproximateReceiveCount",
      ]);
    });

    it("carry attributes of all types, selected by name, by prefix, or all", async () => {
      const QueueUrl = await given.queues.create("jobs", { VisibilityTimeout: 0 });
      const MessageAttributes = {
        "foo.one": { DataType: "String", StringValue: "1 & <2>" },
        "foo.two": { DataType: "Number.int", StringValue: "-2.5e3" },
        bar: { DataType: "Binary.png", BinaryValue: "AP8Q" },
      };
      const MessageSystemAttributes = { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-2" } };
      const sent = await given.queues.ok("SendMessage", {
        QueueUrl,
        MessageBody: "a",
        MessageAttributes,
        MessageSystemAttributes,
      });
      expect(sent["MD5OfMessageSystemAttributes"]).to.match(/^[0-9a-f]{32}$/);
      const got = async (...MessageAttributeNames: string[]) =>
        (await given.queues.receive(QueueUrl, { MessageAttributeNames }))[0];
      expect((await got())?.MessageAttributes).to.equal(undefined);
      expect((await got("All"))?.MessageAttributes).to.deep.equal(MessageAttributes);
      expect(Object.keys((await got("foo.*"))?.MessageAttributes ?? {}).sort()).to.deep.equal(["foo.one", "foo.two"]);
      expect(Object.keys((await got("bar", "none"))?.MessageAttributes ?? {})).to.deep.equal(["bar"]);
      expect((await got())?.Attributes?.["AWSTraceHeader"]).to.equal("Root=1-2");
    });

    it("are hidden while they are in flight, and come again", async () => {
      const QueueUrl = await given.queues.create("jobs");
      await given.queues.send(QueueUrl, "a");
      const [first] = await given.queues.receive(QueueUrl);
      await tick(29.999);
      expect(await given.queues.receive(QueueUrl)).to.have.length(0);
      await tick(0.001);
      const [second] = await given.queues.receive(QueueUrl, { VisibilityTimeout: 5 });
      expect(second?.Attributes?.["ApproximateReceiveCount"]).to.equal("2");
      expect(second?.ReceiptHandle).not.to.equal(first?.ReceiptHandle);
      await tick(5);
      expect(await given.queues.receive(QueueUrl)).to.have.length(1);
    });

    it("are deleted with their last receipt handle only", async () => {
      const QueueUrl = await given.queues.create("jobs", { VisibilityTimeout: 1 });
      await given.queues.send(QueueUrl, "a");
      const [first] = await given.queues.receive(QueueUrl);
      await tick(1);
      const [last] = await given.queues.receive(QueueUrl);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first?.ReceiptHandle });
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 1]);
      await tick(1);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: last?.ReceiptHandle });
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: last?.ReceiptHandle });
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
      expect(await given.queues.error("DeleteMessage", { QueueUrl, ReceiptHandle: "nonsense" })).to.equal(
        "ReceiptHandleIsInvalid",
      );
      const other = await given.queues.create("other");
      expect(
        await given.queues.error("DeleteMessage", { QueueUrl: other, ReceiptHandle: last?.ReceiptHandle }),
      ).to.equal("ReceiptHandleIsInvalid");
    });

    it("have their visibility changed while they are in flight", async () => {
      const QueueUrl = await given.queues.create("jobs");
      await given.queues.send(QueueUrl, "a");
      const [message] = await given.queues.receive(QueueUrl);
      const change = { QueueUrl, ReceiptHandle: message?.ReceiptHandle };
      await given.queues.ok("ChangeMessageVisibility", { ...change, VisibilityTimeout: 100 });
      await tick(99);
      expect(await given.queues.receive(QueueUrl)).to.have.length(0);
      await given.queues.ok("ChangeMessageVisibility", { ...change, VisibilityTimeout: 0 });
      // A message that is visible again is hidden again, until somebody receives it.
      await given.queues.ok("ChangeMessageVisibility", { ...change, VisibilityTimeout: 1 });
      expect(await given.queues.receive(QueueUrl)).to.have.length(0);
      expect(await given.queues.error("ChangeMessageVisibility", { ...change, VisibilityTimeout: 43_201 })).to.equal(
        "InvalidParameterValue",
      );
      await tick(1);
      const [again] = await given.queues.receive(QueueUrl);
      // A standard queue takes an older handle, too.
      await given.queues.ok("ChangeMessageVisibility", { ...change, VisibilityTimeout: 0 });
      expect(await given.queues.receive(QueueUrl)).to.have.length(1);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: again?.ReceiptHandle });
      await given.queues.ok("PurgeQueue", { QueueUrl });
      expect(await given.queues.error("ChangeMessageVisibility", { ...change, VisibilityTimeout: 1 })).to.equal(
        "InvalidParameterValue",
      );
    });

    it("keep the trace of the request that sent them", async () => {
      const QueueUrl = await given.queues.create("traced");
      const MessageSystemAttributes = { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-2-3" } };
      await given.queues.ok("SendMessage", { QueueUrl, MessageBody: "a", MessageSystemAttributes });
      const [message] = await given.queues.receive(QueueUrl, { MessageSystemAttributeNames: ["AWSTraceHeader"] });
      expect(message?.Attributes).to.include({ AWSTraceHeader: "Root=1-2-3" });
    });

    it("are delayed by their queue or themselves", async () => {
      const QueueUrl = await given.queues.create("jobs", { DelaySeconds: 10 });
      await given.queues.send(QueueUrl, "by the queue");
      await given.queues.ok("SendMessage", { QueueUrl, MessageBody: "not", DelaySeconds: 0 });
      await given.queues.ok("SendMessage", { QueueUrl, MessageBody: "by itself", DelaySeconds: 900 });
      expect(await depths(QueueUrl)).to.deep.equal([1, 2, 0]);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["not"]);
      await tick(10);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["by the queue"]);
      await tick(890);
      expect(await given.queues.bodies(QueueUrl)).to.include("by itself");
      expect(await given.queues.error("SendMessage", { QueueUrl, MessageBody: "a", DelaySeconds: 901 })).to.equal(
        "InvalidParameterValue",
      );
    });

    it("expire", async () => {
      const QueueUrl = await given.queues.create("jobs", { MessageRetentionPeriod: 60 });
      await given.queues.send(QueueUrl, "a");
      await tick(30);
      await given.queues.send(QueueUrl, "b");
      await tick(30);
      expect(await depths(QueueUrl)).to.deep.equal([1, 0, 0]);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["b"]);
      await tick(30);
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
    });

    it("are refused where AWS refuses them", async () => {
      const QueueUrl = await given.queues.create("jobs");
      const refused = (MessageBody: string | undefined, more: object = {}) =>
        given.queues.error("SendMessage", { QueueUrl, ...(MessageBody !== undefined && { MessageBody }), ...more });
      expect(await refused("")).to.equal("MissingParameter");
      expect(await refused("a\u0001")).to.equal("InvalidMessageContents");
      expect(await refused("a\uffff")).to.equal("InvalidMessageContents");
      expect(await refused("x".repeat(1_048_577))).to.equal("InvalidParameterValue");
      await given.queues.ok("SendMessage", { QueueUrl, MessageBody: "x".repeat(1_048_576) });
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
        expect(await given.queues.error("ReceiveMessage", { QueueUrl, ...more })).to.equal("InvalidParameterValue");
    });
  });

  describe("batches", () => {
    it("are sent, changed and deleted, each entry by itself", async () => {
      const QueueUrl = await given.queues.create("jobs");
      const Entries = batch([{ MessageBody: "a" }, { MessageBody: "b", DelaySeconds: 901 }, { MessageBody: "c" }]);
      const sent = await given.queues.ok("SendMessageBatch", { QueueUrl, Entries });
      expect((sent["Successful"] as Entry[]).map(({ Id }) => Id)).to.deep.equal(["e0", "e2"]);
      const [failed] = sent["Failed"] as Entry[];
      expect({ ...failed, SenderFault: String(failed?.["SenderFault"]) }).to.include({
        Id: "e1",
        Code: "InvalidParameterValue",
        SenderFault: "true",
      });
      const handles = (await given.queues.receive(QueueUrl)).map(({ ReceiptHandle }) => ({ ReceiptHandle }));
      expect(handles).to.have.length(2);
      const changed = await given.queues.ok("ChangeMessageVisibilityBatch", {
        QueueUrl,
        Entries: batch([
          { ...handles[0], VisibilityTimeout: 0 },
          { ReceiptHandle: "no", VisibilityTimeout: 0 },
        ]),
      });
      expect((changed["Failed"] as Entry[])[0]).to.include({ Id: "e1", Code: "ReceiptHandleIsInvalid" });
      expect(await depths(QueueUrl)).to.deep.equal([1, 0, 1]);
      const deleted = await given.queues.ok("DeleteMessageBatch", { QueueUrl, Entries: batch(handles) });
      expect(deleted["Successful"]).to.deep.equal([{ Id: "e0" }, { Id: "e1" }]);
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
    });

    it("are refused whole where AWS does so", async () => {
      const QueueUrl = await given.queues.create("jobs");
      const refused = (Entries: Entry[]) => given.queues.error("SendMessageBatch", { QueueUrl, Entries });
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
      const QueueUrl = await given.queues.create("jobs");
      const { messages } = await given.queues.wait(QueueUrl, { WaitTimeSeconds: 20 });
      await given.queues.send(QueueUrl, "a");
      expect((await messages).flat().map(({ Body }) => Body)).to.deep.equal(["a"]);
    });

    it("is woken by a delay that ends, a visibility timeout that ends, and one that is changed", async () => {
      const QueueUrl = await given.queues.create("jobs", { ReceiveMessageWaitTimeSeconds: 20 });
      await given.queues.ok("SendMessage", { QueueUrl, MessageBody: "a", DelaySeconds: 5 });
      const receive = async (seconds: number) => {
        const { messages } = await given.queues.wait(QueueUrl);
        await tick(seconds);
        return (await messages).flat()[0];
      };
      expect(await receive(5)).to.include({ Body: "a" });
      await tick(15);
      const again = await receive(15);
      expect(again).to.include({ Body: "a" });
      const { messages } = await given.queues.wait(QueueUrl);
      await given.queues.ok("ChangeMessageVisibility", {
        QueueUrl,
        ReceiptHandle: again?.ReceiptHandle,
        VisibilityTimeout: 0,
      });
      expect((await messages).flat()[0]).to.include({ Body: "a" });
    });

    it("ends without messages after its time", async () => {
      const QueueUrl = await given.queues.create("jobs");
      let isOver = false;
      const { messages } = await given.queues.wait(QueueUrl, { WaitTimeSeconds: 3 });
      void messages.finally(() => (isOver = true));
      await tick(2.999);
      expect(isOver).to.equal(false);
      await tick(0.001);
      expect(await messages).to.deep.equal([[]]);
    });

    it("hands each message to one of those who wait", async () => {
      const QueueUrl = await given.queues.create("jobs");
      const { messages } = await given.queues.wait(QueueUrl, { WaitTimeSeconds: 20 }, 2);
      await given.queues.send(QueueUrl, "a", "b");
      const bodies = (await messages).map((each) => each.map(({ Body }) => Body).join());
      expect(bodies.sort()).to.deep.equal(["a", "b"]);
    });
  });
}
