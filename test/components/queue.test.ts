import { expect } from "chai";
import { Bucket, Function, Queue, RetryError, Task } from "../../components";
import { record, type RecordedApp } from "../../testing";
import { refusal } from "./refusal";

const queueType = "aws:sqs/queue:Queue";
const policyOf = (inputs: Readonly<Record<string, unknown>>, key: string): unknown => JSON.parse(String(inputs[key]));

describe("Queue", () => {
  it("is encrypted, answers over TLS only, and has dead letters of its own", async () => {
    const app = await record(() => void new Queue("jobs"));
    const jobs = app.component("Queue", "jobs");
    const deadLetters = jobs.child(queueType, "jobs-dead-letter");
    const { arn } = app.component("Queue", "jobs-dead-letter").outputs;
    expect(jobs.child(queueType, "jobs").inputs).to.deep.include({
      sqsManagedSseEnabled: true,
      visibilityTimeoutSeconds: 180,
      messageRetentionSeconds: 345_600,
      delaySeconds: 0,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 3 }),
    });
    expect(deadLetters.inputs).to.include({ sqsManagedSseEnabled: true, messageRetentionSeconds: 1_209_600 });
    for (const policy of app.resources.filter(({ type }) => type === "aws:sqs/queuePolicy:QueuePolicy")) {
      expect(policyOf(policy.inputs, "policy")).to.have.nested.property("Statement[0]").that.includes({
        Effect: "Deny",
        Action: "sqs:*",
      });
    }
    expect(app.resources.filter(({ type }) => type === "aws:sqs/queuePolicy:QueuePolicy")).to.have.length(2);
  });

  it("lets only itself use its dead letters", async () => {
    const app = await record(() => void new Queue("jobs"));
    const jobs = app.component("Queue", "jobs");
    expect(
      policyOf(jobs.child("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy").inputs, "redriveAllowPolicy"),
    ).to.deep.equal({
      redrivePermission: "byQueue",
      sourceQueueArns: [jobs.outputs.arn],
    });
  });

  it("rings when there are dead letters, unless that is not wanted", async () => {
    const app = await record(() => {
      new Queue("jobs");
      new Queue("loud", { deadLetters: { alarm: { actions: ["arn:aws:sns:us-east-1:1:ops"], threshold: 5 } } });
      new Queue("quiet", { deadLetters: { alarm: false, retention: 60 } });
    });
    const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
    const { arn } = app.component("Queue", "jobs-dead-letter").outputs;
    expect(app.component("Queue", "jobs").child(alarm, "jobs-dead-letter-alarm").inputs).to.deep.include({
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: String(arn).split(":").at(-1) },
      threshold: 1,
      alarmActions: [],
    });
    expect(app.component("Queue", "loud").child(alarm).inputs).to.deep.include({
      threshold: 5,
      alarmActions: ["arn:aws:sns:us-east-1:1:ops"],
    });
    expect(app.resources.filter(({ type }) => type === alarm)).to.have.length(2);
    expect(app.component(queueType, "quiet-dead-letter").inputs.messageRetentionSeconds).to.equal(60);
  });

  it("keeps order and drops duplicates as FIFO queue, by content unless said otherwise", async () => {
    const app = await record(() => {
      new Queue("steps", { fifo: true });
      new Queue("orders", { fifo: true, deduplicate: "id" });
    });
    expect(app.component(queueType, "steps").inputs).to.include({ fifoQueue: true, contentBasedDeduplication: true });
    expect(app.component("Queue", "steps").outputs.arn).to.match(/\.fifo$/);
    expect(app.component(queueType, "steps-dead-letter").inputs).to.include({ fifoQueue: true });
    expect(app.component(queueType, "orders").inputs).to.include({ contentBasedDeduplication: false });
  });

  it("takes another queue for its dead letters, which may come back to both", async () => {
    const app = await record(() => {
      const failed = new Queue("failed");
      new Queue("one", { deadLetters: failed });
      new Queue("two", { deadLetters: failed });
      new Function("again", async () => failed.redrive());
    });
    const arn = app.component("Queue", "failed").outputs.arn;
    expect(app.component(queueType, "one").inputs.redrivePolicy).to.include(String(arn));
    expect(app.resources.filter(({ name }) => name === "one-dead-letter")).to.be.empty;
    expect(app.permissions("again")).to.deep.include({
      actions: ["sqs:SendMessage"],
      resources: [app.component("Queue", "one").outputs.arn, app.component("Queue", "two").outputs.arn].sort(),
    });
  });

  it("names its url, arn and id, also of an existing queue", async () => {
    const app = await record(() => {
      const jobs = new Queue("jobs");
      const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/theirs.fifo";
      const theirs = Queue.fromUrl("theirs", url);
      return { url: jobs.url, id: jobs.id, arn: theirs.arn };
    });
    const value = (name: string) => (app.exports[name] as { promise(): Promise<string> }).promise();
    expect(await value("url")).to.equal(await value("id"));
    expect(await value("arn")).to.equal("arn:aws:sqs:eu-west-1:123456789012:theirs.fifo");
    expect(app.component("Queue", "theirs").children).to.be.empty;
  });

  it("lets a transform change a child's arguments", async () => {
    const app = await record(
      () =>
        void new Queue("jobs", {
          tags: { team: "render" },
          transform: {
            queue: (args) => ({ ...args, kmsMasterKeyId: "alias/own" }),
            deadLetterQueue: (args) => ({ ...args, name: "letters" }),
          },
        }),
    );
    expect(app.component(queueType, "jobs").inputs).to.deep.include({
      kmsMasterKeyId: "alias/own",
      tags: { team: "render" },
    });
    expect(app.component(queueType, "jobs-dead-letter").inputs.name).to.equal("letters");
  });
});

describe("a queue's handlers", () => {
  const mapping = (app: RecordedApp, name: string) =>
    app.component("aws:lambda/eventSourceMapping:EventSourceMapping", `${name}-mapping`).inputs;

  it("report which messages of a batch failed, and may do what receiving needs", async () => {
    const app = await record(() => {
      const jobs = new Queue<{ scene: string }>("jobs");
      jobs.onMessage("onJob", async ({ body }) => console.log(body.scene));
      new Queue("others", { visibilityTimeout: 400 }).onBatch(
        "onOthers",
        async (messages) => ({ failed: messages.map(({ id }) => id) }),
        { batchSize: 100, batchWindow: 5, concurrency: 2 },
        { timeout: 60 },
      );
    });
    expect(mapping(app, "onJob")).to.include({ batchSize: 10 });
    expect(mapping(app, "onJob").functionResponseTypes).to.deep.equal(["ReportBatchItemFailures"]);
    expect(mapping(app, "onOthers")).to.deep.include({
      batchSize: 100,
      maximumBatchingWindowInSeconds: 5,
      scalingConfig: { maximumConcurrency: 2 },
    });
    const { arn } = app.component("Queue", "jobs").outputs;
    expect(app.permissions("onJob")).to.deep.include({
      actions: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      resources: [arn],
    });
    expect(app.permissions("onJob")).to.deep.include({
      actions: ["sqs:SendMessage"],
      resources: [app.component("Queue", "jobs-dead-letter").outputs.arn],
    });
  });

  it("may send to a queue that they capture, also their own, and nothing else", async () => {
    const app = await record(() => {
      const jobs = new Queue<number>("jobs");
      const bucket = new Bucket("media");
      jobs.onMessage("onJob", async ({ body }) => {
        await jobs.send(body + 1);
      });
      bucket.onPut("onPut", async () => jobs.sendAll([1, 2]));
    });
    const send = { actions: ["sqs:SendMessage"], resources: [app.component("Queue", "jobs").outputs.arn] };
    expect(app.permissions("onPut")).to.deep.include(send);
    expect(app.permissions("onPut")).to.have.length(2 + 1);
    expect(app.permissions("onJob")[1]?.actions).to.include("sqs:SendMessage");
  });

  it("may have messages come again soon where they throw a RetryError", async () => {
    const app = await record(() => {
      const jobs = new Queue("jobs");
      jobs.onMessage("onJob", async () => {
        throw new RetryError("not yet", 1);
      });
    });
    expect(app.permissions("onJob").flatMap(({ actions }) => actions)).to.include("sqs:ChangeMessageVisibility");
  });

  it("may be Tasks, which get the message, and may listen to dead letters", async () => {
    const app = await record(() => {
      const render = new Task("render", { image: "alpine:3.22" });
      const jobs = new Queue("jobs");
      jobs.onMessage("onJob", render);
      jobs.deadLetters.onMessage("onFailed", async ({ body }) => console.log(body));
    });
    expect(app.permissions("onJob").flatMap(({ actions }) => actions)).to.include("ecs:RunTask");
    expect(mapping(app, "onFailed").eventSourceArn).to.equal(app.component("Queue", "jobs-dead-letter").outputs.arn);
    // There is no queue beyond the dead letters.
    expect(app.permissions("onFailed").flatMap(({ actions }) => actions)).not.to.include("sqs:SendMessage");
  });

  it("grant with can() what their verbs are named after", async () => {
    const app = await record(() => {
      const jobs = new Queue("jobs");
      new Task("worker", { image: "alpine:3.22", grants: [jobs.can("receive", "send")] });
    });
    const { arn } = app.component("Queue", "jobs").outputs;
    const granted = app.permissions("worker").filter(({ resources }) => resources.includes(String(arn)));
    expect(granted.flatMap(({ actions }) => actions)).to.deep.equal([
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]);
  });
});

describe("a queue refuses", () => {
  it("numbers that SQS does not take, all at once", async () => {
    const { problems } = await refusal(
      () =>
        new Queue("jobs", {
          maxReceiveCount: 0,
          visibilityTimeout: 43_201,
          delay: 901,
          retention: 59,
          deadLetters: { retention: 1 },
        }),
    );
    expect(problems.map(({ got }) => got)).to.deep.equal([
      "maxReceiveCount = 0",
      "visibilityTimeout = 43201",
      "delay = 901",
      "retention = 59",
      "deadLetters.retention = 1",
    ]);
  });

  it("a batch size that SQS does not take, in the words of its page", async () => {
    const error = await refusal(() =>
      new Queue("jobs").onMessage("onJob", async () => undefined, { batchSize: 20_000 }),
    );
    expect(error.message).to.equal(
      [
        'ERR_QUEUE_BATCH_SIZE: queue "jobs" was given a batch size that SQS does not take',
        "  got: batchSize = 20000",
        "  fix: use 1 to 10000 (1 to 10 without a batch window)",
        "  see: docs/errors.md#err_queue_batch_size",
      ].join("\n"),
    );
    const sizes = [{ batchSize: 11 }, { batchSize: 0 }, { batchSize: 1.5 }];
    for (const batch of sizes) {
      expect((await refusal(() => new Queue("jobs").onBatch("b", async () => undefined, batch))).code).to.equal(
        "ERR_QUEUE_BATCH_SIZE",
      );
    }
    const fifo = await refusal(() =>
      new Queue("jobs", { fifo: true }).onBatch("b", async () => undefined, { batchSize: 11, batchWindow: 1 }),
    );
    expect(fifo.problems.map(({ code }) => code)).to.include.members(["ERR_QUEUE_BATCH_SIZE", "ERR_ARGUMENT_RANGE"]);
  });

  it("a handler that may take longer than its messages are hidden, with the number to set", async () => {
    const { problems } = await refusal(() =>
      new Queue("jobs").onMessage("onJob", async () => undefined, { batchWindow: 20 }, { timeout: 60 }),
    );
    expect(problems[0]).to.include({
      code: "ERR_QUEUE_VISIBILITY",
      got: "timeout = 60, batchWindow = 20, with visibilityTimeout = 180",
    });
    expect(problems[0]?.fix).to.match(/visibilityTimeout: 380\b.*at most 26\b/);
    await record(() =>
      new Queue("jobs", { visibilityTimeout: 380 }).onMessage(
        "onJob",
        async () => undefined,
        { batchWindow: 20 },
        { timeout: 60 },
      ),
    );
  });

  it("what only FIFO queues do, and dead letters of the other kind or of its own name", async () => {
    expect((await refusal(() => new Queue("jobs", { deduplicate: "id" }))).code).to.equal("ERR_QUEUE_FIFO");
    const mixed = await refusal(() => new Queue("jobs", { fifo: true, deadLetters: new Queue("failed") }));
    expect(mixed.problems[0]).to.include({ code: "ERR_QUEUE_DEAD_LETTERS", got: 'deadLetters = queue "failed"' });
    const url = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs";
    const own = await refusal(() => new Queue("jobs", { deadLetters: Queue.fromUrl("jobs", url) }));
    expect(own.message).to.include("cannot be its own dead-letter queue");
  });

  it("two handlers of one name, an address that is no queue's, and settings that do not exist", async () => {
    const twice = await refusal(() => {
      const jobs = new Queue("jobs");
      jobs.onBatch("onJobs", async () => undefined);
      jobs.onBatch("onJobs", async () => undefined);
    });
    expect(twice.code).to.equal("ERR_SUBSCRIPTION_DUPLICATE");
    expect((await refusal(() => Queue.fromUrl("theirs", "https://example.com/queue"))).code).to.equal("ERR_QUEUE_URL");
    const unknown = await refusal(() => new Queue("jobs", { visibiltyTimeout: 3 } as object));
    expect(unknown.problems[0]?.fix).to.equal("did you mean visibilityTimeout?");
    const none = await refusal(() => new Queue("jobs", { deadLetters: false } as object));
    expect(none.problems[0]?.fix).to.include("there are always dead letters");
    const named = await refusal(() => new Queue("jobs.fifo"));
    expect(named.code).to.equal("ERR_NAME_INVALID");
  });
});
