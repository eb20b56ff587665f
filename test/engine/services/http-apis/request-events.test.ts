import { expect } from "chai";
import { HttpApiFixture } from "./http-api-fixture";

describe("The event of a request", () => {
  let fixture: HttpApiFixture;

  beforeEach(async () => {
    fixture = await HttpApiFixture.open();
  });
  afterEach(() => fixture.close());

  it("has all fields of format 2.0", async () => {
    fixture.stage({ variables: { tenant: "blue" } });
    fixture.route("POST /users/{id}");
    const { clock, port } = fixture;
    const { headers, requestContext, ...rest } = await fixture.event("POST", "/users/a%20b?x=1&y=&x=2%2F3&z=%C3%BC+a", {
      headers: { "Content-Type": "application/json", Cookie: "a=1; b=2", "X-Twice": ["1", "2"], "User-Agent": "tests" },
      body: `{"name":"ü"}`,
    });
    expect(rest).to.deep.equal({
      version: "2.0",
      routeKey: "POST /users/{id}",
      rawPath: "/users/a b",
      rawQueryString: "x=1&y=&x=2%2F3&z=%C3%BC+a",
      cookies: ["a=1", "b=2"],
      queryStringParameters: { x: "1,2/3", y: "", z: "ü a" },
      pathParameters: { id: "a b" },
      stageVariables: { tenant: "blue" },
      body: `{"name":"ü"}`,
      isBase64Encoded: false,
    });
    const { "x-amzn-trace-id": trace, ...others } = headers as Record<string, string>;
    expect(trace).to.match(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(others).to.deep.equal({
      "content-type": "application/json",
      "x-twice": "1,2",
      "user-agent": "tests",
      host: `127.0.0.1:${port}`,
      "content-length": "13",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": String(port),
      "x-forwarded-proto": "http",
    });
    const { requestId, time, ...context } = requestContext as Record<string, string>;
    expect(requestId).to.match(/^[\w+/]{15}=$/);
    expect(time).to.match(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(context).to.deep.equal({
      accountId: "000000000000",
      apiId: "a1b2c3d4e5",
      domainName: `127.0.0.1:${port}`,
      domainPrefix: "127",
      http: { method: "POST", path: "/users/a b", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "tests" },
      routeKey: "POST /users/{id}",
      stage: "$default",
      timeEpoch: clock.now(),
    });
  });

  it("leaves out in format 2.0 what a request does not have", async () => {
    fixture.route("$default");
    const event = await fixture.event("GET", "/");
    expect(event).to.include.keys("version", "headers", "isBase64Encoded");
    expect(event).not.to.have.any.keys("cookies", "queryStringParameters", "pathParameters", "stageVariables", "body");
    expect(event["rawQueryString"]).to.equal("");
  });

  it("has all fields of format 1.0, null where there is nothing", async () => {
    // Format 1.0 needs a status.
    fixture.handler = (event) => ({ statusCode: 200, body: JSON.stringify(event) });
    fixture.route("GET /users/{id}", { payloadFormat: "1.0" });
    const event = await fixture.event("GET", "/users/7?x=1&x=2", { headers: { "X-Twice": ["1", "2"], Cookie: "a=1" } });
    expect(event).to.deep.include({
      version: "1.0",
      resource: "/users/{id}",
      path: "/users/7",
      httpMethod: "GET",
      queryStringParameters: { x: "2" },
      multiValueQueryStringParameters: { x: ["1", "2"] },
      pathParameters: { id: "7" },
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
    expect(event["headers"]).to.include({ "x-twice": "2", cookie: "a=1" });
    expect(event["multiValueHeaders"]).to.deep.include({ "x-twice": ["1", "2"] });
    expect(event["requestContext"]).to.deep.include({
      resourcePath: "/users/{id}",
      path: "/users/7",
      stage: "$default",
    });
    expect(event["requestContext"]).to.have.nested.property("identity.sourceIp", "127.0.0.1");
    fixture.route("GET /none", { payloadFormat: "1.0" });
    expect(await fixture.event("GET", "/none")).to.include({ queryStringParameters: null, pathParameters: null });
  });

  it("carries text as it is and everything else in base 64, a form among it", async () => {
    fixture.route("POST /");
    const send = async (type: string | undefined): Promise<unknown[]> => {
      const headers = type === undefined ? {} : { "content-type": type };
      const { body, isBase64Encoded } = await fixture.event("POST", "/", { headers, body: "a=1" });
      return [body, isBase64Encoded];
    };
    for (const type of ["text/plain", "text/css; charset=utf-8", "application/json;charset=UTF-8", "application/xml"]) {
      expect(await send(type), type).to.deep.equal(["a=1", false]);
    }
    const encoded = [Buffer.from("a=1").toString("base64"), true];
    for (const type of ["application/x-www-form-urlencoded", "image/png", "application/jsonx", undefined]) {
      expect(await send(type), type).to.deep.equal(encoded);
    }
  });

  it("adds to what a proxy before it has noted, and drops what concerns the connection only", async () => {
    fixture.route("GET /");
    const { headers } = await fixture.event("GET", "/", {
      headers: {
        "x-forwarded-for": "10.0.0.1",
        "x-amzn-trace-id": "Root=1-a-b",
        Connection: "x-hop",
        "x-hop": "1",
        te: "trailers",
        "x-tandem-hops": "1",
      },
    });
    expect(headers).to.include({ "x-forwarded-for": "10.0.0.1, 127.0.0.1", "x-amzn-trace-id": "Root=1-a-b" });
    expect(headers).not.to.have.any.keys("connection", "x-hop", "te", "x-tandem-hops");
  });

  it("has the stage in its path, where the stage has a name", async () => {
    fixture.stage({ name: "dev", variables: { a: "1" } });
    fixture.route("GET /hello");
    const event = await fixture.event("GET", "/dev/hello");
    expect(event).to.deep.include({ rawPath: "/dev/hello", routeKey: "GET /hello", stageVariables: { a: "1" } });
    expect(event["requestContext"]).to.include({ stage: "dev" });
  });
});
