import { expect } from "chai";
import { Hono } from "hono";
import { compileFunction } from "node:vm";
import { HttpError } from "../../components";
import { handleRequests } from "../../components/api/api-event.runtime";
import { handleAuthorization } from "../../components/api/authorizer-event.runtime";
import type { ApiRequest } from "../../components/api/request.runtime";
import { compileSchemas, type JsonSchema } from "../../components/api/schema";
import { serveFile, type Site } from "../../components/api/static.runtime";

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly cookies?: string[];
  readonly params?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly authorizer?: object;
}

/** API Gateway's event, in payload format 2.0. */
const eventOf = ({ method = "GET", path = "/", query = "", ...asked }: Asked): object => ({
  version: "2.0",
  routeKey: `${method} ${path}`,
  rawPath: path,
  rawQueryString: query,
  headers: { host: "api.example.com", ...asked.headers },
  ...(asked.cookies === undefined ? {} : { cookies: asked.cookies }),
  ...(asked.params === undefined ? {} : { pathParameters: asked.params }),
  ...(asked.body === undefined ? {} : { body: asked.body, isBase64Encoded: asked.isBase64Encoded ?? false }),
  requestContext: {
    domainName: "api.example.com",
    http: { method, sourceIp: "192.0.2.7" },
    ...(asked.authorizer === undefined ? {} : { authorizer: asked.authorizer }),
  },
});

const call = (handler: (request: ApiRequest) => unknown, asked: Asked = {}, schemas = {}) => {
  const module = { exports: {} };
  const text = compileSchemas(schemas);
  // As the bundler would make of it.
  if (text !== undefined) compileFunction(text, ["exports", "require"])(module.exports, require);
  return handleRequests((request) => handler(request as ApiRequest), {}, module.exports)(eventOf(asked), {});
};

describe("a route's handler", () => {
  it("gets a web-standard request, and what the route knows besides", async () => {
    let seen: ApiRequest | undefined;
    await call((request) => void (seen = request), {
      method: "POST",
      path: "/scenes/a b/ä",
      query: "x=1&x=2&empty=",
      headers: { "content-type": "application/json", "x-many": "a, b" },
      cookies: ["one=1", "two=2"],
      params: { id: "a b" },
      body: '{"width":3}',
      authorizer: { jwt: { claims: { sub: "ada" } } },
    });
    expect(seen).to.be.instanceOf(Request);
    expect(seen?.url).to.equal("https://api.example.com/scenes/a%20b/%C3%A4?x=1&x=2&empty=");
    expect(seen?.query.getAll("x")).to.deep.equal(["1", "2"]);
    expect(seen?.query.get("empty")).to.equal("");
    expect(seen?.headers.get("cookie")).to.equal("one=1; two=2");
    expect(seen?.headers.get("x-many")).to.equal("a, b");
    expect(seen).to.deep.include({ params: { id: "a b" }, user: { sub: "ada" }, sourceIp: "192.0.2.7" });
    expect(await seen?.json()).to.deep.equal({ width: 3 });
  });

  it("gets bytes as they were sent", async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    let seen: Buffer | undefined;
    await call(async (request) => void (seen = Buffer.from(await request.arrayBuffer())), {
      method: "PUT",
      body: bytes.toString("base64"),
      isBase64Encoded: true,
    });
    expect(seen).to.deep.equal(bytes);
  });

  it("answers with what it returns: text, JSON, bytes, nothing, or a Response", async () => {
    expect(await call(() => "hello")).to.deep.equal({
      statusCode: 200,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "hello",
    });
    expect(await call(() => ({ a: [1] }))).to.include({ statusCode: 200, body: '{"a":[1]}' });
    expect(await call(() => null)).to.include({ statusCode: 200, body: "null" });
    expect(await call(() => undefined)).to.deep.equal({ statusCode: 204 });
    expect(await call(() => Buffer.from([255]))).to.include({ body: "/w==", isBase64Encoded: true });
    const headers = new Headers({ "content-type": "image/png" });
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2");
    expect(await call(() => new Response(new Uint8Array([1, 2]), { status: 201, headers }))).to.deep.equal({
      statusCode: 201,
      headers: { "content-type": "image/png" },
      cookies: ["a=1; Path=/", "b=2"],
      body: "AQI=",
      isBase64Encoded: true,
    });
    expect(await call(() => Response.json({ ä: 1 }))).to.include({ body: '{"ä":1}' });
    expect(await call(() => new Response(null, { status: 304 }))).to.not.have.property("body");
  });

  it("answers an HttpError as it says, and leaves every other error to the gateway's 500", async () => {
    const missing = await call(() => {
      throw new HttpError(404, "no such scene", { "x-scene": "7" });
    });
    expect(missing).to.deep.equal({
      statusCode: 404,
      headers: { "content-type": "application/json", "x-scene": "7" },
      body: '{"message":"no such scene"}',
    });
    const error: unknown = await call(() => {
      throw new Error("inside");
    }).catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.equal("inside");
    const noJson: unknown = await call(() => () => 1).catch((thrown: unknown) => thrown);
    expect((noJson as Error).message).to.include("returned a function");
    expect(() => new HttpError(200, "fine")).to.throw(RangeError, "400 to 599, not 200");
  });

  it("is only asked when body and query fit their schemas; else all problems are listed", async () => {
    const body: JsonSchema = {
      type: "object",
      properties: { width: { type: "integer", minimum: 1 }, mail: { type: "string", format: "email" } },
      required: ["width"],
      additionalProperties: false,
    };
    const query: JsonSchema = {
      type: "object",
      properties: { page: { type: "integer" }, tag: { type: "array", items: { type: "string" } } },
    };
    const handler = (): string => "fits";
    const post = (text: string | undefined, given = "") =>
      call(handler, { method: "POST", query: given, ...(text === undefined ? {} : { body: text }) }, { body, query });
    expect(await post('{"width":2,"mail":"a@b.de"}', "page=2&tag=a")).to.include({ statusCode: 200 });
    expect(await post('{"width":2}', "tag=a&tag=b")).to.include({ statusCode: 200 });
    const refused = await post('{"width":0,"mail":"x","extra":1}', "page=two");
    expect(refused.statusCode).to.equal(400);
    expect(JSON.parse(refused.body ?? "")).to.deep.equal({
      message: "the request is not valid",
      problems: [
        { in: "query", path: "/page", message: "must be integer" },
        { in: "body", path: "", message: "must NOT have additional properties: extra" },
        { in: "body", path: "/width", message: "must be >= 1" },
        { in: "body", path: "/mail", message: 'must match format "email"' },
      ],
    });
    expect((await post("{oops")).body).to.include("is no JSON");
    expect((await post(undefined)).body).to.include("is missing");
  });

  it("may be a whole Hono app", async () => {
    const app = new Hono();
    app.get("/hello/:name", (c) => c.json({ hello: c.req.param("name") }));
    app.post("/echo", async (c) => c.text(await c.req.text(), 201, { "x-mounted": "yes" }));
    const mounted = (request: ApiRequest) => app.fetch(request);
    expect(await call(mounted, { path: "/hello/ada" })).to.include({ statusCode: 200, body: '{"hello":"ada"}' });
    expect(await call(mounted, { method: "POST", path: "/echo", body: "hi" })).to.deep.include({
      statusCode: 201,
      body: "hi",
    });
    expect(await call(mounted, { path: "/none" })).to.include({ statusCode: 404 });
  });

  it("starts a Task with the request as plain data, and answers 202 with its id", async () => {
    let given: unknown;
    const starts = handleRequests(
      (event) => {
        given = event;
        return { id: "run-1" };
      },
      { starts: true },
    );
    const event = eventOf({ method: "POST", path: "/renders", query: "size=2", body: "{}" });
    expect(await starts(event, {})).to.include({ statusCode: 202, body: '{"id":"run-1"}' });
    expect(given).to.deep.include({ method: "POST", path: "/renders", query: { size: "2" }, body: "{}" });
  });

  it("as an authorizer says who may go on", async () => {
    const decide = (handler: (request: ApiRequest) => unknown) =>
      handleAuthorization(handler)(eventOf({ headers: { "x-key": "open" } }), {});
    expect(await decide((request) => request.headers.get("x-key") === "open")).to.deep.equal({ isAuthorized: true });
    expect(await decide(() => ({ name: "ada" }))).to.deep.equal({ isAuthorized: true, context: { name: "ada" } });
    expect(await decide(() => undefined)).to.deep.equal({ isAuthorized: false });
    const refusing = decide(() => {
      throw new HttpError(401, "who are you?");
    });
    expect(await refusing).to.deep.equal({ isAuthorized: false });
  });
});

describe("a static route's function", () => {
  const file = (type: string, size = 3) => ({ type, size, eTag: `tag-${type}` });
  const site: Site = {
    index: "index.html",
    notFound: "404.html",
    cache: 60,
    files: {
      "index.html": file("text/html; charset=utf-8"),
      "404.html": file("text/html; charset=utf-8"),
      "guide/index.html": file("text/html; charset=utf-8"),
      "a b.css": file("text/css"),
      "film.mp4": file("video/mp4", 50 * 1024 * 1024),
    },
  };
  const read: string[] = [];
  const get = async (asked: string | undefined, options: Asked = {}, from = site) => {
    const result = call(
      (request) =>
        serveFile(from, request, {
          read: async (key) => Buffer.from(`<${String(read.push(key) && key)}>`),
          addressOf: async (key) => `https://bucket.example.com/${key}`,
        }),
      { path: `/${asked ?? ""}`, ...options, ...(asked === undefined ? {} : { params: { file: asked } }) },
    );
    return result;
  };

  it("answers with files, indexes and content types", async () => {
    expect(await get(undefined)).to.deep.include({ statusCode: 200, body: "<index.html>" });
    expect((await get("a b.css")).headers).to.include({
      "content-type": "text/css",
      "cache-control": "public, max-age=60",
    });
    expect((await get("guide/")).body).to.equal("<guide/index.html>");
    expect((await get("guide/")).headers).to.include({
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    });
  });

  it("sends the browser to a folder's own path, from where a page's relative links lead into the folder", async () => {
    const location = async (asked: string | undefined, path: string, query = ""): Promise<unknown> => {
      const { statusCode, headers } = await get(asked, { path, query });
      return [statusCode, headers?.location];
    };
    expect(await location("guide", "/docs/guide", "a=1")).to.deep.equal([307, "./guide/?a=1"]);
    expect(await location(undefined, "/docs")).to.deep.equal([307, "./docs/"]);
    // Never to another site.
    expect(await location("guide", "//example.com")).to.deep.equal([307, "./example.com/"]);
  });

  it("answers 304 for what the browser has, and HEAD without a body", async () => {
    const eTag = '"tag-text/css"';
    expect(await get("a b.css", { headers: { "if-none-match": `"x", W/${eTag}` } })).to.include({ statusCode: 304 });
    expect(await get("a b.css", { headers: { "if-none-match": '"old"' } })).to.include({ statusCode: 200 });
    const head = await get("a b.css", { method: "HEAD" });
    expect(head.headers).to.include({ etag: eTag });
    expect(head).not.to.have.property("body");
  });

  it("sends the browser to the bucket for what is too large for a function's answer", async () => {
    const film = await get("film.mp4");
    expect(film.statusCode).to.equal(307);
    expect(film.headers).to.include({ location: "https://bucket.example.com/film.mp4" });
  });

  it("reads nothing but what was deployed, whatever the path", async () => {
    read.length = 0;
    for (const path of ["../secret", "..%2fsecret", "/etc/passwd", "constructor", "__proto__", "guide/../index.html"]) {
      expect(await get(path), path).to.include({ statusCode: 404, body: "<404.html>" });
    }
    expect(read.every((key) => key === "404.html")).to.equal(true);
    const { notFound: _, ...bare } = site;
    expect(await get("nothing", {}, bare)).to.include({ statusCode: 404, body: '{"message":"Not Found"}' });
  });
});
