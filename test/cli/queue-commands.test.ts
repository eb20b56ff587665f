import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import { listContent, listStack } from "../../cli/listing";
import { RedriveInterrupted, type Redriven } from "../../cli/move-messages";
import { checkIsHere, redrive } from "../../cli/redrive";
import { RunningStack } from "../../cli/running";
import { readBody, sendMessage, type SendOptions } from "../../cli/send-message";
import { Engine } from "../../engine/engine";
import { EngineError } from "../../engine/errors";
import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { TemporaryProject } from "../engine/temporary-project";
import { deadLettersProgram, queueOf } from "./dead-letters-program";

const program = `${deadLettersProgram}
new aws.sqs.Queue("steps", { fifoQueue: true, contentBasedDeduplication: true });
new aws.sqs.Queue("strict", { fifoQueue: true });
new aws.s3.Bucket("jobs");
`;

describe("the commands for queues", () => {
  let project: TemporaryProject;
  let engine: Engine;
  let stack: RunningStack;
  const events: TimedEngineEvent[] = [];
  const plain: SendOptions = { raw: false, attribute: [] };

  const describeQueue = (name: string) => queueOf(engine, name);
  const send = (name: string, body: string, options: Partial<SendOptions> = {}) =>
    sendMessage(stack, name, body, { ...plain, ...options });
  const messages = (name: string) => engine.services.queues.messages(describeQueue(name).url);
  const fail = async (name: string, body: string): Promise<void> => {
    await send(name, body);
    const { queues } = engine.services;
    // Hidden for no time, it was received as often as it may be.
    await queues.receive(queues.find(describeQueue(name).url), { limit: 10 });
  };
  const back = (name: string): Promise<Redriven> => redrive(stack, name, () => undefined, new AbortController().signal);
  const refusal = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(EngineError);
    return (error as EngineError).message;
  };
  const printed = async (list: (print: (value: object, text: string) => void) => Promise<unknown>) => {
    const lines: string[] = [];
    const values: Record<string, unknown>[] = [];
    await list((value, text) => {
      values.push(value as Record<string, unknown>);
      lines.push(stripVTControlCharacters(text));
    });
    return { lines, values };
  };

  before(async () => {
    project = new TemporaryProject(program);
    engine = Engine.open({ projectFolder: project.folder });
    engine.engineEvents.listen((event) => events.push(event));
    await engine.up();
    stack = await RunningStack.find({ stack: "dev", folder: project.folder });
  });
  after(async () => {
    await engine.close();
    project.remove();
  });
  afterEach(async () => {
    const { queues } = engine.services;
    for (const queue of queues.all()) await queues.change(() => queue.purge());
    events.length = 0;
  });

  describe("tandem send", () => {
    it("sends JSON as it was written, with attributes, and tells its id", async () => {
      const sent = await send("jobs", ' {"n": 1}\n', { attribute: ["from=test", "sum=a=b"], delay: 60 });
      const [message] = messages("jobs");
      expect(sent).to.deep.equal({ queue: "jobs", id: message?.id });
      expect(message?.body).to.equal('{"n": 1}');
      expect(message?.attributes).to.deep.equal({
        from: { DataType: "String", StringValue: "test" },
        sum: { DataType: "String", StringValue: "a=b" },
      });
      expect(describeQueue("jobs")).to.include({ waiting: 0, delayed: 1 });
    });

    it("sends what is no JSON only where it is told to", async () => {
      expect(await refusal(send("jobs", "it's"))).to.match(
        /^ERR_SEND_REFUSED: queue "jobs" was given a message that is no JSON\n.*it's.*\n {2}fix: tandem send jobs '"it'\\''s"' sends a text; --raw/,
      );
      expect(await refusal(send("jobs", `{${"x".repeat(100)}`))).to.match(/got: 101 bytes [^\n]*\n {2}fix: .*'"…"'/);
      await send("jobs", "it's\n", { raw: true });
      expect(messages("jobs").map(({ body }) => body)).to.deep.equal(["it's\n"]);
    });

    it("puts messages of a FIFO queue into the group default, unless told another", async () => {
      await send("steps", "1");
      await send("steps", "2", { group: "g", deduplicationId: "d" });
      await send("strict", "3", { deduplicationId: "e" });
      expect(messages("steps").map(({ group }) => group)).to.deep.equal(["default", "g"]);
      expect(messages("steps")[1]?.deduplicationId).to.equal("d");
      expect(messages("strict")).to.have.length(1);
    });

    it("says what a queue does not take", async () => {
      for (const [work, words] of [
        [send("jobs", ""), /empty message/],
        [send("jobs", `"${"x".repeat(1024 * 1024)}"`), /too large\n {2}got: 1048578 bytes/],
        [send("steps", "1", { delay: 3 }), /is a FIFO queue[^]*got: --delay 3/],
        [send("jobs", "1", { deduplicationId: "x" }), /is no FIFO queue/],
        [send("strict", "1"), /tells duplicates by their ids[^]*--deduplication-id <id>/],
        [send("jobs", "1", { attribute: ["a"] }), /--attribute a\n {2}fix: write --attribute key=value/],
        [send("jobs", "1", { attribute: ["=a"] }), /--attribute key=value/],
        [send("jobs", "1", { attribute: ["a="] }), /--attribute key=value/],
        [send("jobs", "1", { attribute: ["AWS.a=1"] }), /does not take the message\n {2}got: .*AWS\.a/],
        [send("jobs", "\u0001", { raw: true }), /does not take the message\n {2}got: Invalid characters/],
      ] as const) {
        const message = await refusal(work);
        expect(message).to.match(/^ERR_SEND_REFUSED: queue "/);
        expect(message).to.match(words);
      }
      expect(engine.services.queues.list().every(({ waiting }) => waiting === 0)).to.equal(true);
    });

    it("suggests the queue that was meant", async () => {
      expect(await refusal(send("jbs", "1"))).to.match(/^ERR_NOT_FOUND: there is no queue[^]*did you mean jobs\?/);
      expect(await refusal(send("nothing-like", "1"))).to.match(/use one of .*\bfailures\b/);
    });

    it("reads text from standard input, and no more than a message may have", async () => {
      const chunks = async function* (...parts: (string | number[])[]): AsyncIterable<Uint8Array> {
        for (const part of parts) yield await Promise.resolve(Buffer.from(part as string));
      };
      const halves = [...Buffer.from("ä")];
      expect(await readBody(chunks('"', halves.slice(0, 1), halves.slice(1), '"\n'), "jobs")).to.equal('"ä"\n');
      expect(await refusal(readBody(chunks([0xff, 0xfe]), "jobs"))).to.match(/no text in UTF-8/);
      let read = 0;
      const endless = async function* (): AsyncIterable<Uint8Array> {
        for (;;) {
          read += 1;
          yield await Promise.resolve(Buffer.alloc(65_536, "x"));
        }
      };
      expect((await readBody(endless(), "jobs")).length).to.be.above(1024 * 1024);
      expect(read).to.be.below(100);
    });
  });

  describe("tandem redrive", () => {
    it("sends dead letters back, by the name of the queue or of theirs", async () => {
      for (const name of ["jobs", "jobs-dead-letter"]) {
        await fail("jobs", "1");
        await fail("jobs", "2");
        expect(describeQueue("jobs-dead-letter").waiting).to.equal(2);
        const done = { deadLetters: "jobs-dead-letter", queues: ["jobs"], moved: 2, inFlight: 0 };
        expect(await back(name)).to.deep.equal(done);
        expect(describeQueue("jobs").waiting).to.equal(2);
        expect(await back(name)).to.deep.equal({ ...done, moved: 0 });
        expect(events.filter(({ type }) => type === "event").splice(0)).to.deep.equal([
          {
            type: "event",
            source: "jobs-dead-letter",
            detail: "sent 2 messages back to jobs",
            time: events.at(-1)?.time,
          },
        ]);
        await engine.services.queues.change(() => engine.services.queues.find(describeQueue("jobs").url).purge());
        events.length = 0;
      }
    });

    it("also sends back what a handler has put there", async () => {
      await send("jobs-dead-letter", "no json", { raw: true });
      expect((await back("jobs")).moved).to.equal(1);
      expect(messages("jobs").map(({ body }) => body)).to.deep.equal(["no json"]);
    });

    it("sends each back to where it came from where several queues share the dead letters", async () => {
      await fail("a", "1");
      await fail("b", "2");
      expect(await back("b")).to.deep.equal({ deadLetters: "failures", queues: ["a", "b"], moved: 2, inFlight: 0 });
      expect([...messages("a"), ...messages("b")].map(({ body }) => body)).to.deep.equal(["1", "2"]);
      await send("failures", "3");
      expect(await refusal(back("failures"))).to.match(
        /^ERR_REDRIVE_REFUSED: 0 messages of failures went back, then came one[^]*tandem ls failures/,
      );
    });

    it("leaves those that somebody works on, and says how many", async () => {
      await fail("jobs", "1");
      const { queues } = engine.services;
      await queues.receive(queues.find(describeQueue("jobs-dead-letter").url), { limit: 1 });
      expect(await back("jobs")).to.include({ moved: 0, inFlight: 1 });
    });

    it("says how far it is, and stops where it is when it is interrupted", async () => {
      const { queues } = engine.services;
      const dead = queues.find(describeQueue("jobs-dead-letter").url);
      await queues.change(() => {
        for (let n = 0; n < 10_000; n += 1) dead.send({ body: String(n), senderId: "x" });
      });
      const interrupt = new AbortController();
      const seen: number[] = [];
      const error = await redrive(
        stack,
        "jobs",
        (moved, of) => {
          seen.push(moved, of);
          interrupt.abort();
        },
        interrupt.signal,
      ).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RedriveInterrupted);
      expect(seen.at(-1)).to.equal(10_000);
      const { moved } = error as RedriveInterrupted;
      expect(moved).to.be.below(10_000);
      expect([describeQueue("jobs").waiting, describeQueue("jobs-dead-letter").waiting]).to.deep.equal([
        moved,
        10_000 - moved,
      ]);
    });

    it("does not begin a second time while one is under way", async () => {
      for (let n = 0; n < 3; n += 1) await fail("jobs", String(n));
      const { queues } = engine.services;
      // At one message a second.
      const { handle } = queues.moveTasks.start(queues.find(describeQueue("jobs-dead-letter").url), undefined, 1);
      expect(await refusal(back("jobs"))).to.match(/a redrive of "jobs-dead-letter" is under way already/);
      queues.moveTasks.cancel(handle);
    });

    it("points at --aws where it is given the address of a queue in AWS", () => {
      const arn = "arn:aws:sqs:eu-central-1:123456789012:jobs";
      expect(() => checkIsHere(arn)).to.throw(/that queue is in AWS[^]*tandem redrive arn:aws:sqs:[^]* --aws/);
      expect(() => checkIsHere("https://sqs.eu-central-1.amazonaws.com/123456789012/jobs")).to.throw(/--aws/);
      for (const here of ["jobs", arn.replace("123456789012", "000000000000"), "http://127.0.0.1:1/000000000000/jobs"])
        expect(() => checkIsHere(here)).not.to.throw();
    });

    it("says why there is nothing to send back", async () => {
      expect(await refusal(back("steps"))).to.match(/queue "steps" has no dead letters, and keeps none of another/);
      expect(await refusal(back("onEvent-dead-letter"))).to.match(/keeps events that a handler or rule gave up/);
      expect(await refusal(back("job"))).to.match(/^ERR_NOT_FOUND[^]*did you mean jobs\?/);
    });
  });

  describe("tandem ls", () => {
    it("lists queues with their depths, and no dead letters of events where there are none", async () => {
      await fail("jobs", "1");
      await send("jobs", "2");
      const { values, lines } = await printed((print) => listStack(stack, print));
      const queues = new Map(values.filter(({ kind }) => kind === "queue").map((value) => [value["name"], value]));
      expect([...queues.keys()].sort()).to.deep.equal(["a", "b", "failures", "jobs", "steps", "strict"]);
      expect(queues.get("jobs")).to.deep.include({ waiting: 1, inFlight: 0, dead: 1, deadLetters: "jobs-dead-letter" });
      expect(lines.find((line) => /^queue +jobs /.test(line))).to.match(
        /1 waiting, 0 in flight, 1 dead +jobs-[0-9a-f]{7}$/,
      );
      await send("onEvent-dead-letter", "3");
      const again = await printed((print) => listStack(stack, print));
      expect(again.lines.join("\n")).to.match(/^queue +onEvent-dead-letter +1 dead/m);
    });

    it("lists a queue's messages without receiving them", async () => {
      await fail("jobs", "1");
      await send("jobs", '{"n":2}', { delay: 900 });
      await send("jobs", '{"n":3}');
      const { url, name } = describeQueue("jobs");
      for (const each of [url, name]) {
        const { values } = await printed((print) => listContent(stack, each, 10, print));
        expect(values.map(({ body, state, received }) => [body, state, received])).to.deep.equal([
          ['{"n":2}', "delayed", 0],
          ['{"n":3}', "waiting", 0],
        ]);
      }
      const { values, lines } = await printed((print) => listContent(stack, "jobs-dead-letter", 10, print));
      expect(values[0]).to.include({ body: "1", received: 1, reason: "received once from jobs without success" });
      expect(lines).to.have.length(1);
      expect(messages("jobs-dead-letter")[0]?.received).to.equal(1);
      expect(await listContent(stack, url, 1, () => undefined)).to.equal(true);
      expect(await listContent(stack, url, 2, () => undefined)).to.equal(false);
      expect((await printed((print) => listContent(stack, url, 1, print))).lines).to.have.length(1);
    });

    it("asks which is meant where a bucket and a queue have the same name", async () => {
      const message = await refusal(listContent(stack, "jobs", 10, () => undefined));
      expect(message).to.match(
        /there is more than one bucket or queue of that name[^]*use one of (?=.*http:.*jobs-)(?=.*\bjobs-\w+)/,
      );
    });

    it("streams messages as they are read, however large they are together", async () => {
      const body = JSON.stringify("x".repeat(500_000));
      for (let n = 0; n < 8; n += 1) await send("a", body);
      const { values } = await printed((print) => listContent(stack, "a", 1000, print));
      expect(values.map((value) => String(value["body"]).length)).to.deep.equal(Array(8).fill(body.length));
    });
  });

  it("are told by the engine that there is no such queue, and that they need its key", async () => {
    const ask = (query: string, authorization: string) =>
      fetch(`${stack.endpoint}/_tandem/messages?${query}`, { headers: { authorization } });
    const key = `Bearer ${stack.address.secretAccessKey}`;
    expect((await ask("queue=nothing&limit=1", key)).status).to.equal(404);
    expect((await ask("queue=nothing&limit=0", key)).status).to.equal(400);
    expect((await ask("queue=nothing&limit=1", "Bearer x")).status).to.equal(403);
  });
});
