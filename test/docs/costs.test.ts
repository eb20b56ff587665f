import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { Api, Bucket, Function, Queue, Task } from "../../components";
import { record } from "../../testing";

const root = path.resolve(__dirname, "..", "..");
const page = fs.readFileSync(path.join(root, "docs/deploying.md"), "utf8");

/** The rows of the table under a heading, cell by cell. */
function table(heading: string): string[][] {
  const [, section = ""] = page.split(`${heading}\n`);
  const lines = section.split(/\n##/)[0]?.split("\n") ?? [];
  return lines
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

const prices = new Map(table("## Costs").map(([item = "", usd = ""]) => [item, Number(usd)]));

/** USD for so much of an item of the page's prices. */
function cost(item: string, quantity: number): number {
  const price = prices.get(item);
  if (price === undefined || !(price > 0)) throw new Error(`docs/deploying.md has no price of ${item}`);
  return price * quantity;
}

const hours = 730;
/** Five long polls of 20 seconds, all the time; in millions. */
const polls = (5 * hours * 3600) / 20 / 1_000_000;

/** What costs by being there: what it is called on the page, and what a month of it costs. */
const atRest: Readonly<Record<string, readonly (readonly [name: string, usd: () => number])[]>> = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": [["alarm", () => cost("alarm", 1)]],
  "aws:lambda/eventSourceMapping:EventSourceMapping": [["polled queue", () => cost("queue requests", polls)]],
  "aws:ecr/repository:Repository": [["image", () => cost("images kept", 0.5)]],
  "awsx:ec2:Vpc": [
    ["NAT gateway", () => cost("NAT gateway", hours)],
    ["public IPv4 address", () => cost("public IPv4 address", hours)],
  ],
};

/** What costs nothing by being there, by the start of the type. */
const free = new RegExp(
  [
    "^aws:(s3|sqs|iam|acm|apigatewayv2|route53|ecs)/",
    "aws:cloudwatch/(logGroup|eventRule|eventTarget):",
    "aws:lambda/(function|functionEventInvokeConfig|permission):",
    "aws:(ecr/lifecyclePolicy|ec2/securityGroup):",
    "docker-build:|tandem:",
  ].join("|^"),
);

const handler = async (): Promise<undefined> => undefined;
const build = "./examples/video-thumbnailer/ffmpeg";
const programs: Readonly<Record<string, () => unknown>> = {
  "`Bucket`": () => new Bucket("media"),
  "`Bucket` with `onPut`": () => new Bucket("media").onPut("onPut", handler),
  "`Function`": () => new Function("resize", handler),
  "`Queue`": () => new Queue("jobs"),
  "`Queue` with `onMessage`": () => new Queue("jobs").onMessage("onJob", handler),
  "`Task` with `build`": () => new Task("ffmpeg", { build }),
  "`Task` with `network: { private: true }`, first of a stack": () =>
    new Task("worker", { image: "alpine:3.22", network: { private: true } }),
  "`Api`": () => new Api("web").get("/", handler),
  "`Api` with `domain`": () => new Api("web", { domain: { name: "api.example.com", zoneId: "Z0123456789" } }),
  "the video thumbnailer": () => import("../../examples/video-thumbnailer/index.js"),
};

describe("the costs in docs/deploying.md", () => {
  it("are of a day, in a region, of items with their pages", () => {
    expect(page).to.match(/^List prices in USD of us-east-1, as they were known on \d{4}-\d\d-\d\d,/m);
    for (const [, usd, per, link] of table("## Costs")) {
      expect(Number(usd)).to.be.above(0);
      expect(per).not.to.equal("");
      expect(link).to.match(/^\[.*\]\(https:\/\/aws\.amazon\.com\/[\w-]+\/pricing\/\)$/);
    }
  });

  it("are there for each of these programs", () => {
    expect(table("### At rest").map(([what]) => what)).to.deep.equal(Object.keys(programs));
  });

  for (const [what, program] of Object.entries(programs)) {
    it(`add up for ${what}, at rest`, async () => {
      const folder = what.startsWith("the ") ? "../../examples/video-thumbnailer" : "../..";
      const app = await record(async () => (what.startsWith("the ") ? program() : void program()), { folder });
      const parts = app.resources.flatMap(({ type }) => {
        const part = atRest[type];
        expect(part !== undefined || free.test(type), `it is known what ${type} costs`).to.equal(true);
        return part ?? [];
      });
      const names = [...new Set(parts.map(([name]) => name))];
      const made = names.map((name) => `${parts.filter(([each]) => each === name).length} ${name}`).join(", ");
      const total = parts.reduce((sum, [, usd]) => sum + usd(), 0).toFixed(2);
      const row = table("### At rest").find(([first]) => first === what);
      expect(row).to.deep.equal([what, made === "" ? "nothing" : made, total]);
    });
  }

  it("add up in use", () => {
    const taskHours = (1000 * 60) / 3600;
    const clips =
      cost("task vCPU, x64", taskHours * 0.25) +
      cost("task memory, x64", taskHours) +
      cost("public IPv4 address", taskHours);
    const requests =
      cost("API requests", 1) +
      cost("function invocations", 1) +
      cost("function time, arm64", (1_000_000 * 100 * 0.5) / 1000);
    const shown = table("### In use").map(([, usd]) => usd);
    expect(shown).to.deep.equal([clips.toFixed(2), requests.toFixed(2)]);
  });

  it("say how often Lambda asks a queue that has a handler", () => {
    expect(page.replaceAll("\n", " ")).to.include(`${Math.round(polls * 1_000_000)} requests a month`);
  });
});
