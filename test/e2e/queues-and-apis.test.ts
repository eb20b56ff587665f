import { expect } from "chai";
import { Engine } from "../../engine/engine";
import { TemporaryProject } from "../engine/temporary-project";

const program = `
import { Hono } from "hono";
import { Api, Bucket, Function, HttpError, Queue, RetryError } from "tandem";

const seen = new Bucket("seen");
const jobs = new Queue<{ n: number }>("jobs", { maxReceiveCount: 2 });
jobs.onMessage("onJob", async ({ body: { n }, receiveCount, attributes }) => {
  if (n < 0) throw new RetryError("never", 0);
  await seen.put(\`\${n}.json\`, JSON.stringify({ receiveCount, ...attributes }));
  if (n > 0 && n < 3) await jobs.send({ n: n + 1 }, { attributes: { from: n } });
});
const steps = new Queue<string>("steps", { fifo: true });
steps.onBatch("onStep", async (messages) => {
  for (const { body, group } of messages) await seen.put(\`steps/\${group}/\${Date.now()}-\${body}\`, "");
});
const strict = new Queue<string>("strict", { fifo: true, maxReceiveCount: 2 });
strict.onMessage("onStrict", async ({ body }) => {
  if (body === "b") throw new RetryError("never", 0);
  await seen.put(\`strict/\${Date.now()}-\${body}\`, "");
});
new Function("again", async () => jobs.deadLetters.redrive());

const api = new Api("web", {
  cors: { origins: ["https://example.com"] },
  authorizers: { keys: { handler: async (request) => request.headers.get("x-key") === "open" && { name: "ada" } } },
});
const app = new Hono();
app.get("/app/:id", async (c) => c.json({ id: c.req.param("id"), there: await seen.exists("1.json") }));
api.any("/app/{rest+}", (request) => app.fetch(request));
api.post("/jobs", async (request) => {
  const { id } = await jobs.send((await request.json()) as { n: number });
  return Response.json({ id }, { status: 201 });
}, { body: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] }, query: { type: "object", properties: { page: { type: "integer" } } } });
api.get("/scenes/{id}", async ({ params, query }) => {
  if (params.id === "0") throw new HttpError(404, "no such scene");
  if (params.id === "1") throw new Error("a secret of the inside");
  return { id: params.id, page: query.get("page") };
});
api.get("/who", async ({ user }) => user, { auth: "keys" });
api.post("/bytes", async (request) => new Uint8Array((await request.arrayBuffer()).slice(1)));
api.static("/", "./site");
api.proxy("/elsewhere/{rest+}", api.url);
export const url = api.url;
`;

describe("a program with queues and an API", () => {
  let project: TemporaryProject;
  let engine: Engine;
  let url: string;
  const lines: string[] = [];

  before(async function () {
    this.timeout(30_000);
    project = new TemporaryProject(program, {
      "site/index.html": "<h1>Scenes</h1>",
      "site/assets/page.css": "main {}",
      "site/.env": "SECRET=1",
    });
    engine = Engine.open({ projectFolder: project.folder });
    engine.engineEvents.listen((event) => {
      if (event.type === "log") lines.push(event.line);
    });
    await engine.up();
    url = String(engine.stackOutputs["url"]);
  });

  after(async () => {
    await engine.close();
    project.remove();
  });

  const idOf = (type: string, name: string): string =>
    [...engine.graph.values()].find((resource) => resource.type === type && resource.name === name)?.id ?? "";
  const keys = (): string[] =>
    engine.services.objects.list(idOf("aws:s3/bucket:Bucket", "seen")).objects.map(({ key }) => key);
  const queue = (name: string): string => idOf("aws:sqs/queue:Queue", name);
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<Response> =>
    fetch(url + path, { method: "POST", body, headers });

  it("hands what a route sends to the queue's handler, which sends to its own queue", async () => {
    const response = await post("/jobs", '{"n":1}');
    expect([response.status, Object.keys((await response.json()) as object)]).to.deep.equal([201, ["id"]]);
    await engine.idle();
    expect(keys()).to.include.members(["1.json", "2.json", "3.json"]);
    const stored = await engine.services.objects.get(idOf("aws:s3/bucket:Bucket", "seen"), "3.json");
    const chunks: Buffer[] = [];
    for await (const chunk of stored.body) chunks.push(chunk as Buffer);
    expect(JSON.parse(Buffer.concat(chunks).toString())).to.deep.equal({ receiveCount: 1, from: "2" });
  });

  it("keeps a message that fails again and again in the dead letters, from where a handler sends it back", async () => {
    await engine.services.queues.sendMessage(queue("jobs"), '{"n":-1}');
    await engine.idle();
    const [letter] = engine.services.queues.messages(queue("jobs-dead-letter"));
    expect(letter?.body).to.equal('{"n":-1}');
    const result = await engine.services.functions.invoke(
      idOf("aws:lambda/function:Function", "again"),
      Buffer.from("{}"),
    );
    expect(JSON.parse(result.payload.toString())).to.deep.equal({ moved: 1 });
    await engine.idle();
    expect(engine.services.queues.count(queue("jobs-dead-letter"))).to.equal(1);
  });

  it("puts a message that is no JSON into the dead letters at once, with the reason", async () => {
    await engine.services.queues.sendMessage(queue("jobs"), "{oops");
    await engine.idle();
    const letter = engine.services.queues.messages(queue("jobs-dead-letter")).find(({ body }) => body === "{oops");
    expect(JSON.stringify(letter)).to.include("ERR_QUEUE_BODY").and.include("is no JSON");
    expect(lines.join("\n")).to.include("ERR_QUEUE_BODY");
    // It never was in the queue as SQS knows it, so a redrive has to say where it belongs.
    const again = await engine.services.functions.invoke(
      idOf("aws:lambda/function:Function", "again"),
      Buffer.from("{}"),
    );
    expect(JSON.parse(again.payload.toString())).to.deep.equal({ moved: 2 });
    await engine.idle();
  });

  it("keeps the order of a FIFO queue's groups", async () => {
    for (const n of [1, 2, 3, 4, 5]) {
      await engine.services.queues.sendMessage(queue("steps"), `"${n}"`, { group: n % 2 === 0 ? "even" : "odd" });
    }
    await engine.idle();
    const steps = (group: string) =>
      keys()
        .filter((key) => key.startsWith(`steps/${group}/`))
        .map((key) => key.slice(-1));
    expect([steps("odd"), steps("even")]).to.deep.equal([
      ["1", "3", "5"],
      ["2", "4"],
    ]);
  });

  it("goes on in a FIFO group at once when one of its messages has failed for the last time", async () => {
    for (const body of ["a", "b", "c", "d"]) {
      await engine.services.queues.sendMessage(queue("strict"), JSON.stringify(body), { group: "g" });
    }
    await engine.idle();
    const handled = keys().filter((key) => key.startsWith("strict/"));
    expect(handled.map((key) => key.slice(-1))).to.deep.equal(["a", "c", "d"]);
    expect(engine.services.queues.messages(queue("strict-dead-letter")).map(({ body }) => body)).to.deep.equal(['"b"']);
  });

  it("answers with JSON, an HttpError, and a 500 that tells nothing", async () => {
    expect(await (await fetch(`${url}/scenes/a%20b?page=2`)).json()).to.deep.equal({ id: "a b", page: "2" });
    const missing = await fetch(`${url}/scenes/0`);
    expect([missing.status, await missing.text()]).to.deep.equal([404, '{"message":"no such scene"}']);
    const failed = await fetch(`${url}/scenes/1`);
    expect(failed.status).to.equal(500);
    expect(await failed.text()).not.to.include("secret");
  });

  it("refuses what does not fit the schemas with all that is wrong", async () => {
    const response = await post("/jobs?page=x", '{"n":"one"}');
    expect(response.status).to.equal(400);
    expect(((await response.json()) as { problems: object[] }).problems).to.deep.equal([
      { in: "query", path: "/page", message: "must be integer" },
      { in: "body", path: "/n", message: "must be integer" },
    ]);
  });

  it("mounts a framework's app, which may do what it captures", async () => {
    const response = await fetch(`${url}/app/7`);
    expect(await response.json()).to.deep.equal({ id: "7", there: true });
  });

  it("lets in whom its authorizer lets in, and tells the handler who it is", async () => {
    expect((await fetch(`${url}/who`)).status).to.equal(403);
    const known = await fetch(`${url}/who`, { headers: { "x-key": "open" } });
    expect(await known.json()).to.deep.equal({ name: "ada" });
  });

  it("takes and gives bytes", async () => {
    const response = await post("/bytes", new Uint8Array([0, 255, 128]), { "content-type": "image/png" });
    expect(Buffer.from(await response.arrayBuffer())).to.deep.equal(Buffer.from([255, 128]));
  });

  it("serves a folder's files and nothing beside them", async () => {
    const page = await fetch(url);
    expect([page.headers.get("content-type"), await page.text()]).to.deep.equal([
      "text/html; charset=utf-8",
      "<h1>Scenes</h1>",
    ]);
    const css = await fetch(`${url}/assets/page.css`);
    expect(css.headers.get("cache-control")).to.equal("public, max-age=3600");
    const again = await fetch(`${url}/assets/page.css`, {
      headers: { "if-none-match": css.headers.get("etag") ?? "" },
    });
    expect(again.status).to.equal(304);
    expect((await fetch(url, { method: "HEAD" })).status).to.equal(200);
    for (const path of ["/.env", "/..%2findex.ts", "/%2e%2e/index.ts", "/assets/..%5c..%5cindex.ts"]) {
      expect((await fetch(url + path)).status, path).to.equal(404);
    }
  });

  it("passes on what a proxy route leads elsewhere, and answers browsers of allowed sites only", async () => {
    expect(await (await fetch(`${url}/elsewhere/scenes/9`)).json()).to.deep.equal({ id: "9", page: null });
    const preflight = (origin: string) =>
      fetch(`${url}/jobs`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
    expect((await preflight("https://example.com")).headers.get("access-control-allow-origin")).to.equal(
      "https://example.com",
    );
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).to.equal(null);
  });
});
