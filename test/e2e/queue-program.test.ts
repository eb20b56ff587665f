import { expect } from "chai";
import { Engine } from "../../engine/engine";
import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { TemporaryProject } from "../engine/temporary-project";

const program = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
const dead = new aws.sqs.Queue("jobs-dead-letter", { messageRetentionSeconds: 1209600 });
const jobs = new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 30, tags: { team: "media" } });
new aws.sqs.RedrivePolicy("jobs-redrive", {
  queueUrl: jobs.id,
  redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
});
new aws.sqs.RedriveAllowPolicy("jobs-allow", {
  queueUrl: dead.id,
  redriveAllowPolicy: pulumi.jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [jobs.arn] }),
});
const ordered = new aws.sqs.Queue("ordered", { fifoQueue: true, contentBasedDeduplication: true });
new aws.cloudwatch.MetricAlarm("alarm", { comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1 });
const role = new aws.iam.Role("role", { assumeRolePolicy: "{}" });
const work = new aws.lambda.Function("work", {
  role: role.arn,
  runtime: "nodejs24.x",
  handler: "main.handler",
  timeout: 10,
  code: new pulumi.asset.AssetArchive({
    "main.js": new pulumi.asset.StringAsset(
      "exports.handler = async ({ Records }) => { for (const { body, eventSourceARN } of Records) console.log('got', body.slice(0, 40), eventSourceARN); };",
    ),
  }),
});
new aws.lambda.EventSourceMapping("work-jobs", { eventSourceArn: jobs.arn, functionName: work.arn, batchSize: 1 });
const bucket = new aws.s3.Bucket("media");
new aws.s3.BucketNotification("media-ordered", {
  bucket: bucket.id,
  queues: [{ queueArn: dead.arn, events: ["s3:ObjectCreated:*"], filterSuffix: ".png" }],
});
const rule = new aws.cloudwatch.EventRule("rule", { eventPattern: '{"source":["app"]}' });
new aws.cloudwatch.EventTarget("target", { rule: rule.name, arn: jobs.arn });
export const url = jobs.url;
export const found = aws.sqs.getQueueOutput({ name: jobs.name }).url;
export const orderedName = ordered.name;
export const visibility = ordered.visibilityTimeoutSeconds;
export const bucketName = bucket.id;
`;

describe("queues of a program", () => {
  it("have the endpoint's address, reach functions, and keep their messages when they change", async () => {
    const project = new TemporaryProject(program);
    const events: TimedEngineEvent[] = [];
    const lines = () => events.flatMap((event) => (event.type === "log" ? [event.line] : []));
    const open = () => {
      const engine = Engine.open({ projectFolder: project.folder });
      engine.engineEvents.listen((event) => events.push(event));
      return engine;
    };
    let engine = open();
    try {
      await engine.up();
      const { queues, events: bus, objects } = engine.services;
      const { url, found, orderedName, visibility, bucketName } = engine.stackOutputs;
      expect(url).to.match(new RegExp(`^http://127\\.0\\.0\\.1:${engine.port}/000000000000/jobs-[0-9a-f]{7}$`));
      expect(found).to.equal(url);
      expect(orderedName).to.match(/^ordered-[0-9a-f]{7}\.fifo$/);
      expect(visibility).to.equal(30);
      expect(engine.inert).to.deep.equal([]);
      const [jobs, dead] = queues.list();
      expect(jobs).to.include({ displayName: "jobs", url, deadLetterQueue: dead?.name });
      expect(dead).to.deep.include({ displayName: "jobs-dead-letter", sources: [jobs?.name] });

      await queues.sendMessage(String(url), "hello");
      await bus.publish({ source: "app", "detail-type": "note", detail: {} });
      await engine.idle();
      expect(lines()[0]).to.equal(`got hello ${jobs?.arn}`);
      expect(lines()[1]).to.match(/^got \{"version":"0"/);

      await objects.put(String(bucketName), "a.png", Buffer.from("x"));
      await engine.idle();
      const [letter] = queues.messages(dead?.arn ?? "");
      expect(letter?.body).to.include(`"key":"a.png"`);

      project.edit("batchSize: 1", "batchSize: 1, enabled: false");
      project.edit("visibilityTimeoutSeconds: 30", "visibilityTimeoutSeconds: 40");
      await queues.sendMessage(String(orderedName), "kept");
      await engine.reload();
      await queues.sendMessage(String(url), "later");
      await engine.close();

      engine = open();
      project.edit("batchSize: 1, enabled: false", "batchSize: 1");
      await engine.up();
      await engine.idle();
      expect(lines().at(-1)).to.match(/^got later /);
      expect(engine.services.queues.messages(String(orderedName)).map(({ body }) => body)).to.deep.equal(["kept"]);
      expect(engine.services.queues.find(String(engine.stackOutputs.url)).settings).to.deep.include({
        visibilityTimeout: 40,
        redrivePolicy: { deadLetterTargetArn: dead?.arn, maxReceiveCount: 1 },
      });
      project.edit('const ordered = new aws.sqs.Queue("ordered"', 'const ordered = new aws.sqs.Queue("other"');
      await engine.reload();
      expect(() => engine.services.queues.find(String(orderedName))).to.throw("does not exist");
    } finally {
      await engine.close();
      project.remove();
    }
  });
});
