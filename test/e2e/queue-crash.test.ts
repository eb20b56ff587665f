import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { TemporaryProject } from "../engine/temporary-project";
import { tandem, type Running } from "./command";

const rounds = 20;
const perRound = 10_000;
const perBatch = 10;
const mostAtOnce = 100;

// Each message is told in one line when its batch is done: what is written at once is there whole, or not at all.
const handler = `
const { appendFileSync } = require("node:fs");
exports.handler = async ({ Records }) => {
  appendFileSync(process.env.DONE, Records.map(({ body }) => body + "\\n").join(""));
};
`;

const program = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
const jobs = new aws.sqs.Queue("jobs", { name: "jobs", visibilityTimeoutSeconds: 60 });
const role = new aws.iam.Role("role", { assumeRolePolicy: "{}" });
const work = new aws.lambda.Function("work", {
  role: role.arn,
  runtime: "nodejs24.x",
  handler: "main.handler",
  timeout: 30,
  code: new pulumi.asset.FileArchive("./work"),
  environment: { variables: { DONE: process.env.DONE ?? "" } },
});
new aws.lambda.EventSourceMapping("work-jobs", {
  eventSourceArn: jobs.arn,
  functionName: work.arn,
  batchSize: ${mostAtOnce},
  maximumBatchingWindowInSeconds: 1,
});
export const url = jobs.url;
`;

describe("a queue whose engine is killed", () => {
  it(`loses none of ${perRound} messages, ${rounds} times, and repeats only what was under way`, async function () {
    this.timeout(600_000);
    const project = new TemporaryProject(program, { "work/main.js": handler });
    const done = path.join(project.folder, "done");
    fs.writeFileSync(done, "");
    const start = async (): Promise<Running> => {
      const up = tandem(["up", "--no-watch"], { cwd: project.folder, env: { DONE: done, TANDEM_DOCKER: "off" } });
      await up.prints(/^ready in /m);
      return up;
    };
    const counts = new Map<string, number>();
    let read = 0;
    /** Reads what was processed since the last time. */
    const look = (): number => {
      const text = fs.readFileSync(done).subarray(read);
      const end = text.lastIndexOf("\n") + 1;
      read += end;
      for (const line of text.subarray(0, end).toString().split("\n").slice(0, -1))
        counts.set(line, (counts.get(line) ?? 0) + 1);
      return counts.size;
    };
    const until = async (size: number): Promise<void> => {
      let [seen, since] = [counts.size, Date.now()];
      while (look() < size) {
        if (counts.size > seen) [seen, since] = [counts.size, Date.now()];
        // Longer than a message is hidden: what has not come by then is lost.
        if (Date.now() - since > 90_000) expect.fail(`${size - counts.size} messages are missing`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    let up = await start();
    try {
      for (let round = 0; round < rounds; round += 1) {
        const before = round * perRound;
        const bodies = Array.from({ length: perRound }, (_, index) => `${round}/${index}`);
        // What is sent while the engine dies, or is not there, is sent again.
        const sending = send(project.folder, bodies);
        await until(before + Math.floor((perRound * (1 + (round % 8))) / 10));
        up.child.kill("SIGKILL");
        await up.ended;
        up = await start();
        await sending;
        await until(before + perRound);
      }
    } finally {
      up.child.kill("SIGTERM");
      await up.ended;
      project.remove();
    }
    const repeated = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
    expect(counts.size).to.equal(rounds * perRound);
    // Those that functions had when the engine died, and those whose sender did not hear that they had arrived.
    const underWay = 16 * mostAtOnce + 16 * perBatch;
    expect(repeated).to.be.at.most(rounds * underWay);
  });
});

/** Sends every body until that was acknowledged, with what `tandem` says of where the engine is. */
async function send(folder: string, bodies: readonly string[]): Promise<void> {
  let next = 0;
  const senders = Array.from({ length: 4 }, async () => {
    let client: { sqs: SQSClient; url: string } | undefined;
    while (next < bodies.length) {
      const batch = bodies.slice(next, (next += perBatch));
      for (let isSent = false; !isSent;) {
        try {
          client ??= connect(folder);
          const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
          const { Failed = [] } = await client.sqs.send(new SendMessageBatchCommand({ QueueUrl: client.url, Entries }));
          expect(Failed).to.deep.equal([]);
          isSent = true;
        } catch {
          client?.sqs.destroy();
          client = undefined;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    }
    client?.sqs.destroy();
  });
  await Promise.all(senders);
}

function connect(folder: string): { sqs: SQSClient; url: string } {
  const file = path.join(folder, ".tandem", "dev", "engine.json");
  const address = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string | number>;
  const { port, region, accessKeyId, secretAccessKey } = address;
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: String(accessKeyId), secretAccessKey: String(secretAccessKey) };
  const sqs = new SQSClient({ endpoint, region: String(region), credentials, maxAttempts: 1 });
  return { sqs, url: `${endpoint}/000000000000/jobs` };
}
