import { expect } from "chai";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RetryError } from "../../components";
import { handleBatches, handleMessages, type QueueMessage } from "../../components/queue/queue-event.runtime";
import { redrive, send, sendAll } from "../../components/queue/queue.runtime";

interface Sent {
  readonly target: string;
  readonly input: Record<string, unknown> & {
    readonly Entries?: { readonly Id: string; readonly MessageBody: string }[];
  };
}

/** Milliseconds as text, as SQS gives times. */
const sentAt = "1700000000000";
const record = (id: string, body: string, attributes: Record<string, string> = {}) => ({
  messageId: id,
  body,
  attributes: { ApproximateReceiveCount: "2", SentTimestamp: sentAt, ...attributes },
  messageAttributes: { scene: { stringValue: "bunny", dataType: "String" } },
});

/** A queue by the variable with its address. */
const at = (variable: string, byContent = true) => ({ variable, byContent, source: "SOURCE" });

/** SDKs verify it. */
const md5 = (text: unknown): string => createHash("md5").update(String(text)).digest("hex");
const accepted = ({ Id, MessageBody }: { readonly Id: string; readonly MessageBody: string }) => ({
  Id,
  MessageId: `m-${Id}`,
  MD5OfMessageBody: md5(MessageBody),
});

describe("a queue's methods in a handler", () => {
  let server: Server;
  let sent: Sent[];
  let answer: (sent: Sent) => object;
  const environment = { ...process.env };

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const target = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
        const one: Sent = { target, input: JSON.parse(Buffer.concat(chunks).toString()) as Sent["input"] };
        sent.push(one);
        response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(answer(one)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      JOBS: `${endpoint}/000000000000/jobs`,
      STEPS: `${endpoint}/000000000000/steps.fifo`,
    });
  });

  beforeEach(() => {
    sent = [];
    answer = ({ target, input }) =>
      target === "SendMessage"
        ? { MessageId: "m-1", MD5OfMessageBody: md5(input.MessageBody) }
        : { Successful: (input.Entries ?? []).map(accepted), Failed: [] };
  });

  after(async () => {
    process.env = environment;
    await new Promise((resolve) => server.close(resolve));
  });

  const failure = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "nothing failed",
      (error: Error) => error.message,
    );

  it("send JSON, with what else was said", async () => {
    expect(await send(at("JOBS"), { scene: 7 }, { delay: 5, attributes: { scene: "bunny", tile: 3 } })).to.deep.equal({
      id: "m-1",
    });
    expect(sent[0]?.input).to.include({ QueueUrl: process.env.JOBS, MessageBody: '{"scene":7}', DelaySeconds: 5 });
    expect(sent[0]?.input.MessageAttributes).to.deep.equal({
      scene: { DataType: "String", StringValue: "bunny" },
      tile: { DataType: "Number", StringValue: "3" },
    });
    expect(sent[0]?.input).not.to.have.any.keys("MessageGroupId", "MessageDeduplicationId");
  });

  it("put messages of a FIFO queue into one group, unless they name theirs", async () => {
    await send(at("STEPS"), 1);
    await send(at("STEPS", false), 1, { group: "scene-1", deduplicationId: "a" });
    expect(sent.map(({ input }) => input.MessageGroupId)).to.deep.equal(["default", "scene-1"]);
    expect(sent[1]?.input.MessageDeduplicationId).to.equal("a");
  });

  it("refuse before any call what SQS would not take", async () => {
    const refusals = [
      send(at("JOBS"), "x".repeat(1024 * 1024)),
      send(at("JOBS"), 1, { delay: 901 }),
      send(at("JOBS"), 1, { delay: 1.5 }),
      send(at("JOBS"), undefined),
      send(at("JOBS"), 1, { deduplicationId: "a" }),
      send(at("JOBS"), 1, { attributes: { empty: "" } }),
      send(at("JOBS"), 1, { attributes: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, n])) }),
      send(at("STEPS"), 1, { delay: 1 }),
      send(at("STEPS", false), 1),
      sendAll(at("JOBS"), [1, undefined]),
    ];
    for (const message of await Promise.all(refusals.map(failure))) expect(message).to.match(/^ERR_QUEUE_MESSAGE/);
    expect(sent).to.be.empty;
    expect(await failure(send(at("JOBS"), "x".repeat(1024 * 1024 - 2)))).to.equal("nothing failed");
  });

  it("send any number in batches of ten and a mebibyte", async () => {
    await sendAll(
      at("JOBS"),
      Array.from({ length: 25 }, (_, n) => n),
    );
    expect(sent.map(({ input }) => input.Entries?.length).sort()).to.deep.equal([10, 10, 5]);
    sent = [];
    await sendAll(
      at("JOBS"),
      Array.from({ length: 4 }, () => "x".repeat(400_000)),
    );
    expect(sent.map(({ input }) => input.Entries?.length)).to.deep.equal([2, 2]);
  });

  it("send again what SQS could not take, and say what it would not", async () => {
    let failures = 0;
    answer = ({ input }) => {
      const [first, ...rest] = input.Entries ?? [];
      const failed = failures++ === 0 && first !== undefined;
      return {
        Successful: (failed ? rest : (input.Entries ?? [])).map(accepted),
        Failed: failed ? [{ Id: first.Id, Code: "InternalError", SenderFault: false }] : [],
      };
    };
    await sendAll(at("JOBS"), ["a", "b"]);
    expect(sent.map(({ input }) => input.Entries?.map(({ MessageBody }) => MessageBody))).to.deep.equal([
      ['"a"', '"b"'],
      ['"a"'],
    ]);

    answer = ({ input }) => ({
      Successful: [],
      Failed: (input.Entries ?? []).map(({ Id }) => ({
        Id,
        Code: "InvalidMessageContents",
        Message: "no",
        SenderFault: true,
      })),
    });
    expect(await failure(sendAll(at("JOBS"), ["a", "b", "c"]))).to.match(
      /^ERR_QUEUE_SEND: SQS did not take 3 of 3 messages\n {2}got: InvalidMessageContents: no; the first is number 0/,
    );
  });

  it("stop a FIFO queue's messages at the first that fails: none may overtake it", async () => {
    answer = ({ input }) => ({
      Successful: [],
      Failed: (input.Entries ?? []).map(({ Id }) => ({ Id, Code: "Refused", SenderFault: true })),
    });
    const message = await failure(
      sendAll(
        at("STEPS"),
        Array.from({ length: 30 }, (_, n) => n),
      ),
    );
    expect(message).to.include("SQS did not take 30 of 30 messages");
    expect(sent).to.have.length(1);
  });

  it("wait until a redrive is done, and fail where it does", async () => {
    const statuses = ["COMPLETED"];
    answer = ({ target }) => {
      if (target === "GetQueueAttributes")
        return { Attributes: { QueueArn: "arn:aws:sqs:us-east-1:000000000000:jobs" } };
      if (target === "StartMessageMoveTask") return { TaskHandle: "task" };
      return { Results: [{ Status: statuses.shift(), ApproximateNumberOfMessagesMoved: 3, FailureReason: "gone" }] };
    };
    process.env.SOURCE = "arn:aws:sqs:us-east-1:000000000000:source";
    expect(await redrive(at("JOBS"))).to.deep.equal({ moved: 3 });
    expect(sent.find(({ target }) => target === "StartMessageMoveTask")?.input.DestinationArn).to.equal(
      process.env.SOURCE,
    );
    statuses.push("FAILED");
    expect(await failure(redrive(at("JOBS")))).to.equal("the redrive ended early (FAILED): gone");
  });

  it("work inside handlers only", async () => {
    expect(await failure(send(at("NOT_SET"), 1))).to.match(/^ERR_RUNTIME_ONLY: queue\.send/);
  });

  describe("and its messages", () => {
    const context = {};

    it("reach a handler one by one, and fail one by one", async () => {
      const seen: QueueMessage[] = [];
      const handler = handleMessages(async (message) => {
        seen.push(message);
        if (message.id === "b") throw new Error("not this one");
      }, {});
      const records = [record("a", '{"n":1}', { MessageGroupId: "g" }), record("b", "2"), record("c", "null")];
      const result = await silently(() => handler({ Records: records }, context));
      expect(result).to.deep.equal({ batchItemFailures: [{ itemIdentifier: "b" }] });
      expect(seen.map(({ body }) => body)).to.deep.equal([{ n: 1 }, 2, null]);
      expect(seen[0]).to.deep.include({
        receiveCount: 2,
        sentAt: new Date(Number(sentAt)),
        attributes: { scene: "bunny" },
        group: "g",
      });
    });

    it("keep their order within a FIFO group: what follows a failure waits for it", async () => {
      const seen: string[] = [];
      const fifo = (id: string, group: string) => record(id, "1", { MessageGroupId: group, SequenceNumber: id });
      const handler = handleMessages(async ({ id }) => {
        seen.push(id);
        if (id === "a1") throw new Error("first");
      }, {});
      const records = [fifo("a1", "a"), fifo("b1", "b"), fifo("a2", "a"), fifo("b2", "b")];
      const result = await silently(() => handler({ Records: records }, context));
      expect(result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).to.deep.equal(["a1", "a2"]);
      expect(seen).to.have.members(["a1", "b1", "b2"]);
    });

    it("wait for no message of their FIFO group that fails for the last time: they would be lost with it", async () => {
      const seen: string[] = [];
      const fifo = (id: string, count: string) =>
        record(id, "1", { MessageGroupId: "a", SequenceNumber: id, ApproximateReceiveCount: count });
      const handler = handleMessages(
        async ({ id }) => {
          seen.push(id);
          if (id !== "a2") throw new Error("not this one");
        },
        { maxReceiveCount: 3 },
      );
      const records = [fifo("a1", "3"), fifo("a2", "3"), fifo("a3", "1"), fifo("a4", "1")];
      const result = await silently(() => handler({ Records: records }, context));
      expect(result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).to.deep.equal(["a1", "a3", "a4"]);
      expect(seen).to.deep.equal(["a1", "a2", "a3"]);
    });

    it("come again soon together with the one of their FIFO group that they wait for", async () => {
      const handler = handleMessages(
        async () => {
          throw new RetryError("not now", 5);
        },
        { queue: "STEPS", maxReceiveCount: 3 },
      );
      answer = () => ({});
      const fifo = (id: string) => ({
        ...record(id, "1", { MessageGroupId: "a", SequenceNumber: id }),
        receiptHandle: `r-${id}`,
      });
      await silently(() => handler({ Records: [fifo("a1"), fifo("a2")] }, context));
      expect(sent.map(({ input }) => [input.ReceiptHandle, input.VisibilityTimeout])).to.have.deep.members([
        ["r-a1", 5],
        ["r-a2", 5],
      ]);
    });

    it("come again soon, all of a batch, where its handler asks for it", async () => {
      const handler = handleBatches(
        async () => {
          throw new RetryError("not now", 7);
        },
        { queue: "JOBS" },
      );
      answer = () => ({});
      const records = ["a", "b"].map((id) => ({ ...record(id, "1"), receiptHandle: `r-${id}` }));
      const result = await silently(() => handler({ Records: records }, context));
      expect(result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).to.deep.equal(["a", "b"]);
      expect(sent.map(({ input }) => [input.ReceiptHandle, input.VisibilityTimeout])).to.have.deep.members([
        ["r-a", 7],
        ["r-b", 7],
      ]);
      const failing = handleBatches(() => Promise.reject(new Error("all of it")), { queue: "JOBS" });
      expect(await failure(failing({ Records: records }, context))).to.equal("all of it");
    });

    it("come again soon where the handler asks for it, and count as failed", async () => {
      const handler = handleMessages(
        async () => {
          throw new RetryError("not now", 5);
        },
        { queue: "JOBS" },
      );
      answer = () => ({});
      const result = await silently(() =>
        handler({ Records: [{ ...record("a", "1"), receiptHandle: "r-1" }] }, context),
      );
      expect(result).to.deep.equal({ batchItemFailures: [{ itemIdentifier: "a" }] });
      expect(sent[0]).to.deep.include({ target: "ChangeMessageVisibility" });
      expect(sent[0]?.input).to.include({ ReceiptHandle: "r-1", VisibilityTimeout: 5 });
      expect(() => new RetryError("never", -1)).to.throw(RangeError, "0 to 43200");
    });

    it("reach a handler of batches together, which may name those that failed", async () => {
      const records = [record("a", "1"), record("b", "2")];
      const some = handleBatches((messages) => ({ failed: [(messages as QueueMessage[])[1]?.id] }), {});
      expect(await some({ Records: records }, context)).to.deep.equal({ batchItemFailures: [{ itemIdentifier: "b" }] });
      expect(await handleBatches(() => undefined, {})({ Records: records }, context)).to.deep.equal({
        batchItemFailures: [],
      });
      const unknown = handleBatches(() => ({ failed: ["z"] }), {});
      expect(await failure(unknown({ Records: records }, context))).to.include('not of this batch: "z"');
      for (const misunderstood of [{ failed: "a" }, { failed: null }, { batchItemFailures: [] }]) {
        const handler = handleBatches(() => misunderstood, {});
        expect(await failure(handler({ Records: records }, context))).to.include("is to return { failed: [ids] }");
      }
    });

    it("go to the dead letters with the reason where they are no JSON, and count as done", async () => {
      process.env.LETTERS = process.env.JOBS;
      const handler = handleMessages(async () => undefined, { deadLetters: "LETTERS" });
      expect(await silently(() => handler({ Records: [record("a", "{oops")] }, context))).to.deep.equal({
        batchItemFailures: [],
      });
      expect(sent[0]?.input.MessageBody).to.equal("{oops");
      expect(sent[0]?.input.MessageAttributes).to.have.nested.property("ERROR_CODE.StringValue", "ERR_QUEUE_BODY");
      expect(sent[0]?.input.MessageAttributes)
        .to.have.nested.property("ERROR_MESSAGE.StringValue")
        .that.includes("is no JSON");
    });

    it("arrive as text in a handler of dead letters where they are no JSON", async () => {
      const bodies: unknown[] = [];
      await handleMessages(async ({ body }) => bodies.push(body), {})({ Records: [record("a", "{oops")] }, context);
      expect(bodies).to.deep.equal(["{oops"]);
    });
  });
});

/** What is logged is of no interest here. */
async function silently<Result>(work: () => Promise<Result>): Promise<Result> {
  const { error } = console;
  console.error = () => undefined;
  try {
    return await work();
  } finally {
    console.error = error;
  }
}
