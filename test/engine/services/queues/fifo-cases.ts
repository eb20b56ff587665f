import { expect } from "chai";
import { fifo, type QueueCase } from "./queue-case";
import { arnOf } from "./queue-fixture";

/** FIFO queues. */
export function fifoCases(given: QueueCase): void {
  const { tick, depths, sendTo } = given;

  describe("FIFO queues", () => {
    it("keep each group in order and hold it while one of its messages is in flight", async () => {
      const QueueUrl = await given.queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "g1", "g2", "g3");
      await sendTo(QueueUrl, "h", "h1");
      const first = await given.queues.receive(QueueUrl, { MaxNumberOfMessages: 2 });
      expect(first.map(({ Body }) => Body)).to.deep.equal(["g1", "g2"]);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["h1"]);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle });
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal([]);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first[1]?.ReceiptHandle });
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["g3"]);
    });

    it("hand out a group's messages again in order", async () => {
      const QueueUrl = await given.queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "1", "2", "3");
      expect(await given.queues.bodies(QueueUrl, { MaxNumberOfMessages: 2 })).to.deep.equal(["1", "2"]);
      const { messages } = await given.queues.wait(QueueUrl, { WaitTimeSeconds: 20 });
      await tick(20);
      expect(await messages).to.deep.equal([[]]);
      await tick(10);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["1", "2", "3"]);
    });

    it("hand out what came back before a message in flight, and hold what is behind it", async () => {
      const QueueUrl = await given.queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "1", "2");
      const [one, two] = await given.queues.receive(QueueUrl);
      await given.queues.ok("ChangeMessageVisibility", {
        QueueUrl,
        ReceiptHandle: one?.ReceiptHandle,
        VisibilityTimeout: 0,
      });
      await sendTo(QueueUrl, "g", "3");
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["1"]);
      await given.queues.ok("ChangeMessageVisibility", {
        QueueUrl,
        ReceiptHandle: two?.ReceiptHandle,
        VisibilityTimeout: 0,
      });
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal([]);
      await tick(30);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["1", "2", "3"]);
    });

    it("fail a whole batch of which one entry lacks its group or its id", async () => {
      const QueueUrl = await given.queues.create("a.fifo", { FifoQueue: "true" });
      const whole = { Id: "1", MessageBody: "a", MessageGroupId: "g", MessageDeduplicationId: "1" };
      for (const lacking of ["MessageGroupId", "MessageDeduplicationId"] as const) {
        const { [lacking]: _left, ...rest } = { ...whole, Id: "2" };
        const Entries = [whole, rest];
        const code = await given.queues.error("SendMessageBatch", { QueueUrl, Entries });
        expect(code).to.equal(lacking === "MessageGroupId" ? "MissingParameter" : "InvalidParameterValue");
      }
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
    });

    it("forget what would be a duplicate when they are purged", async () => {
      const QueueUrl = await given.queues.create("a.fifo", { FifoQueue: "true" });
      const message = { QueueUrl, MessageGroupId: "g", MessageDeduplicationId: "1" };
      await given.queues.ok("SendMessage", { ...message, MessageBody: "before" });
      await given.queues.ok("PurgeQueue", { QueueUrl });
      await given.queues.ok("SendMessage", { ...message, MessageBody: "after" });
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["after"]);
    });

    it("take a message once in five minutes, by content or by id", async () => {
      const QueueUrl = await given.queues.create("a.fifo", fifo);
      const send = async (MessageBody: string, more: object = {}) =>
        (await given.queues.ok("SendMessage", { QueueUrl, MessageBody, MessageGroupId: "g", ...more }))["MessageId"];
      const id = await send("a");
      expect(await send("a")).to.equal(id);
      expect(await send("a", { MessageGroupId: "h" })).to.equal(id);
      expect(await send("a", { MessageDeduplicationId: "1" })).not.to.equal(id);
      const [message] = await given.queues.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: message?.ReceiptHandle });
      expect(await send("a")).to.equal(id);
      await tick(299);
      expect(await send("a")).to.equal(id);
      await tick(1);
      expect(await send("a")).not.to.equal(id);
    });

    it("can look for duplicates in each group by itself", async () => {
      const high = { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
      const QueueUrl = await given.queues.create("a.fifo", { ...fifo, ...high });
      await sendTo(QueueUrl, "g", "a", "a");
      await sendTo(QueueUrl, "h", "a");
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["a", "a"]);
    });

    it("number their messages with 20 digits that grow", async () => {
      const QueueUrl = await given.queues.create("a.fifo", fifo);
      const numbers: string[] = [];
      for (const MessageBody of ["a", "b", "c"])
        numbers.push(
          String(
            (await given.queues.ok("SendMessage", { QueueUrl, MessageBody, MessageGroupId: MessageBody }))[
              "SequenceNumber"
            ],
          ),
        );
      expect([...numbers].sort()).to.deep.equal(numbers);
      expect(new Set(numbers).size).to.equal(3);
      for (const number of numbers) expect(number).to.match(/^\d{20}$/);
      const messages = await given.queues.receive(QueueUrl);
      expect(messages.map(({ Attributes }) => Attributes?.["SequenceNumber"])).to.deep.equal(numbers);
      expect(messages[0]?.Attributes).to.include({ MessageGroupId: "a" });
      expect(messages[0]?.Attributes?.["MessageDeduplicationId"]).to.match(/^[0-9a-f]{64}$/);
    });

    it("refuse what does not go with order", async () => {
      const QueueUrl = await given.queues.create("a.fifo", { FifoQueue: "true" });
      const refused = (more: object) => given.queues.error("SendMessage", { QueueUrl, MessageBody: "a", ...more });
      expect(await refused({ MessageDeduplicationId: "1" })).to.equal("MissingParameter");
      expect(await refused({ MessageGroupId: "g" })).to.equal("InvalidParameterValue");
      expect(await refused({ MessageGroupId: "a b", MessageDeduplicationId: "1" })).to.equal("InvalidParameterValue");
      const both = { MessageGroupId: "g", MessageDeduplicationId: "1" };
      expect(await refused({ ...both, DelaySeconds: 1 })).to.equal("InvalidParameterValue");
    });

    it("are delayed as a whole, in order", async () => {
      const QueueUrl = await given.queues.create("a.fifo", { ...fifo, DelaySeconds: 10 });
      await sendTo(QueueUrl, "g", "1");
      await tick(5);
      await sendTo(QueueUrl, "g", "2");
      expect(await depths(QueueUrl)).to.deep.equal([0, 2, 0]);
      await tick(5);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["1"]);
    });

    it("refuse to delete with a handle whose time is over", async () => {
      const QueueUrl = await given.queues.create("a.fifo", { ...fifo, VisibilityTimeout: 5 });
      await sendTo(QueueUrl, "g", "1");
      const [message] = await given.queues.receive(QueueUrl);
      await tick(5);
      const { ReceiptHandle } = message ?? {};
      expect(await given.queues.error("DeleteMessage", { QueueUrl, ReceiptHandle })).to.equal("InvalidParameterValue");
    });

    it("give the same messages to a receive that is tried again", async () => {
      const QueueUrl = await given.queues.create("a.fifo", fifo);
      await sendTo(QueueUrl, "g", "1", "2");
      const attempt = { ReceiveRequestAttemptId: "try", MaxNumberOfMessages: 1 };
      const first = await given.queues.receive(QueueUrl, attempt);
      expect(first.map(({ Body }) => Body)).to.deep.equal(["1"]);
      await tick(20);
      expect(await given.queues.receive(QueueUrl, attempt)).to.deep.equal(first);
      // The visibility timeout has begun anew.
      await tick(20);
      expect(await given.queues.receive(QueueUrl)).to.deep.equal([]);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle });
      expect(await given.queues.bodies(QueueUrl, attempt)).to.deep.equal(["2"]);
    });

    it("keep their dead letters in order, in a FIFO queue", async () => {
      const dead = await given.queues.create("dead.fifo", fifo);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead.fifo"), maxReceiveCount: 1 });
      const QueueUrl = await given.queues.create("a.fifo", { ...fifo, RedrivePolicy });
      await sendTo(QueueUrl, "g", "1", "2", "3");
      await given.queues.receive(QueueUrl, { MaxNumberOfMessages: 2 });
      await tick(30);
      expect(await given.queues.bodies(QueueUrl)).to.deep.equal(["3"]);
      await tick(30);
      expect(await given.queues.bodies(dead)).to.deep.equal(["1", "2", "3"]);
    });
  });
}
