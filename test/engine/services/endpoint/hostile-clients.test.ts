import { hash } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";

import { expect } from "chai";

import { ServicesFixture } from "../../services-fixture";
import { startObjectStore, type ObjectStoreFixture } from "../objects/object-store-fixture";
import { sendRaw } from "./raw-http";
import { signedHead, type RequestToSign } from "./signed-request";

const small = Buffer.alloc(1000, "a");
/** More than the buffers of a connection hold. */
const large = Buffer.alloc(16 * 1024 * 1024, "a");

/** Sends the first bytes of a request, and leaves without reading. */
function leave(port: number, bytes: Buffer, count: number, how: "end" | "reset"): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.write(bytes.subarray(0, count), () => {
        if (how === "reset") socket.resetAndDestroy();
        else socket.destroy();
      });
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

describe("The endpoint, with clients that break the rules", () => {
  let fixture: ObjectStoreFixture;
  let host: string;

  const start = async (options: { readonly silence?: number } = {}): Promise<void> => {
    fixture = await startObjectStore(options);
    await fixture.store.createBucket("media");
    host = `127.0.0.1:${fixture.port}`;
  };
  beforeEach(() => start());
  afterEach(async () => {
    const staged = fs.readdirSync(path.join(fixture.folder, "objects", "media"));
    const { faults } = fixture;
    await fixture.close();
    expect(staged, "files left behind").to.deep.equal([]);
    expect(faults).to.deep.equal([]);
  });

  const head = (method: string, at: string, body: Buffer, more: Partial<RequestToSign> = {}): string => {
    const headers = { ...more.headers, "content-length": String(body.length), connection: "close" };
    const payloadHash = more.payloadHash ?? hash("sha256", body);
    return signedHead(fixture.identity.developer(), { method, path: at, host, ...more, payloadHash, headers });
  };
  const answers = async (): Promise<void> => {
    const answer = await sendRaw(fixture.port, head("GET", "/", Buffer.alloc(0)));
    expect(answer).to.match(/^HTTP\/1\.1 200/);
  };
  const leaveAfter = (bytes: Buffer, count: number, how: "end" | "reset"): Promise<void> =>
    leave(fixture.port, bytes, count, how);
  it("answers a body that is not the one that was signed, at every operation, and does nothing", async () => {
    const requests = [
      ["PUT", "/media/key"],
      ["PUT", "/absent/key"],
      ["PUT", "/made"],
      ["DELETE", "/media/key"],
      ["DELETE", "/media"],
      ["POST", "/media?delete"],
      ["POST", "/media/key?uploads"],
      ["PUT", "/media?versioning"],
      ["GET", "/media/key"],
      ["GET", "/"],
    ] as const;
    for (const body of [small, large]) {
      for (const [method, at] of requests) {
        const sent = Buffer.concat([body.subarray(1), Buffer.from("b")]);
        const answer = await sendRaw(fixture.port, head(method, at, body) + sent.toString("latin1"));
        const isUnread = at === "/absent/key" && body === large;
        const expected = isUnread ? "NoSuchBucket" : "XAmzContentSHA256Mismatch|MaxMessageLengthExceeded";
        expect(answer, `${method} ${at}`).to.match(new RegExp(`<Code>(${expected})</Code>`));
      }
    }
    expect(fixture.store.buckets().map(({ name }) => name)).to.deep.equal(["media"]);
    expect(fixture.store.list("media").objects).to.deep.equal([]);
    await answers();
  });

  it("outlives clients that leave anywhere in a request", async () => {
    const before = fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0;
    for (const body of [small, large]) {
      for (const [method, at] of [
        ["PUT", "/media/key"],
        ["PUT", "/absent/key"],
        ["POST", "/media?delete"],
        ["GET", "/media"],
      ] as const) {
        const bytes = Buffer.concat([Buffer.from(head(method, at, body)), body]);
        const start = bytes.length - body.length;
        const cuts = [1, 30, start - 1, start, start + 1, start + Math.floor(body.length / 2), bytes.length - 1];
        for (const cut of cuts) {
          await leaveAfter(bytes, cut, "end");
          await leaveAfter(bytes, cut, "reset");
        }
      }
    }
    await answers();
    await fixture.idle();
    if (before > 0) expect(fs.readdirSync("/proc/self/fd").length).to.be.at.most(before + 1);
    expect(fixture.store.list("media").objects).to.deep.equal([]);
  });

  it("outlives clients that leave while they are answered", async () => {
    await fixture.store.put("media", "large", Buffer.alloc(8 * 1024 * 1024));
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await new Promise<void>((resolve) => {
        const socket = net.connect(fixture.port, "127.0.0.1", () => {
          socket.write(head("GET", "/media/large", Buffer.alloc(0)));
          socket.once("data", () => socket.resetAndDestroy());
        });
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
      });
    }
    await answers();
  });

  describe("by falling silent", () => {
    beforeEach(async () => {
      await fixture.close();
      await start({ silence: 60 });
    });

    it("cuts off a client that stops reading its answer, after a while", async () => {
      await fixture.store.put("media", "large", Buffer.alloc(32 * 1024 * 1024));
      const socket = net.connect({ port: fixture.port, host: "127.0.0.1" });
      socket.on("error", () => undefined);
      socket.pause();
      socket.write(head("GET", "/media/large", Buffer.alloc(0)));
      await fixture.idle();
      socket.destroy();
      await answers();
    });

    it("cuts off a body that stops coming, in the protocol of its service", async () => {
      for (const body of [small, large]) {
        const request = head("PUT", "/media/stalled", body) + body.subarray(0, 10).toString();
        const answer = await sendRaw(fixture.port, request);
        expect(answer).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/);
        expect(answer).to.contain("<Code>RequestTimeout</Code>");
        expect(answer).to.match(/connection: close/i);
      }
    });

    it("cuts off a connection that never sends the end of its headers", async () => {
      const answer = await sendRaw(fixture.port, "GET / HTTP/1.1\r\nhost: x\r\n");
      expect(answer).to.match(/^$|^HTTP\/1\.1 408/);
    });

    it("refuses what is chunked wrongly, and what has no end", async () => {
      const chunked = `${signedHead(fixture.identity.developer(), {
        method: "PUT",
        path: "/media/chunked",
        host,
        payloadHash: hash("sha256", small),
        headers: { "transfer-encoding": "chunked", connection: "close" },
      })}`;
      expect(await sendRaw(fixture.port, `${chunked}zz\r\n`)).to.match(/^HTTP\/1\.1 400/);
      expect(await sendRaw(fixture.port, `${chunked}5\r\nhello\r\n`)).to.match(/RequestTimeout|MissingContentLength/);
      await answers();
    });
  });
});

describe("Every service behind the endpoint, with clients that leave", () => {
  const services = new ServicesFixture();
  after(() => services.close());

  const body = Buffer.from(JSON.stringify({ QueueUrl: "jobs", MessageBody: "a", logGroupName: "g", Entries: [{}] }));
  const json = (service: string, target: string): readonly [string, Partial<RequestToSign>] => [
    "/",
    { service, headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" } },
  ];
  const requests: readonly (readonly [string, Partial<RequestToSign>])[] = [
    json("sqs", "AmazonSQS.SendMessage"),
    json("sqs", "AmazonSQS.ReceiveMessage"),
    json("logs", "Logs_20140328.PutLogEvents"),
    json("events", "AWSEvents.PutEvents"),
    json("ecs", "AmazonEC2ContainerServiceV20141113.RunTask"),
    ["/2015-03-31/functions/f/invocations", { service: "lambda" }],
    ["/schedules/s", { service: "scheduler" }],
    ["/?Action=GetCallerIdentity", { service: "sts" }],
    ["/", { service: "dynamodb" }],
  ];

  it("goes on, and reports no fault", async () => {
    const { endpoint, identity, queues } = services.services;
    queues.define({ name: "jobs", displayName: "jobs", attributes: { ReceiveMessageWaitTimeSeconds: "20" } });
    const port = await endpoint.listen();
    const host = `127.0.0.1:${port}`;
    for (const [at, more] of requests) {
      const payloadHash = hash("sha256", body);
      const headers = { ...more.headers, "content-length": String(body.length) };
      const head = signedHead(identity.developer(), { method: "POST", path: at, host, ...more, payloadHash, headers });
      const bytes = Buffer.concat([Buffer.from(head), body]);
      for (let cut = 1; cut <= bytes.length; cut += 37) await leave(port, bytes, cut, cut % 2 === 0 ? "end" : "reset");
      for (const cut of [head.length, head.length + 1, bytes.length - 1, bytes.length]) {
        await leave(port, bytes, cut, "reset");
      }
      const tampered = head + body.toString().replace("a", "b");
      expect(await sendRaw(port, tampered.replace("content-length", "connection: close\r\ncontent-length"))).to.match(
        /SignatureDoesNotMatch|InvalidSignatureException/,
        at,
      );
    }
    while ((await endpoint.connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
    const faults = services.events.filter((event) => event.type === "notice" && event.level === "error");
    expect(faults).to.deep.equal([]);
  });
});
