import { SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { redriveOnAws } from "../../cli/aws-redrive";
import { explainAwsError } from "../../cli/aws-errors";
import { moveMessages, RedriveInterrupted, type Redriven } from "../../cli/move-messages";
import { placeOf, urlOf } from "../../cli/queue-place";
import { Engine } from "../../engine/engine";
import { EngineError } from "../../engine/errors";
import { readAddress } from "../../engine/stack-folder";
import { TemporaryProject } from "../engine/temporary-project";
import { deadLettersProgram, queueOf } from "./dead-letters-program";

// An engine stands for AWS: it speaks SQS's protocol, and checks signatures.
const program = `${deadLettersProgram}
new aws.sqs.Queue("steps");
`;

/** What stands in for the Pulumi CLI: it prints a state, and what it was asked. */
const cli = `#!/bin/sh
echo "$@" >> "$PWD/asked.txt"
case "$*" in
  *"--stack nope"*) echo "error: no stack named 'nope' found" >&2; exit 255 ;;
  *"--stack slow"*) sleep 30 ;;
esac
cat "$PWD/state.json"
`;

describe("tandem redrive --aws", () => {
  let project: TemporaryProject;
  let engine: Engine;
  const environment = { ...process.env };

  const describeQueue = (name: string) => queueOf(engine, name);
  const fail = async (name: string, body: string): Promise<void> => {
    const { queues } = engine.services;
    const queue = queues.find(describeQueue(name).url);
    await queues.change(() => queue.send({ body, senderId: "x" }));
    // Hidden for no time, it was received as often as it may be.
    await queues.receive(queue, { limit: 10 });
    await queues.receive(queue, { limit: 10 });
  };
  const back = (name: string, stack?: string, signal = new AbortController().signal): Promise<Redriven> =>
    redriveOnAws(name, { folder: project.folder, stack }, () => undefined, signal);
  const refusal = async (work: Promise<unknown>): Promise<EngineError> => {
    const error = await work.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(EngineError);
    return error as EngineError;
  };
  const asked = (): string => {
    const file = path.join(project.folder, "asked.txt");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  };

  before(async () => {
    project = new TemporaryProject(program);
    engine = Engine.open({ projectFolder: project.folder });
    await engine.up();
    // AWS has an endpoint for each region; here one stands for all.
    engine.services.identity.acceptRegions(["eu-central-1"]);
    const address = readAddress(path.join(project.folder, ".tandem", "dev"));
    project.write("bin/pulumi", cli);
    fs.chmodSync(path.join(project.folder, "bin", "pulumi"), 0o755);
    const resources = [...engine.graph.values()].map(({ urn, type, custom, id, outputs }) => ({
      ...{ urn, type, custom, id, outputs },
    }));
    const replaced = { ...resources.find(({ urn }) => urn.endsWith("::jobs")), delete: true, id: "https://old" };
    project.write("state.json", JSON.stringify({ version: 3, deployment: { resources: [...resources, replaced] } }));
    Object.assign(process.env, {
      PATH: `${path.join(project.folder, "bin")}${path.delimiter}${process.env.PATH}`,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${address?.port}`,
      AWS_ACCESS_KEY_ID: address?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: address?.secretAccessKey,
      AWS_REGION: "eu-central-1",
    });
  });
  after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, environment);
    await engine.close();
    project.remove();
  });
  afterEach(async () => {
    const { queues } = engine.services;
    for (const queue of queues.all()) await queues.change(() => queue.purge());
    fs.rmSync(path.join(project.folder, "asked.txt"), { force: true });
  });

  it("finds the queue in the state of the stack, by its name or that of its dead letters", async () => {
    for (const name of ["jobs", "jobs-dead-letter"]) {
      await fail("jobs", "1");
      expect(describeQueue("jobs-dead-letter").waiting).to.equal(1);
      const done = { deadLetters: "jobs-dead-letter", queues: ["jobs"], moved: 1, inFlight: 0 };
      expect(await back(name)).to.deep.equal(done);
      expect(describeQueue("jobs").waiting).to.equal(1);
      expect(await back(name)).to.deep.equal({ ...done, moved: 0 });
      await engine.services.queues.change(() => engine.services.queues.find(describeQueue("jobs").url).purge());
    }
    expect(asked()).to.match(/^(stack export --non-interactive\n){4}$/);
  });

  it("asks for the stack that was named", async () => {
    await back("jobs", "prod");
    expect(asked()).to.equal("stack export --non-interactive --stack prod\n");
  });

  it("needs no state for a URL or an ARN", async () => {
    const { url, arn, name } = describeQueue("jobs");
    for (const given of [url, arn, `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`]) {
      await fail("jobs", "1");
      const dead = describeQueue("jobs-dead-letter").name;
      expect(await back(given)).to.deep.equal({ deadLetters: dead, queues: [name], moved: 1, inFlight: 0 });
      await engine.services.queues.change(() => engine.services.queues.find(url).purge());
    }
    expect(asked()).to.equal("");
  });

  it("sends each back to where it came from where several queues share the dead letters", async () => {
    await fail("a", "1");
    await fail("b", "2");
    expect(await back("a")).to.deep.equal({ deadLetters: "failures", queues: ["a", "b"], moved: 2, inFlight: 0 });
    expect([describeQueue("a").waiting, describeQueue("b").waiting]).to.deep.equal([1, 1]);
  });

  it("says why there is nothing to send back, and what is not there", async () => {
    expect((await refusal(back("steps"))).message).to.match(/^ERR_REDRIVE_REFUSED: queue "steps" has no dead letters/);
    expect((await refusal(back("onEvent-dead-letter"))).message).to.match(/gave up[^]*aws sqs receive-message/);
    expect((await refusal(back("job"))).message).to.match(/^ERR_NOT_FOUND[^]*did you mean jobs\?/);
    const gone = "arn:aws:sqs:us-east-1:000000000000:gone";
    expect((await refusal(back(gone))).message).to.match(/^ERR_NOT_FOUND: AWS has no queue there\n {2}got: .*\/gone\n/);
  });

  it("asks nobody for what is meant as an ARN or URL, and is none of a queue", async () => {
    for (const given of ["arn:aws:sqs:us-east-1:jobs", "arn:aws:s3:::media", `${describeQueue("jobs").url}/`]) {
      const { code, message } = await refusal(back(given));
      expect(code).to.equal("ERR_NOT_FOUND");
      expect(message).to.match(/neither the ARN of a queue nor its URL[^]*fix: write arn:aws:sqs:<region>/);
    }
    expect(asked()).to.equal("");
  });

  it("says what of Pulumi is missing", async () => {
    const { message, code } = await refusal(back("jobs", "nope"));
    expect(code).to.equal("ERR_DEPLOYED_STACK");
    expect(message).to.match(/state of stack "nope"\n {2}got: no stack named 'nope' found\n {2}fix: .*pulumi stack ls/);
    const { PATH } = process.env;
    process.env.PATH = path.join(project.folder, "none");
    const absent = await refusal(back("jobs")).finally(() => (process.env.PATH = PATH));
    expect(absent.message).to.match(/the Pulumi CLI is not here[^]*pulumi\.com\/docs\/install/);
    for (const folder of ["no-such-folder", path.join(project.folder, "Pulumi.yaml")]) {
      const nowhere = redriveOnAws("jobs", { folder }, () => undefined, new AbortController().signal);
      expect((await refusal(nowhere)).message).to.match(
        /folder is not there\n {2}got: .*(no-such-folder|Pulumi\.yaml)\n {2}fix: name it/,
      );
    }
  });

  it("says that AWS does not take the credentials", async () => {
    const { AWS_ACCESS_KEY_ID } = process.env;
    process.env.AWS_ACCESS_KEY_ID = "AKIANOBODY";
    const error = await refusal(back("jobs")).finally(() => (process.env.AWS_ACCESS_KEY_ID = AWS_ACCESS_KEY_ID));
    expect(error.message).to.match(
      /^ERR_AWS_CREDENTIALS: [^]*got: (UnrecognizedClient|InvalidClientTokenId)[^]*AWS_PROFILE/,
    );
  });

  it("ends with nothing sent back where it is interrupted before it has begun", async () => {
    await fail("jobs", "1");
    const interrupt = new AbortController();
    const work = back("jobs", "slow", interrupt.signal).catch((reason: unknown) => reason);
    interrupt.abort();
    expect(await work).to.be.instanceOf(RedriveInterrupted);
    expect(describeQueue("jobs-dead-letter").waiting).to.equal(1);
  });

  it("cancels a move that began while it was interrupted", async () => {
    const interrupted = new AbortController();
    const sent: string[] = [];
    const send = (command: object): Promise<object> => {
      sent.push(command.constructor.name);
      if (sent.at(-1) === "StartMessageMoveTaskCommand") interrupted.abort();
      const Status = sent.includes("CancelMessageMoveTaskCommand") ? "CANCELLED" : "COMPLETED";
      const task = { TaskHandle: "task", Status, ApproximateNumberOfMessagesMoved: 2 };
      return Promise.resolve({ TaskHandle: "task", Results: sent.length === 1 ? [] : [task] });
    };
    const client = Object.assign(new SQSClient({ region: "us-east-1" }), { send });
    const { name, arn } = describeQueue("jobs-dead-letter");
    const letters = { name, arn, inFlight: 0, sources: [{ name: "jobs", arn }], look: "", longestPause: 1 };
    const ended: unknown = await moveMessages(client, letters, () => undefined, interrupted.signal).catch(
      (reason: unknown) => reason,
    );
    expect(ended).to.be.instanceOf(RedriveInterrupted).with.property("moved", 2);
  });

  it("names the permission that AWS misses", () => {
    const queue = "arn:aws:sqs:eu-west-1:123456789012:jobs-dead-letter";
    const denied = Object.assign(
      new Error(
        `User: arn:aws:iam::123456789012:user/me is not authorized to perform: sqs:startmessagemovetask on resource: ${queue} because no identity-based policy allows it`,
      ),
      { name: "AccessDeniedException" },
    );
    const needed = ["sqs:GetQueueAttributes", "sqs:StartMessageMoveTask"];
    const { code, fix } = explainAwsError(denied, needed) as EngineError;
    expect(code).to.equal("ERR_AWS_DENIED");
    expect(fix).to.match(/^ask for the permission sqs:StartMessageMoveTask on arn:aws:sqs:.*:jobs-dead-letter; all/);
    const silent = explainAwsError(Object.assign(new Error("no"), { name: "AccessDenied" }), needed) as EngineError;
    expect(silent.fix).to.equal("ask for the permissions sqs:GetQueueAttributes, sqs:StartMessageMoveTask");
    const lost = explainAwsError(new Error("Region is missing"), needed) as EngineError;
    expect(lost.fix).to.match(/AWS_REGION/);
    const other = new Error("connect ECONNREFUSED");
    expect(explainAwsError(other, needed)).to.equal(other);
  });

  it("reads the region of an address, and of those of endpoints in a VPC", () => {
    const china = placeOf("arn:aws-cn:sqs:cn-north-1:123456789012:jobs.fifo");
    expect(china).to.deep.equal({
      url: "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs.fifo",
      region: "cn-north-1",
    });
    for (const [host, region] of [
      ["sqs.eu-west-1.amazonaws.com", "eu-west-1"],
      ["eu-west-1.queue.amazonaws.com", "eu-west-1"],
      ["vpce-1.sqs.eu-west-1.vpce.amazonaws.com", "eu-west-1"],
      ["127.0.0.1:4566", undefined],
    ] as const) {
      expect(placeOf(`https://${host}/123456789012/jobs`)).to.have.property("region", region);
    }
    expect(placeOf("jobs")).to.equal(undefined);
    expect(placeOf("arn:aws:sns:eu-west-1:123456789012:jobs")).to.equal(undefined);
    expect(urlOf("http://a/1/jobs", "arn:aws:sqs:eu-west-1:1:other")).to.equal("http://a/1/other");
  });
});
