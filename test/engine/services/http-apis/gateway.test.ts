import { expect } from "chai";
import { AwsError } from "../../../../engine/services/protocol/message";
import { HttpApiFixture } from "./http-api-fixture";

const refused = (message: string): string => JSON.stringify({ message });

describe("An HTTP API", () => {
  let fixture: HttpApiFixture;

  beforeEach(async () => {
    fixture = await HttpApiFixture.open();
    fixture.handler = () => "hello";
  });
  afterEach(() => fixture.close());

  it("answers with what its function returns", async () => {
    fixture.route("GET /hello");
    const { status, headers, body } = await fixture.send("GET", "/hello");
    expect([status, body]).to.deep.equal([200, "hello"]);
    expect(headers).to.include({ "content-type": "application/json", "content-length": "5" });
    expect(headers["apigw-requestid"]).to.match(/^[\w+/]{15}=$/);
    // The integration's time limit is not left behind.
    expect(fixture.clock.pending).to.equal(0);
  });

  it("says 404 for what no route takes, whatever the method", async () => {
    fixture.route("GET /hello");
    for (const request of ["GET /other", "POST /hello", "GET /hello/", "PROPFIND /hello"]) {
      const [method = "", path = ""] = request.split(" ");
      const { status, body } = await fixture.send(method, path);
      expect([status, body], request).to.deep.equal([404, refused("Not Found")]);
    }
  });

  it("has no body in an answer to HEAD, nor in a 204", async () => {
    fixture.route("ANY /hello");
    const { status, headers, body } = await fixture.send("HEAD", "/hello");
    expect([status, headers["content-length"], body]).to.deep.equal([200, "5", ""]);
    fixture.handler = () => ({ statusCode: 204, body: "nobody reads this" });
    expect(await fixture.send("GET", "/hello")).to.include({ status: 204, body: "" });
  });

  it("sends each cookie in a header of its own", async () => {
    fixture.route("GET /");
    fixture.handler = () => ({ statusCode: 200, cookies: ["a=1", "b=2"] });
    expect((await fixture.send("GET", "/")).headers["set-cookie"]).to.deep.equal(["a=1", "b=2"]);
  });

  it("takes the stage that the path starts with, else $default", async () => {
    fixture.handler = ({ requestContext }) => (requestContext as { stage: string }).stage;
    fixture.route("GET /hello");
    fixture.route("GET /");
    fixture.stage({ name: "dev" });
    expect((await fixture.send("GET", "/dev/hello")).body).to.equal("dev");
    expect((await fixture.send("GET", "/dev")).body).to.equal("dev");
    expect((await fixture.send("GET", "/hello")).body).to.equal("$default");
    fixture.api.removeStage("$default");
    expect((await fixture.send("GET", "/hello")).status).to.equal(404);
    fixture.stage({ name: "dev", isDeployed: false });
    expect((await fixture.send("GET", "/dev/hello")).status).to.equal(404);
  });

  it("hides a function's error, of which its own line tells the developer", async () => {
    fixture.route("GET /");
    fixture.handler = () => {
      throw new TypeError("secret detail");
    };
    const { status, body } = await fixture.send("GET", "/");
    expect([status, body]).to.deep.equal([500, refused("Internal Server Error")]);
    expect(fixture.notices()).to.deep.equal([]);
  });

  it("hides a malformed answer, and tells the developer what is wrong with it", async () => {
    fixture.route("GET /");
    fixture.handler = () => ({ statusCode: 200, body: { a: 1 } });
    expect(await fixture.send("GET", "/")).to.include({ status: 500, body: refused("Internal Server Error") });
    expect(fixture.notices()[0]).to.contain(`its body is not text: {"a":1}; use JSON.stringify`);
  });

  it("says 503 once the integration's time is over", async () => {
    fixture.route("GET /", { timeout: 29_000 });
    const called = new Promise<void>((resolve) => {
      fixture.handler = () => (resolve(), new Promise(() => undefined));
    });
    const answer = fixture.send("GET", "/");
    await called;
    await fixture.clock.tick(28_999);
    expect(fixture.seen).to.deep.equal([]);
    await fixture.clock.tick(1);
    expect(await answer).to.include({ status: 503, body: refused("Service Unavailable") });
  });

  it("says 503 for a function that is throttled, 500 for one that is not there, 413 for too large an event", async () => {
    fixture.route("GET /");
    for (const [error, status] of [
      [new AwsError("TooManyRequestsException", "Rate Exceeded.", 429), 503],
      [new AwsError("ResourceNotFoundException", "Function not found: hello", 404), 500],
      [new AwsError("RequestEntityTooLargeException", "too large", 413), 413],
    ] as const) {
      fixture.handler = () => {
        error.name = "AwsError";
        throw error;
      };
      expect((await fixture.send("GET", "/")).status).to.equal(status);
    }
    const reasons = ["Rate Exceeded.", "Function not found: hello", "too large"];
    expect(fixture.notices()).to.deep.equal(reasons.map((reason) => `web: GET /: ${reason}`));
  });

  it("takes the function out of an invoke ARN, with the stage's variables in their places", async () => {
    const arns: string[] = [];
    fixture.handler = (_event, arn) => arns.push(arn);
    fixture.stage({ variables: { name: "blue" } });
    const prefix = "arn:aws:lambda:us-east-1:000000000000:function";
    fixture.route("GET /", {
      uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${prefix}:\${stageVariables.name}/invocations`,
    });
    await fixture.send("GET", "/");
    expect(arns).to.deep.equal([`${prefix}:blue`]);
  });

  it("refuses a body of more than 10 MB, announced or not", async () => {
    fixture.route("POST /");
    const limit = 10 * 1024 * 1024;
    const announced = await fixture.send("POST", "/", { body: Buffer.alloc(limit + 1) });
    expect(announced).to.include({ status: 413, body: refused("Request Entity Too Large") });
    const chunked = { "transfer-encoding": "chunked" };
    expect((await fixture.send("POST", "/", { headers: chunked, body: Buffer.alloc(limit + 1) })).status).to.equal(413);
    expect((await fixture.send("POST", "/", { headers: chunked, body: Buffer.alloc(limit) })).status).to.equal(200);
    const line = "web: POST /: the body is larger than the 10 MB that API Gateway takes";
    expect(fixture.notices()).to.deep.equal([line, line]);
  });

  it("refuses integrations with other services, and routes without one, and says so", async () => {
    fixture.route("POST /queue", { subtype: "SQS-SendMessage" });
    fixture.route("GET /nowhere", {}, { integrationId: undefined });
    expect((await fixture.send("POST", "/queue")).status).to.equal(500);
    expect((await fixture.send("GET", "/nowhere")).status).to.equal(500);
    expect(fixture.notices()).to.deep.equal([
      "web: POST /queue: route POST /queue: an integration with SQS-SendMessage does not run on this machine",
      "web: GET /nowhere: route GET /nowhere has no integration",
    ]);
  });

  it("is one event for people a request, and activity while it runs", async () => {
    fixture.route("GET /users/{id}");
    fixture.handler = () => {
      expect(fixture.activity.idle).to.equal(false);
      return { statusCode: 418, body: "" };
    };
    await fixture.send("GET", "/users/%1b?secret=1");
    await fixture.activity.whenIdle();
    expect(fixture.seen).to.have.length(1);
    expect(fixture.seen[0]).to.include({
      type: "request",
      name: "web",
      method: "GET",
      path: "/users/%1b",
      status: 418,
      route: "GET /users/{id}",
    });
    expect(fixture.faults).to.deep.equal([]);
  });
});

describe("A throttled stage", () => {
  it("lets through its burst, then its rate, for each route by itself", async () => {
    const fixture = await HttpApiFixture.open();
    try {
      fixture.handler = () => "ok";
      const routeThrottles = new Map([["GET /b", { rate: 1, burst: 1 }]]);
      fixture.stage({ throttle: { rate: 2, burst: 3 }, routeThrottles });
      for (const key of ["GET /a", "GET /b", "GET /c"]) fixture.route(key);
      const statuses = async (path: string, count: number): Promise<number[]> => {
        const all: number[] = [];
        for (let index = 0; index < count; index += 1) all.push((await fixture.send("GET", path)).status);
        return all;
      };
      expect(await statuses("/a", 4)).to.deep.equal([200, 200, 200, 429]);
      expect((await fixture.send("GET", "/a")).body).to.equal(refused("Too Many Requests"));
      expect(await statuses("/b", 2)).to.deep.equal([200, 429]);
      expect(await statuses("/c", 1)).to.deep.equal([200]);
      await fixture.clock.tick(1000);
      expect(await statuses("/a", 3)).to.deep.equal([200, 200, 429]);
      await fixture.clock.tick(3_600_000);
      expect(await statuses("/a", 4)).to.deep.equal([200, 200, 200, 429]);
    } finally {
      await fixture.close();
    }
  });
});

describe("An access log", () => {
  it("gets a line for each request, in the stage's format", async () => {
    const fixture = await HttpApiFixture.open();
    try {
      const format = `$context.httpMethod $context.path $context.routeKey $context.status $context.integrationStatus $context.error.message $context.identity.sourceIp $context.nothing {"stage":"$context.stage","length":$context.responseLength}`;
      fixture.stage({ accessLog: { logGroup: "/api/web", format } });
      fixture.handler = () => "hello";
      fixture.route("GET /hello");
      await fixture.send("GET", "/hello?secret=1");
      await fixture.send("GET", "/other");
      await fixture.activity.whenIdle();
      const lines = (await fixture.logs.tail("/api/web", { limit: 10 })).map(({ message }) => message);
      expect(lines).to.deep.equal([
        `GET /hello GET /hello 200 200 - 127.0.0.1 - {"stage":"$default","length":5}`,
        `GET /other - 404 - Not Found 127.0.0.1 - {"stage":"$default","length":23}`,
      ]);
    } finally {
      await fixture.close();
    }
  });
});
