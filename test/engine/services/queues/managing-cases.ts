import { expect } from "chai";
import { fifo, type QueueCase } from "./queue-case";
import { arnOf } from "./queue-fixture";

const second = 1000;

/** Queues themselves. */
export function managingCases(given: QueueCase): void {
  const { tick, attributes, depths, sendTo } = given;

  describe("queues", () => {
    it("have their name in a URL of the endpoint, and are found by it", async () => {
      const url = await given.queues.create("jobs", { VisibilityTimeout: 45 });
      expect(url).to.equal(`${given.queues.options?.endpoint}/000000000000/jobs`);
      expect((await given.queues.ok("GetQueueUrl", { QueueName: "jobs" }))["QueueUrl"]).to.equal(url);
      expect(await given.queues.error("GetQueueUrl", { QueueName: "other" })).to.equal(
        "AWS.SimpleQueueService.NonExistentQueue",
      );
      const named = url.replace("127.0.0.1", "queues.example");
      await given.queues.send(named, "a");
      expect(await given.queues.bodies(named)).to.deep.equal(["a"]);
      expect(
        await given.queues.error("SendMessage", {
          QueueUrl: url.replace("000000000000", "111111111111"),
          MessageBody: "a",
        }),
      ).to.equal("AWS.SimpleQueueService.NonExistentQueue");
    });

    it("show all attributes with AWS's defaults", async () => {
      const url = await given.queues.create("jobs", { DelaySeconds: 3 });
      const time = String(Math.floor(given.queues.clock.now() / second));
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
      await given.queues.ok("SetQueueAttributes", {
        QueueUrl: url,
        Attributes: { DelaySeconds: "0", VisibilityTimeout: "5" },
      });
      expect(await attributes(url, "DelaySeconds", "VisibilityTimeout")).to.deep.equal({
        DelaySeconds: "0",
        VisibilityTimeout: "5",
      });
      const deduplication = await attributes(
        await given.queues.create("a.fifo", fifo),
        "DeduplicationScope",
        "FifoQueue",
      );
      expect(deduplication).to.deep.equal({ DeduplicationScope: "queue", FifoQueue: "true" });
    });

    it("can be made twice alike, and not otherwise", async () => {
      const url = await given.queues.create("jobs", { DelaySeconds: 3 });
      expect(await given.queues.create("jobs", { DelaySeconds: 3 })).to.equal(url);
      expect(await given.queues.create("jobs")).to.equal(url);
      expect(
        await given.queues.error("CreateQueue", { QueueName: "jobs", Attributes: { DelaySeconds: "4" } }),
      ).to.equal("QueueAlreadyExists");
    });

    it("refuse names and attributes that AWS refuses", async () => {
      const refused = (QueueName: string, Attributes: object = {}) =>
        given.queues.error("CreateQueue", { QueueName, Attributes });
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
      const url = await given.queues.create("a");
      const unknown = { QueueUrl: url, AttributeNames: ["Colour"] };
      expect(await given.queues.error("GetQueueAttributes", unknown)).to.equal("InvalidAttributeName");
    });

    it("are listed by prefix and in pages", async () => {
      for (const name of ["b-2", "a-1", "b-1", "b-3"]) await given.queues.create(name);
      const names = async (input: object) => {
        const { QueueUrls = [], NextToken } = await given.queues.ok("ListQueues", input);
        return [(QueueUrls as string[]).map((url) => url.split("/").at(-1)), NextToken] as const;
      };
      expect((await names({}))[0]).to.deep.equal(["a-1", "b-1", "b-2", "b-3"]);
      expect((await names({ QueueNamePrefix: "b" }))[0]).to.deep.equal(["b-1", "b-2", "b-3"]);
      const [first, NextToken] = await names({ QueueNamePrefix: "b", MaxResults: 2 });
      expect(first).to.deep.equal(["b-1", "b-2"]);
      expect(await names({ QueueNamePrefix: "b", MaxResults: 2, NextToken })).to.deep.equal([["b-3"], undefined]);
    });

    it("are tagged", async () => {
      const QueueUrl = await given.queues.create("jobs");
      await given.queues.ok("TagQueue", { QueueUrl, Tags: { team: "media", stage: "dev" } });
      await given.queues.ok("UntagQueue", { QueueUrl, TagKeys: ["stage"] });
      expect((await given.queues.ok("ListQueueTags", { QueueUrl }))["Tags"]).to.deep.equal({ team: "media" });
    });

    it("are deleted with their messages", async () => {
      const QueueUrl = await given.queues.create("jobs");
      await given.queues.send(QueueUrl, "a");
      await given.queues.ok("DeleteQueue", { QueueUrl });
      expect(await given.queues.error("ReceiveMessage", { QueueUrl })).to.equal(
        "AWS.SimpleQueueService.NonExistentQueue",
      );
      expect(await given.queues.bodies(await given.queues.create("jobs"))).to.deep.equal([]);
    });

    it("are purged once a minute", async () => {
      const QueueUrl = await given.queues.create("jobs");
      await given.queues.send(QueueUrl, "a", "b");
      await given.queues.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await given.queues.ok("PurgeQueue", { QueueUrl });
      expect(await depths(QueueUrl)).to.deep.equal([0, 0, 0]);
      expect(await given.queues.error("PurgeQueue", { QueueUrl })).to.equal(
        "AWS.SimpleQueueService.PurgeQueueInProgress",
      );
      await tick(60);
      await given.queues.ok("PurgeQueue", { QueueUrl });
    });

    it("take no policy that is not JSON", async () => {
      const QueueUrl = await given.queues.create("jobs");
      for (const Policy of ["everybody", "[]", "7"]) {
        const set = given.queues.error("SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
        expect(await set).to.equal("InvalidAttributeValue");
        const made = given.queues.error("CreateQueue", { QueueName: "other", Attributes: { Policy } });
        expect(await made).to.equal("InvalidAttributeValue");
      }
    });

    it("keep permissions of their own in their policy", async () => {
      const QueueUrl = await given.queues.create("jobs");
      const add = { QueueUrl, Label: "a", AWSAccountIds: ["123456789012"], Actions: ["SendMessage"] };
      await given.queues.ok("AddPermission", add);
      const policy = async (): Promise<string> => {
        const { Attributes = {} } = await given.queues.ok("GetQueueAttributes", {
          QueueUrl,
          AttributeNames: ["Policy"],
        });
        return (Attributes as Record<string, string>)["Policy"] ?? "";
      };
      expect(JSON.parse(await policy())).to.deep.include({
        Statement: [
          {
            Sid: "a",
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::123456789012:root" },
            Action: "SQS:SendMessage",
            Resource: arnOf("jobs"),
          },
        ],
      });
      expect(await given.queues.error("AddPermission", add)).to.equal("InvalidParameterValue");
      expect(await given.queues.error("AddPermission", { ...add, AWSAccountIds: ["1"] })).to.equal(
        "InvalidParameterValue",
      );
      await given.queues.ok("RemovePermission", { QueueUrl, Label: "a" });
      expect(await policy()).to.equal("");
      expect(await given.queues.error("RemovePermission", { QueueUrl, Label: "a" })).to.equal("InvalidParameterValue");
    });

    it("take flags in any case, and show a key's period with the key only", async () => {
      const QueueUrl = await given.queues.create("flags.fifo", {
        FifoQueue: "True",
        ContentBasedDeduplication: "TRUE",
      });
      const AttributeNames = ["All"];
      const shown = async () =>
        (await given.queues.ok("GetQueueAttributes", { QueueUrl, AttributeNames }))["Attributes"] as object;
      expect(await shown()).to.include({ FifoQueue: "true", ContentBasedDeduplication: "true" });
      const kms = { KmsMasterKeyId: "k", KmsDataKeyReusePeriodSeconds: "6000" };
      await given.queues.ok("SetQueueAttributes", { QueueUrl, Attributes: kms });
      expect(await shown()).to.include(kms);
      const back = { KmsMasterKeyId: "", KmsDataKeyReusePeriodSeconds: "300" };
      await given.queues.ok("SetQueueAttributes", { QueueUrl, Attributes: back });
      expect(await shown()).not.to.have.any.keys("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds");
    });
  });

  describe("a restart", () => {
    it("loses nothing: messages, receives, delays, groups, duplicates", async () => {
      const QueueUrl = await given.queues.create("jobs");
      await given.queues.send(QueueUrl, "a", "b");
      const [message] = await given.queues.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await given.queues.ok("SendMessage", { QueueUrl, MessageBody: "c", DelaySeconds: 60 });
      const ordered = await given.queues.create("a.fifo", fifo);
      await sendTo(ordered, "g", "1", "2");
      await given.queues.receive(ordered, { MaxNumberOfMessages: 1 });
      given.queues.restart();
      expect(await depths(QueueUrl)).to.deep.equal([1, 1, 1]);
      await given.queues.ok("DeleteMessage", { QueueUrl, ReceiptHandle: message?.ReceiptHandle });
      expect(await depths(QueueUrl)).to.deep.equal([1, 1, 0]);
      await sendTo(ordered, "g", "2");
      expect(await given.queues.bodies(ordered)).to.deep.equal([]);
      await tick(30);
      expect(await given.queues.bodies(ordered)).to.deep.equal(["1", "2"]);
    });
  });
}
