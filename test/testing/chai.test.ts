import * as pulumi from "@pulumi/pulumi";
import * as chai from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { Bucket, Queue, Task } from "../../components";
import { record, tandemChai, type RecordedApp } from "../../testing";

chai.use(tandemChai);
const { expect } = chai;

const graphs = path.join(__dirname, "__graphs__");

function program(delay = 0): void {
  const media = new Bucket("media");
  const jobs = new Queue("jobs", { delay });
  const ffmpeg = new Task("ffmpeg", { image: "ffmpeg@sha256:00", environment: { TOKEN: pulumi.secret("hunter2") } });
  media.onPut("onVideo", async ({ key }) => {
    await jobs.send(key);
    await ffmpeg.run();
  });
}

describe("tandemChai", () => {
  let app: RecordedApp;
  const variables = ["CI", "UPDATE_SNAPSHOTS"].map((name) => ({ name, value: process.env[name] }));

  before(async () => {
    app = await record(() => program());
  });
  beforeEach(() => {
    for (const { name } of variables) Reflect.deleteProperty(process.env, name);
  });
  after(() => {
    for (const { name, value } of variables) if (value !== undefined) process.env[name] = value;
    fs.rmSync(path.join(graphs, "new.txt"), { force: true });
  });

  it("matches a graph that is kept: small, and the same on every machine", async () => {
    process.env.CI = "true";
    expect(app).to.matchGraph("program");
    const text = fs.readFileSync(path.join(graphs, "program.txt"), "utf8");
    expect(text).to.include("Bucket media\n").and.include("    sqs:SendMessage on jobs\n");
    expect(text).to.not.match(/[0-9a-f]{12}|000000000000|hunter2/);
    expect(text).to.not.include(process.cwd());
    expect(text.length).to.be.below(8000);
    // In another folder, project and stack, and registered in another order of time.
    const folder = process.cwd();
    process.chdir(path.join(folder, "test"));
    try {
      expect(await record(() => program(), { project: "other", stack: "prod" })).to.matchGraph("program");
    } finally {
      process.chdir(folder);
    }
  });

  it("shows what has changed, and how to keep it", async () => {
    const changed = await record(() => program(5));
    const failure = thrown(() => expect(changed).to.matchGraph("program"));
    expect(failure.message).to.include("__graphs__/program.txt").and.include("UPDATE_SNAPSHOTS=1");
    const lines = (text: unknown): string[] => String(text).split("\n");
    const added = lines(failure.actual).filter((line) => !lines(failure.expected).includes(line));
    expect(added.map((line) => line.trim())).to.deep.equal(["delaySeconds: 5"]);
    expect(changed).to.not.matchGraph("program");
  });

  it("shows only what differs, however long the graph is", async () => {
    const variables = Array.from({ length: 400 }, (_, index) => [`VARIABLE_${index}`, "x".repeat(40)]);
    const long = (delay: number) =>
      record(() => {
        new Task("render", { image: "render@sha256:00", environment: Object.fromEntries(variables) });
        new Queue("jobs", { delay });
      });
    fs.writeFileSync(path.join(graphs, "new.txt"), (await long(0)).text);
    const changed = await long(5);
    expect(changed.text.length).to.be.greaterThan(20_000);
    const failure = thrown(() => expect(changed).to.matchGraph("new")) as Error & { showDiff?: boolean };
    expect(failure.showDiff).to.equal(false);
    const marked = failure.message.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
    expect(marked.map((line) => line.replace(/\s+/g, " "))).to.deep.equal(["- delaySeconds: 0", "+ delaySeconds: 5"]);
    expect(failure.message.split("\n").length).to.be.below(20);
  });

  it("writes a graph the first time and with UPDATE_SNAPSHOTS=1, and never in CI", async () => {
    const file = path.join(graphs, "new.txt");
    fs.rmSync(file, { force: true });
    process.env.CI = "1";
    expect(thrown(() => expect(app).to.matchGraph("new")).message).to.include("CI writes none");
    Reflect.deleteProperty(process.env, "CI");
    expect(app).to.matchGraph("new");
    const first = fs.readFileSync(file, "utf8");
    const changed = await record(() => program(5));
    process.env.UPDATE_SNAPSHOTS = "1";
    process.env.CI = "1";
    expect(thrown(() => expect(changed).to.matchGraph("new")).message).to.include("changes nothing in CI");
    expect(fs.readFileSync(file, "utf8")).to.equal(first);
    Reflect.deleteProperty(process.env, "CI");
    expect(changed).to.matchGraph("new");
    expect(fs.readFileSync(file, "utf8")).to.not.equal(first);
  });

  it("tells what handlers may do, and what not", () => {
    expect(app).to.allow("onVideo", "ecs:RunTask", "ffmpeg").and.to.allow("onVideo", "sqs:SendMessage", "jobs");
    expect(app).to.deny("onVideo", "s3:GetObject").and.to.deny("onVideo", "sqs:SendMessage", "other");
    expect(app).to.not.allow("onVideo", "s3:PutObject", "media/a.mp4");
    expect(app).to.deny("onVideo", "s3:*").and.to.not.deny("onVideo", "sqs:*");
    expect(app).to.not.allow("onVideo", "sqs:*");
    expect(() => expect(app).to.allow("onVideo", "s3:GetObject")).to.throw(
      /^expected onVideo to be allowed s3:GetObject; it may: .*ecs:RunTask on ffmpeg/,
    );
    expect(() => expect(app).to.deny("onVideo", "ecs:RunTask")).to.throw(/^expected onVideo to be denied ecs:RunTask/);
    expect(() => expect(app).to.allow("onVidoe", "a:b")).to.throw(
      "no handler or task named onVidoe; did you mean onVideo?",
    );
  });

  it("tells which components there are", () => {
    expect(app).to.haveComponent("Bucket", "media").and.to.not.haveComponent("Queue", "media");
    expect(() => expect(app).to.haveComponent("Queue", "jobz")).to.throw(
      "expected the program to have Queue jobz; did you mean jobs?",
    );
    expect(() => expect({}).to.haveComponent("Queue", "jobs")).to.throw(TypeError, "is for what record() returns");
  });
});

function thrown(run: () => unknown): Error & { actual?: unknown; expected?: unknown } {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
