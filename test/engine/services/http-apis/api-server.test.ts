import * as net from "node:net";
import { expect } from "chai";
import { sendRaw } from "../endpoint/raw-http";
import { HttpApiFixture } from "./http-api-fixture";

const ok = "HTTP/1.1 200 OK";

describe("An API's server", () => {
  let fixture: HttpApiFixture;

  beforeEach(async () => {
    fixture = await HttpApiFixture.open({}, { headersTimeout: 60, requestTimeout: 120 });
    fixture.handler = () => "hello";
    fixture.route("ANY /hello");
  });
  afterEach(async () => {
    // Whatever happened, it goes on.
    expect((await fixture.send("GET", "/hello")).body).to.equal("hello");
    expect(fixture.faults).to.deep.equal([]);
    await fixture.close();
  });

  const raw = (text: string, halfClose = false): Promise<string> =>
    sendRaw(fixture.port, text.replaceAll("\n", "\r\n"), { halfClose });
  const close = "Host: localhost\nConnection: close\n\n";

  it("answers what is not HTTP", async () => {
    expect(await raw("nonsense\n\n"))
      .to.match(/^HTTP\/1.1 400 Bad Request\r\n/)
      .and.to.match(/\{"message":"Bad Request"\}$/);
    expect(await raw("FETCH /hello HTTP/1.1\n\n")).to.match(/^HTTP\/1.1 400 /);
    expect(await raw("GET /hello HTTP/1.1\nHost: localhost\nBad Header\n\n")).to.match(/^HTTP\/1.1 400 /);
    expect(
      await raw("POST /hello HTTP/1.1\nHost: localhost\nContent-Length: 1\nTransfer-Encoding: chunked\n\n"),
    ).to.match(/ 400 /);
    expect(await raw("CONNECT evil.example:443 HTTP/1.1\nHost: localhost\n\n")).to.match(/^HTTP\/1.1 400 /);
  });

  it("refuses headers of more than 10,240 bytes", async () => {
    const request = (length: number): string => `GET /hello HTTP/1.1\nX-Large: ${"x".repeat(length)}\n${close}`;
    expect(await raw(request(9_000))).to.contain(ok);
    expect(await raw(request(10_300)))
      .to.match(/^HTTP\/1.1 431 /)
      .and.to.contain("Request Header Fields Too Large");
  });

  it("refuses a body that is announced too large, before it comes", async () => {
    expect(await raw(`POST /hello HTTP/1.1\nContent-Length: 10485761\n${close}`)).to.match(/^HTTP\/1.1 413 /);
  });

  it("ends a request that does not get on", async () => {
    expect(await raw("GET /hello HTTP/1.1\nHost: loc")).to.match(/^HTTP\/1.1 408 /);
    expect(await raw("POST /hello HTTP/1.1\nHost: localhost\nContent-Length: 10\n\nabc")).to.match(/^HTTP\/1.1 408 /);
  });

  it("forgets a client that stops in the middle of its body", async () => {
    await raw("POST /hello HTTP/1.1\nHost: localhost\nContent-Length: 10\n\nabc", true);
    await fixture.activity.whenIdle();
  });

  it("does not mind a client that goes away before the answer", async () => {
    const called = new Promise<(value: string) => void>((resolve) => {
      fixture.handler = () => new Promise((answer) => resolve(answer));
    });
    const socket = net.connect(fixture.port, "127.0.0.1", () =>
      socket.write(`GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    const answer = await called;
    socket.destroy();
    answer("late");
    await fixture.activity.whenIdle();
    fixture.handler = () => "hello";
  });

  it("answers pipelined requests in their order", async () => {
    let count = 0;
    fixture.handler = async () => {
      const turn = ++count;
      if (turn === 1) await new Promise((resolve) => setImmediate(resolve));
      return `answer ${turn};`;
    };
    const request = "GET /hello HTTP/1.1\nHost: localhost\n\n";
    const text = await raw(`${request}${request}GET /hello HTTP/1.1\n${close}`);
    expect(text.match(/answer \d;/g)).to.deep.equal(["answer 1;", "answer 2;", "answer 3;"]);
    fixture.handler = () => "hello";
  });

  it("answers a request to upgrade as any other", async () => {
    const upgrade = "Upgrade: websocket\nConnection: Upgrade, close\nHost: localhost\n\n";
    expect(await raw(`GET /hello HTTP/1.1\n${upgrade}`))
      .to.contain(ok)
      .and.to.match(/hello$/);
  });

  it("takes a whole address where others have the path", async () => {
    expect(await raw(`GET http://localhost:1/hello?x HTTP/1.1\n${close}`)).to.contain(ok);
  });

  it("answers to this machine's names only, whatever a page in a browser calls it", async () => {
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1"]) {
      const { status, body } = await fixture.send("GET", "/hello", { headers: { host } });
      expect([status, body], host).to.deep.equal([403, `{"message":"Forbidden"}`]);
    }
    for (const host of ["localhost", `127.0.0.1:${fixture.port}`, "[::1]:80", "host.docker.internal:4000"]) {
      expect((await fixture.send("GET", "/hello", { headers: { host } })).status, host).to.equal(200);
    }
  });

  it("refuses a path that is not UTF-8", async () => {
    expect((await fixture.send("GET", "/%ff")).status).to.equal(400);
    expect((await fixture.send("GET", "/hello?%ff=%")).status).to.equal(200);
  });
});
