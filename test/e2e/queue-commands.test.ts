import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { TemporaryProject } from "../engine/temporary-project";
import { tandem, type Ended, type Running } from "./command";

// In single quotes, so that it is the built library, as it would be installed.
const program = `
import { Api, Bucket, Queue } from 'tandem';
const media = new Bucket("media");
const jobs = new Queue<{ n: number }>("jobs", { visibilityTimeout: 6, maxReceiveCount: 1 });
jobs.onMessage("onJob", async ({ body, attributes }) => {
  if (body.n < 0 && !(await media.exists("mended"))) throw new Error("cannot do " + body.n);
  console.log("did", body.n, JSON.stringify(attributes));
}, {}, { timeout: 1 });
media.onPut("onPut", async ({ key }) => {
  if (key.endsWith("broken")) throw new Error("it is broken");
  await jobs.send({ n: Number(key) });
}, { keyPrefix: "1" }, { retries: 0 });
new Queue("steps", { fifo: true, deduplicate: "id" });
const web = new Api("web");
web.get("/hello/{name}", async ({ params }) => "hello " + params.name);
web.post("/jobs", async (request) => jobs.send((await request.json()) as { n: number }));
export const url = web.url;
`;

describe("the commands for queues and APIs", () => {
  let project: TemporaryProject;
  let up: Running;

  const run = (...args: string[]): Promise<Ended> => tandem(args, { cwd: project.folder }).ended;
  const good = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(...args);
    expect(code, output).to.equal(0);
    return output;
  };
  const bad = async (words: RegExp, ...args: string[]): Promise<void> => {
    const { code, output } = await run(...args);
    expect(code, output).to.equal(2);
    expect(output).to.match(words);
  };
  const piped = (text: string, ...args: string[]): Promise<Ended> => {
    const command = tandem(args, { cwd: project.folder });
    command.child.stdin?.end(text);
    return command.ended;
  };
  const listed = async (...args: string[]): Promise<Record<string, unknown>[]> =>
    (await good("ls", ...args, "--json"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  before(async () => {
    project = new TemporaryProject(program);
    up = tandem(["up"], { cwd: project.folder, env: { TANDEM_DOCKER: "off" } });
    await up.prints(/^api web: .*\n/m);
  });
  after(async () => {
    up.child.kill("SIGINT");
    await up.ended;
    project.remove();
  });

  it("shows where the API and the queues are, and each request", async () => {
    expect(up.output).to.match(/^ready in [^]*^queues jobs, steps \(tandem send jobs '\{"a":1\}'\)$/m);
    const address = /^api web: (http:\/\/127\.0\.0\.1:\d+)$/m.exec(up.output)?.[1] ?? "";
    expect(await (await fetch(`${address}/hello/you`)).text()).to.equal("hello you");
    await up.prints(/^web +GET \/hello\/you 200 in \d+ ms$/m);
    await fetch(`${address}/jobs`, { method: "POST", body: '{"n":1}' });
    await up.prints(/^onJob +did 1 \{\}$/m);
    expect((await listed()).find(({ kind }) => kind === "api")).to.include({ name: "web", url: address });
  });

  it("sends messages, and refuses what a handler could not read", async () => {
    expect(await good("send", "jobs", '{"n":2}', "--attribute", "from=me")).to.match(/^sent [0-9a-f-]{36} to jobs\n$/);
    await up.prints(/^onJob +did 2 \{"from":"me"\}$/m);
    const sent = JSON.parse((await piped('{"n":3}\n', "send", "jobs", "-", "--json")).output) as object;
    expect(sent).to.have.all.keys("queue", "id");
    await up.prints(/^onJob +did 3 /m);
    await good("send", "steps", "4", "--deduplication-id", "a");
    expect((await listed("steps"))[0]).to.include({ group: "default", body: "4" });
    await bad(/is no JSON[^]*fix: tandem send jobs '"hello"' sends a text/, "send", "jobs", "hello");
    await bad(/did you mean jobs\?/, "send", "jbs", "1");
    await bad(/missing required argument 'body'/, "send", "jobs");
    await bad(/whole number from 0 to 900/, "send", "jobs", "1", "--delay", "901");
    await bad(/is a FIFO queue/, "send", "steps", "1", "--delay", "1");
    await bad(/--deduplication-id <id>/, "send", "steps", "1");
    expect((await piped("", "send", "jobs", "-")).code).to.equal(2);
  });

  it("leads from a failing message to the dead letters and back", async () => {
    await good("send", "jobs", '{"n":-5}');
    await up.prints(
      /^jobs +message \w{8}… failed in onJob for the last time; given up in \d s: Error: cannot do -5\n {4}at <anonymous> \(index\.ts:6:\d+\)$/m,
    );
    await up.prints(
      /given up: received 1 time without success; .*tandem ls jobs-dead-letter shows them, tandem redrive jobs sends/,
    );
    expect(await good("ls")).to.match(/^queue +jobs +0 waiting, 0 in flight, 1 dead +jobs-[0-9a-f]{7}$/m);
    expect((await listed("jobs-dead-letter"))[0]).to.include({
      ...{ body: '{"n":-5}', received: 1, reason: "received once from jobs without success" },
    });
    await good("put", "media", path.join(project.folder, "Pulumi.yaml"), "mended");
    expect(await good("redrive", "jobs")).to.equal("sent back 1 message of jobs-dead-letter to jobs\n");
    await up.prints(/^jobs-dead-letter +sent 1 message back to jobs$/m);
    await up.prints(/^onJob +did -5 /m);
    expect(await good("redrive", "jobs-dead-letter")).to.equal("0 messages sent back: jobs-dead-letter is empty\n");
    expect(JSON.parse(await good("redrive", "jobs", "--json"))).to.include({
      moved: 0,
      deadLetters: "jobs-dead-letter",
    });
    await bad(/did you mean jobs\?/, "redrive", "job");
  });

  it("sends the dead letters of a deployed queue back, where the engine stands for AWS", async () => {
    const variables = await good("exec", "--", process.execPath, "-p", "JSON.stringify(process.env)");
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = JSON.parse(
      variables,
    ) as NodeJS.ProcessEnv;
    const env = { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION };
    const onAws = (given: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> =>
      tandem(["redrive", ...args, "--aws"], { cwd: os.tmpdir(), env: given }).ended;
    const url = String((await listed()).find(({ name }) => name === "jobs")?.["id"]);
    const physical = url.slice(url.lastIndexOf("/") + 1);
    await good("send", "jobs-dead-letter", '{"n":6}');
    const done = await onAws(env, url);
    expect(done.code, done.output).to.equal(0);
    expect(done.output).to.match(new RegExp(`^sent back 1 message of jobs-dead-letter-[0-9a-f]{7} to ${physical}\n$`));
    await up.prints(/^onJob +did 6 /m);
    const arn = `arn:aws:sqs:us-east-1:000000000000:${physical}`;
    expect(JSON.parse((await onAws(env, arn, "--json")).output)).to.include({ moved: 0, inFlight: 0 });
    const refused = await onAws({ ...env, AWS_ACCESS_KEY_ID: "AKIANOBODY" }, arn);
    expect(refused.code, refused.output).to.equal(2);
    expect(refused.output).to.match(/^ERR_AWS_CREDENTIALS: /);
  });

  it("shows a handler's dead letters once there are any, and why they cannot go back", async () => {
    expect(await good("ls")).not.to.include("onPut-dead-letter");
    await good("put", "media", path.join(project.folder, "Pulumi.yaml"), "1.broken");
    await up.prints(/^onPut +given up: RetriesExhausted; .*\(tandem ls onPut-dead-letter shows them\)$/m);
    expect(await good("ls")).to.match(/^queue +onPut-dead-letter +1 dead /m);
    expect(await good("ls", "onPut-dead-letter")).to.match(/ RetriesExhausted: it is broken {2}\{/);
    await bad(/keeps events that a handler or rule gave up/, "redrive", "onPut-dead-letter");
  });

  it("ends quietly where the reader of a pipe has enough", async () => {
    for (let n = 0; n < 3; n += 1) await good("send", "steps", String(n), "--deduplication-id", `p${n}`);
    const command = tandem(["ls", "steps"], { cwd: project.folder });
    command.child.stdout?.destroy();
    expect(await command.ended).to.deep.equal({ code: 0, output: "" });
  });

  it("ends tandem up --once when the work is done, or a message has failed", async () => {
    const once = new TemporaryProject(program);
    const put = (key: string) => {
      const file = path.join(once.folder, key);
      fs.writeFileSync(file, "x");
      const args = ["up", "--once", "--fresh", "--put", `media=${file}`];
      return tandem(args, { cwd: once.folder, env: { TANDEM_DOCKER: "off" } }).ended;
    };
    const fine = await put("17");
    expect(fine.code, fine.output).to.equal(0);
    expect(fine.output).to.match(/^onJob +did 17 \{\}[^]*all is done/m);
    once.edit("Number(key)", "-Number(key)");
    const failed = await put("18");
    expect(failed.code, failed.output).to.equal(1);
    expect(failed.output).to.match(/cannot do -18[^]*^failed: onJob: message \S+ of jobs failed$/m);
    once.remove();
  });
});
