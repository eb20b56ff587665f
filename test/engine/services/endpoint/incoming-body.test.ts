import { hash } from "node:crypto";
import http from "node:http";
import net, { type AddressInfo } from "node:net";

import { expect } from "chai";

import { IncomingBody } from "../../../../engine/services/endpoint/incoming-body";
import { AwsError } from "../../../../engine/services/protocol/message";

const tooLarge = (): AwsError => new AwsError("TooLarge", "too large");
const mismatch = (): AwsError => new AwsError("Mismatch", "another hash");
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) =>
      error instanceof AwsError ? error.code : error instanceof Error ? error.message : String(error),
  );

describe("The body of a request on its way in", () => {
  const server = http.createServer();
  let port = 0;
  let sockets: net.Socket[] = [];
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends the head of a request and some of its body; resolves to the body as the server has it. */
  const send = (text: string, length = text.length): Promise<{ body: IncomingBody; socket: net.Socket }> =>
    new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      sockets.push(socket);
      socket.on("error", () => undefined);
      server.once("request", (message, response) => {
        response.on("error", () => undefined);
        resolve({ body: new IncomingBody(message, response, false), socket });
      });
      socket.write(`PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${text}`);
    });

  it("is read whole, with its hash, up to a limit", async () => {
    const { body } = await send("12345");
    expect(body.declaredLength).to.equal(5);
    const read = await body.whole(5, tooLarge);
    expect(Buffer.concat(read.chunks).toString()).to.equal("12345");
    expect(read.sha256).to.equal(hash("sha256", "12345"));
    expect(await codeOf((await send("123456")).body.whole(5, tooLarge))).to.equal("TooLarge");
  });

  it("streams, and fails at its end where it is not what was signed", async () => {
    const right = (await send("12345")).body.stream(hash("sha256", "12345"), mismatch);
    expect(String(await right.toArray().then((chunks) => Buffer.concat(chunks as Buffer[])))).to.equal("12345");
    const wrong = (await send("12345")).body.stream(hash("sha256", "other"), mismatch);
    expect(await codeOf(wrong.toArray())).to.equal("Mismatch");
    const unsigned = (await send("12345")).body.stream();
    expect(await codeOf(unsigned.toArray())).to.equal("none");
  });

  it("fails where its client leaves, whether it is read whole or streams, and also where nobody reads it", async () => {
    const whole = await send("123", 10);
    const read = codeOf(whole.body.whole(100, tooLarge));
    whole.socket.destroy();
    expect(await read).not.to.equal("none");
    const streamed = await send("123", 10);
    const stream = streamed.body.stream(hash("sha256", "1234567890"), mismatch);
    const failed = codeOf(stream.toArray());
    streamed.socket.resetAndDestroy();
    expect(await failed).not.to.equal("none");
    const unread = await send("123", 10);
    const ignored = unread.body.stream();
    const closed = new Promise((resolve) => ignored.once("close", resolve));
    unread.socket.destroy();
    await closed;
  });

  it("fails where its client stops sending", async () => {
    const { body } = await send("123", 10);
    const read = codeOf(body.whole(100, tooLarge));
    expect(body.isStalled).to.equal(false);
    body.stall();
    expect(await read).to.equal("RequestTimeout");
    expect(body.isStalled).to.equal(true);
  });

  it("is drained to its end, or until its client leaves", async () => {
    const whole = await send("12345");
    await whole.body.drain();
    const left = await send("123", 10);
    const drained = left.body.drain();
    left.socket.destroy();
    await drained;
  });
});
