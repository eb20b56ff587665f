import { expect } from "chai";
import * as fs from "node:fs";
import { createConnection } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { FakeClock, start, type LocalApp } from "../../testing";
import { TemporaryProject } from "../engine/temporary-project";

const program = `
  import * as pulumi from "@pulumi/pulumi";
  import * as aws from "@pulumi/aws";
  import { Api, Bucket, Function, Queue, Task } from "tandem";
  const bucket = new Bucket("media");
  const jobs = new Queue("jobs", { visibilityTimeout: 180, maxReceiveCount: 2 });
  const greeting = new pulumi.Config().get("greeting") ?? "none";
  bucket.onPut("copy", async ({ key }) => {
    await bucket.put("copy/" + key + ".copy", (await bucket.getText(key)).toUpperCase());
    console.log("copied", key);
  }, { keySuffix: ".txt" });
  bucket.onPut("onBad", async () => { throw new Error("bad"); }, { keySuffix: ".bad" });
  new Function("endless", () => new Promise(() => setInterval(() => undefined, 1000)));
  jobs.onMessage("onJob", async ({ body, receiveCount }) => {
    console.log("job", body, receiveCount);
    await bucket.put("tries/" + receiveCount, "x");
    if (body === "hopeless") throw new Error("hopeless");
  });
  new Function("fails", async (payload) => {
    if (payload === "no") throw new RangeError("refused");
    return { greeting, payload };
  });
  new Api("web").get("/hello/{name}", async ({ params }) => ({ hello: params.name }));
  const worker = new Task("worker", { image: "localhost:1/worker", environment: { KIND: "own" } });
  new Function("starts", async () => void (await worker.run({ environment: { N: "1" } })));
  const plain = [{ name: "main", image: "plain", essential: true }];
  new aws.ecs.TaskDefinition("plain-task", { family: "plain", containerDefinitions: JSON.stringify(plain) });
  export const name = bucket.id;
`;

describe("start", () => {
  let project: TemporaryProject;
  let clock: FakeClock;
  let local: LocalApp;

  // Of its own: tests that run at the same time keep theirs in the machine's.
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-start-"));
  const { TMPDIR, TANDEM_DOCKER } = process.env;

  before(async () => {
    process.env.TMPDIR = temporary;
    process.env.TANDEM_DOCKER = "off";
    project = new TemporaryProject(program);
    clock = new FakeClock();
    local = await start(project.folder, { clock, config: { greeting: "hello" } });
  });
  after(async () => {
    await local.close();
    project.remove();
    for (const [name, value] of Object.entries({ TMPDIR, TANDEM_DOCKER })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    fs.rmSync(temporary, { recursive: true });
  });

  it("shows the runs of a task by its name in the program, or by the family of one without a component", async () => {
    expect(local.taskRuns("worker")).to.deep.equal([]);
    await local.function("starts").invoke();
    await local.idle();
    const [run, ...others] = local.taskRuns("worker");
    expect(others).to.be.empty;
    // Nothing here has that image.
    expect(run).to.deep.include({ status: "stopped", exitCode: undefined, environment: { N: "1" } });
    expect(local.taskRuns("plain")).to.deep.equal([]);
    expect(() => local.taskRuns("wroker")).to.throw(/did you mean worker\?/);
  });

  it("runs a program, and shows what becomes of its objects", async () => {
    const media = local.bucket("media");
    await media.put("a/b.txt", "hello");
    await local.idle();
    expect(media.list("copy/")).to.deep.equal(["copy/a/b.txt.copy"]);
    expect(await media.getText("copy/a/b.txt.copy")).to.equal("HELLO");
    expect(local.logs("copy")).to.deep.equal(["copied a/b.txt"]);
    media.delete("a/b.txt");
    expect(await media.exists("a/b.txt")).to.equal(false);
    expect(local.outputs.name).to.be.a("string");
  });

  it("tries messages again when the clock says so, and no sooner, then keeps them as dead letters", async () => {
    const jobs = local.queue("jobs");
    await jobs.send("hopeless");
    await local.idle();
    expect(local.logs("onJob")[0]).to.equal("job hopeless 1");
    expect(jobs.messages().map(({ body, receiveCount }) => [body, receiveCount])).to.deep.equal([["hopeless", 1]]);
    await clock.tick(179_000);
    await local.idle();
    expect(jobs.messages().map(({ receiveCount }) => receiveCount)).to.deep.equal([1]);
    await clock.tick(1000);
    await local.idle();
    expect(local.bucket("media").list("tries/"), "signed by the machine's clock").to.deep.equal(["tries/1", "tries/2"]);
    await clock.tick(180_000);
    await local.idle();
    expect(jobs.messages()).to.deep.equal([]);
    expect(jobs.deadLetters.messages()).to.containSubset([{ body: "hopeless", receiveCount: 2 }]);
    expect(await jobs.redrive()).to.deep.equal({ moved: 1 });
    await local.idle();
    expect(local.logs("onJob").filter((line) => line.startsWith("job"))).to.have.length(3);
  });

  it("delays messages by the clock", async () => {
    const before = local.logs("onJob").length;
    await local.queue("jobs").send("late", { delay: 600 });
    await local.idle();
    expect(local.logs("onJob")).to.have.length(before);
    await clock.tick(600_000);
    await local.idle();
    expect(local.logs("onJob").at(-1)).to.equal("job late 1");
  });

  it("tries an object's event again after a minute and after two more, then keeps it", async () => {
    const tried = async (): Promise<number> => {
      await local.idle();
      return local.logs("onBad").length;
    };
    await local.bucket("media").put("a.bad", "x");
    expect(await tried()).to.equal(1);
    await clock.tick(59_000);
    expect(await tried()).to.equal(1);
    await clock.tick(1000);
    expect(await tried()).to.equal(2);
    expect(local.queue("onBad-dead-letter").messages()).to.deep.equal([]);
    await clock.tick(120_000);
    expect(await tried()).to.equal(3);
    expect(local.queue("onBad-dead-letter").messages()).to.have.length(1);
  });

  it("calls functions and APIs", async () => {
    expect(await local.function("fails").invoke({ n: 1 })).to.deep.equal({ greeting: "hello", payload: { n: 1 } });
    const error = await local
      .function("fails")
      .invoke("no")
      .catch((thrown: unknown) => thrown as Error);
    expect(error).to.include({ name: "RangeError", message: "refused" });
    const response = await local.api("web").fetch("/hello/you");
    expect(await response.json()).to.deep.equal({ hello: "you" });
  });

  it("says what was likely meant", () => {
    expect(() => local.queue("jobz")).to.throw("no queue named jobz; did you mean jobs?");
    expect(() => local.bucket("x")).to.throw("no bucket named x; there is: media");
    expect(() => local.queue("jobs").deadLetters.deadLetters).to.throw("queue jobs-dead-letter has no dead letters");
  });

  it("runs beside another of the same program, which leaves no file or port behind", async () => {
    const earlier = folders();
    let port: number;
    {
      await using other = await start(project.folder);
      port = Number(new URL(other.clientConfig.endpoint).port);
      await other.bucket("media").put("only-here", "x");
      expect(other.bucket("media").list()).to.deep.equal(["only-here"]);
      expect(local.bucket("media").list()).to.not.include("only-here");
      expect(await canConnect(port)).to.equal(true);
      // What does not end by itself is ended.
      void other
        .function("endless")
        .invoke()
        .catch(() => undefined);
    }
    await local.idle();
    expect(folders()).to.deep.equal(earlier);
    expect(await canConnect(port)).to.equal(false);
  });

  it("leaves nothing behind where the program cannot be run", async () => {
    const earlier = folders();
    const error = await start(`${project.folder}/nowhere`).catch((thrown: Error) => thrown.message);
    expect(error).to.include("ERR_PROJECT_MISSING");
    expect(folders()).to.deep.equal(earlier);
  });
});

/** The data folders of programs that run for tests. */
function folders(): string[] {
  return fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("tandem-test-"));
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.unref();
  });
}
