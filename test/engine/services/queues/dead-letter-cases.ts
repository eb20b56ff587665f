import { expect } from "chai";
import { fifo, type Entry, type QueueCase } from "./queue-case";
import { arnOf } from "./queue-fixture";

/** Dead letters, and their way back. */
export function deadLetterCases(given: QueueCase): void {
  const { tick, depths, sendTo } = given;

  describe("dead letters", () => {
    const withDeadLetters = async (maxReceiveCount: number, more: Record<string, string | number> = {}) => {
      const suffix = more["FifoQueue"] === undefined ? "" : ".fifo";
      const dead = await given.queues.create(`dead${suffix}`, suffix === "" ? {} : fifo);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(`dead${suffix}`), maxReceiveCount });
      return { dead, QueueUrl: await given.queues.create(`jobs${suffix}`, { ...more, RedrivePolicy }) };
    };

    it("are moved by themselves when the last visibility timeout ends", async () => {
      const { dead, QueueUrl } = await withDeadLetters(2, { VisibilityTimeout: 10 });
      await given.queues.send(QueueUrl, "a");
      const sentAt = given.queues.clock.now();
      for (const count of ["1", "2"]) {
        const [message] = await given.queues.receive(QueueUrl);
        expect(message?.Attributes?.["ApproximateReceiveCount"]).to.equal(count);
        expect(await depths(dead)).to.deep.equal([0, 0, 0]);
        await tick(10);
      }
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
      const [letter] = await given.queues.receive(dead);
      expect(letter).to.include({ Body: "a" });
      expect(letter?.Attributes).to.include({
        DeadLetterQueueSourceArn: arnOf("jobs"),
        SentTimestamp: String(sentAt),
      });
      const told = given.queues.seen.filter(({ type }) => type === "dead-letter");
      expect(told).to.deep.equal([
        {
          type: "dead-letter",
          name: "jobs",
          reason: "received 2 times without success",
          time: given.queues.clock.now(),
        },
      ]);
    });

    it("are moved at once when the last receive is given back", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1);
      await given.queues.send(QueueUrl, "a");
      const [message] = await given.queues.receive(QueueUrl);
      const { ReceiptHandle } = message ?? {};
      await given.queues.ok("ChangeMessageVisibility", { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
      // The handle is of the other queue's past.
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle });
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
    });

    it("wake who waits for them", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1, { VisibilityTimeout: 10 });
      await given.queues.send(QueueUrl, "a");
      await given.queues.receive(QueueUrl);
      const { messages } = await given.queues.wait(dead, { WaitTimeSeconds: 20 });
      await tick(10);
      expect((await messages).flat().map(({ Body }) => Body)).to.deep.equal(["a"]);
    });

    it("of a standard queue keep their age, of a FIFO queue begin anew", async () => {
      const plain = await withDeadLetters(1, { VisibilityTimeout: 40 });
      await given.queues.ok("SetQueueAttributes", {
        QueueUrl: plain.dead,
        Attributes: { MessageRetentionPeriod: "60" },
      });
      const ordered = await withDeadLetters(1, { ...fifo, VisibilityTimeout: 40 });
      await given.queues.ok("SetQueueAttributes", {
        QueueUrl: ordered.dead,
        Attributes: { MessageRetentionPeriod: "60" },
      });
      await given.queues.send(plain.QueueUrl, "a");
      await sendTo(ordered.QueueUrl, "g", "a");
      await given.queues.receive(plain.QueueUrl);
      await given.queues.receive(ordered.QueueUrl);
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

    it("need a queue of the same kind that allows it", async () => {
      await given.queues.create("dead");
      const policy = (target: string, maxReceiveCount: unknown = 3) => ({
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(target), maxReceiveCount }),
      });
      const refused = (Attributes: object, QueueName = "jobs") =>
        given.queues.error("CreateQueue", { QueueName, Attributes });
      expect(await refused(policy("none"))).to.equal("InvalidParameterValue");
      expect(await refused({ ...fifo, ...policy("dead") }, "jobs.fifo")).to.equal("InvalidParameterValue");
      expect(await refused(policy("dead", 0))).to.equal("InvalidAttributeValue");
      expect(await refused(policy("dead", 1001))).to.equal("InvalidAttributeValue");
      expect(await refused({ RedrivePolicy: "dead" })).to.equal("InvalidAttributeValue");
      const QueueUrl = await given.queues.create("self");
      // AWS takes a queue for its own dead-letter queue.
      await given.queues.ok("SetQueueAttributes", { QueueUrl, Attributes: policy("self") });
      const RedriveAllowPolicy = JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [arnOf("friend")] });
      await given.queues.create("private", { RedriveAllowPolicy });
      expect(await refused(policy("private"))).to.equal("InvalidParameterValue");
      await given.queues.create("friend", policy("private"));
    });

    it("stay where they are once their queue is not allowed as a source any more", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1);
      const allow = (...names: string[]) => ({
        RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: names.map(arnOf) }),
      });
      await given.queues.ok("SetQueueAttributes", { QueueUrl: dead, Attributes: allow("friend") });
      await given.queues.send(QueueUrl, "a");
      await given.queues.receive(QueueUrl, { VisibilityTimeout: 0 });
      await tick(1);
      expect([await depths(dead), await depths(QueueUrl)]).to.deep.equal([
        [0, 0, 0],
        [1, 0, 0],
      ]);
      await given.queues.ok("SetQueueAttributes", { QueueUrl: dead, Attributes: allow("friend", "jobs") });
      await given.queues.receive(QueueUrl, { VisibilityTimeout: 0 });
      await tick(1);
      expect(await depths(dead)).to.deep.equal([1, 0, 0]);
    });

    it("are known with the queues they come from", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1);
      const { queueUrls, QueueUrls } = await given.queues.ok("ListDeadLetterSourceQueues", { QueueUrl: dead });
      expect(queueUrls ?? QueueUrls).to.deep.equal([QueueUrl]);
    });

    it("are sent back as new messages, to where they came from", async () => {
      const { dead, QueueUrl } = await withDeadLetters(1, { VisibilityTimeout: 1 });
      await given.queues.send(QueueUrl, "a", "b");
      await given.queues.receive(QueueUrl);
      await tick(1);
      expect(await depths(dead)).to.deep.equal([2, 0, 0]);
      const SourceArn = arnOf("dead");
      await given.queues.ok("StartMessageMoveTask", { SourceArn });
      await tick(0);
      expect(await depths(dead)).to.deep.equal([0, 0, 0]);
      const messages = await given.queues.receive(QueueUrl);
      expect(messages.map(({ Body }) => Body)).to.deep.equal(["a", "b"]);
      expect(messages[0]?.Attributes).to.include({ ApproximateReceiveCount: "1" });
      const { Results } = await given.queues.ok("ListMessageMoveTasks", { SourceArn });
      const [task] = Results as Entry[];
      expect(task).to.include({ Status: "COMPLETED", SourceArn });
      expect(String(task?.["ApproximateNumberOfMessagesMoved"])).to.equal("2");
    });

    it("are sent elsewhere at a rate, until that is cancelled", async () => {
      const { QueueUrl } = await withDeadLetters(1, { VisibilityTimeout: 0 });
      const other = await given.queues.create("other");
      await given.queues.send(QueueUrl, "a", "b", "c");
      await given.queues.receive(QueueUrl);
      const SourceArn = arnOf("dead");
      const task = { SourceArn, DestinationArn: arnOf("other"), MaxNumberOfMessagesPerSecond: 1 };
      const { TaskHandle } = await given.queues.ok("StartMessageMoveTask", task);
      expect(await given.queues.error("StartMessageMoveTask", task)).to.equal(
        "AWS.SimpleQueueService.UnsupportedOperation",
      );
      await tick(1);
      expect(await depths(other)).to.deep.equal([2, 0, 0]);
      const { ApproximateNumberOfMessagesMoved: moved } = await given.queues.ok("CancelMessageMoveTask", {
        TaskHandle,
      });
      expect(String(moved)).to.equal("2");
      await tick(10);
      expect(await depths(other)).to.deep.equal([2, 0, 0]);
      expect(await given.queues.error("CancelMessageMoveTask", { TaskHandle })).to.equal("ResourceNotFoundException");
      expect(await given.queues.error("StartMessageMoveTask", { SourceArn: arnOf("other") })).to.equal(
        "InvalidParameterValue",
      );
    });
  });
}
