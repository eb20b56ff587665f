import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { IntegrationDefinition } from "../../../../engine/services/http-apis/api-definition";
import { HttpApiFixture } from "./http-api-fixture";

describe("A proxied request", () => {
  let fixture: HttpApiFixture;
  let target: http.Server;
  let address: string;
  let serve: http.RequestListener;

  beforeEach(async () => {
    fixture = await HttpApiFixture.open();
    serve = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, url, headers } = request;
        response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
      });
    };
    target = http.createServer((request, response) => serve(request, response));
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await fixture.close();
    target.close();
    target.closeAllConnections();
  });

  const proxy = (key: string, uri: string, changes: Partial<IntegrationDefinition> = {}): void => {
    fixture.route(key, { type: "HTTP_PROXY", method: "ANY", payloadFormat: "1.0", uri: address + uri, ...changes });
  };
  const received = async (
    method: string,
    path: string,
    options?: Parameters<HttpApiFixture["send"]>[2],
  ): Promise<{ method: string; url: string; headers: Record<string, string>; body: string }> =>
    JSON.parse((await fixture.send(method, path, options)).body) as never;

  it("reaches the address with method, path, query, headers and body", async () => {
    proxy("ANY /files/{proxy+}", "/base/{proxy}");
    const { method, url, headers, body } = await received("POST", "/files/a%20b/c%3F?x=1&x=2%20", {
      headers: { "x-kind": ["1", "2"], "content-type": "text/plain", connection: "x-hop", "x-hop": "1" },
      body: "hello",
    });
    expect([method, url, body]).to.deep.equal(["POST", "/base/a%20b/c%3F?x=1&x=2%20", "hello"]);
    expect(headers).to.include({
      host: address.slice(7),
      "x-kind": "1, 2",
      "content-type": "text/plain",
      "content-length": "5",
    });
    expect(headers["forwarded"]).to.equal(`by=127.0.0.1;for=127.0.0.1;host=127.0.0.1:${fixture.port};proto=http`);
    expect(headers).not.to.have.property("x-hop");
  });

  it("has the whole path behind the address of a $default route, and a fixed one elsewhere", async () => {
    proxy("$default", "/base/");
    proxy("GET /fixed", "/page?lang=en", { method: "PUT" });
    expect((await received("GET", "/a%2Fb/c?x=1")).url).to.equal("/base/a%2Fb/c?x=1");
    expect(await received("GET", "/fixed?x=1")).to.include({ url: "/page?lang=en&x=1", method: "PUT" });
  });

  it("changes parameters as its integration says", async () => {
    fixture.stage({ variables: { tenant: "blue" } });
    proxy("GET /users/{id}", "/", {
      requestParameters: {
        "overwrite:path": "/people/${request.path.id}",
        "append:header.x-tenant": "$stageVariables.tenant",
        "overwrite:header.x-id": "user-${request.path.id}-${request.querystring.q}",
        "overwrite:header.x-kept": "$request.header.nothing",
        "remove:header.x-secret": "''",
        "append:querystring.stage": "$context.stage",
        "remove:querystring.q": "''",
      },
    });
    const { url, headers } = await received("GET", "/users/7?q=1&r=2", {
      headers: { "x-secret": "s", "x-kept": "k", "x-tenant": "red" },
    });
    expect(url).to.equal("/people/7?r=2&stage=%24default");
    expect(headers).to.include({ "x-tenant": "red, blue", "x-id": "user-7-1", "x-kept": "k" });
    expect(headers).not.to.have.property("x-secret");
    proxy("GET /teams/{id}", "/", { requestParameters: { "overwrite:path": "$request.path.id" } });
    expect((await received("GET", "/teams/a")).url).to.equal("/a");
  });

  it("changes answers as its integration says", async () => {
    serve = (_request, response) => response.writeHead(500, { "x-old": "1", "x-name": "n" }).end("oops");
    const mapping = {
      "overwrite:statuscode": "403",
      "append:header.x-new": "$response.header.x-name",
      "remove:header.x-old": "''",
    };
    proxy("GET /", "/", { responseParameters: new Map([["500", mapping]]) });
    const { status, headers, body } = await fixture.send("GET", "/");
    expect([status, body, headers["x-new"], headers["x-old"]]).to.deep.equal([403, "oops", "n", undefined]);
  });

  it("hands redirects, cookies and compressed bodies through", async () => {
    const bytes = Buffer.from([31, 139, 8, 0, 255]);
    serve = (_request, response) => {
      response
        .writeHead(302, { location: "/else", "set-cookie": ["a=1", "b=2"], "content-encoding": "gzip" })
        .end(bytes);
    };
    proxy("GET /", "/");
    const { status, headers } = await fixture.send("GET", "/");
    expect(status).to.equal(302);
    expect(headers).to.deep.include({ location: "/else", "set-cookie": ["a=1", "b=2"], "content-encoding": "gzip" });
    expect(headers["apigw-requestid"]).to.be.a("string");
  });

  it("streams: what comes first arrives before the rest is there", async () => {
    let finish: () => void = () => undefined;
    serve = (_request, response) => {
      response.write("first");
      finish = () => response.end("last");
    };
    proxy("GET /", "/");
    const body = await new Promise<string>((resolve, reject) => {
      const request = http.get({ host: "127.0.0.1", port: fixture.port, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (text === "") finish();
          text += chunk;
        });
        response.on("end", () => resolve(text));
      });
      request.on("error", reject);
    });
    expect(body).to.equal("firstlast");
  });

  it("is a 500 where nobody answers, and a 503 where it takes too long", async () => {
    fixture.route("GET /gone", { type: "HTTP_PROXY", method: "ANY", uri: "http://127.0.0.1:1/x" });
    expect(await fixture.send("GET", "/gone")).to.include({ status: 500, body: `{"message":"Internal Server Error"}` });
    expect(fixture.notices()[0]).to.contain("http://127.0.0.1:1 cannot be reached");
    const asked = new Promise<void>((resolve) => (serve = () => resolve()));
    proxy("GET /slow", "/", { timeout: 100 });
    const answer = fixture.send("GET", "/slow");
    await asked;
    await fixture.clock.tick(100);
    expect((await answer).status).to.equal(503);
  });

  it("is a 500 also where nobody answers a body that is still being sent", async () => {
    fixture.route("POST /gone", { type: "HTTP_PROXY", method: "ANY", uri: "http://127.0.0.1:1/x" });
    const body = "x".repeat(3 * 1024 * 1024);
    expect((await fixture.send("POST", "/gone", { body })).status).to.equal(500);
  });

  it("ends at the other server, too, when the client goes away", async () => {
    const asked = new Promise<http.ServerResponse>((resolve) => (serve = (_request, response) => resolve(response)));
    proxy("GET /", "/");
    const request = http.get({ host: "127.0.0.1", port: fixture.port, agent: false }).on("error", () => undefined);
    const response = await asked;
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    request.destroy();
    await closed;
    await fixture.activity.whenIdle();
    expect(fixture.faults).to.deep.equal([]);
  });

  it("breaks off where the other server does, so that half an answer is not taken for a whole one", async () => {
    serve = (_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("half", () => response.destroy());
    };
    proxy("GET /", "/");
    const error = await fixture.send("GET", "/").catch((reason: unknown) => reason);
    expect(error).to.be.an("error");
    await fixture.activity.whenIdle();
    expect(fixture.faults).to.deep.equal([]);
  });

  it("is refused when it goes in circles", async () => {
    fixture.route("GET /", { type: "HTTP_PROXY", method: "ANY", uri: `http://127.0.0.1:${fixture.port}/` });
    expect((await fixture.send("GET", "/")).status).to.equal(500);
    expect(fixture.notices().join()).to.contain("goes in circles");
    expect(fixture.seen.filter(({ type }) => type === "request")).to.have.length(11);
  });

  it("is refused with values that are not supported, and addresses that are none", async () => {
    proxy("GET /body", "/", { requestParameters: { "overwrite:header.x": "$request.body.name" } });
    fixture.route("GET /link", { type: "HTTP_PROXY", uri: "arn:aws:elasticloadbalancing:listener" });
    expect((await fixture.send("GET", "/body")).status).to.equal(500);
    expect((await fixture.send("GET", "/link")).status).to.equal(500);
    expect(fixture.notices()[0]).to.contain("$request.body.name is not supported on this machine");
    expect(fixture.notices()[1]).to.contain(`cannot proxy to "arn:aws:elasticloadbalancing:listener"`);
  });
});
