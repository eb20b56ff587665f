import { expect } from "chai";
import * as fs from "node:fs";
import sinon from "sinon";
import { Api, Bucket, Function, HttpError, Queue, Task } from "../../components";
import { record, type RecordedApp } from "../../testing";

describe("RecordedApp.invoke", () => {
  let app: RecordedApp;

  before(async () => {
    app = await record(program);
  });

  it("runs a bucket's handler with what it captures stubbed, and fills in the event", async () => {
    const run = sinon.stub().resolves({ id: "run-1" });
    const put = sinon.stub().resolves({ eTag: "1" });
    const result = await app.invoke("onVideo", { key: "a.mp4" }, { "ffmpeg.run": run, "media.put": put });
    expect(result).to.include({ type: "put", id: "run-1" });
    expect(result).to.have.property("bucket", app.component("Bucket", "media").outputs.id);
    expect(run.args).to.deep.equal([[{ environment: { INPUT: "a.mp4" } }]]);
    expect(put.args).to.deep.equal([["a.mp4.txt", "started", { contentType: "text/plain" }]]);
  });

  it("fails by name where a stub is missing, also where the handler catches that", async () => {
    const error = await thrown(app.invoke("onVideo", { key: "a.mp4" }, { "media.put": sinon.stub() }));
    expect(error.message).to.equal('ffmpeg.run was called, and has no stub: pass { "ffmpeg.run": … } to invoke');
    expect((await thrown(app.invoke("careless", {}))).message).to.match(/^media.get was called/);
  });

  it("throws what the handler throws, and that of a stub", async () => {
    const refused = new RangeError("no capacity");
    const stubs = { "ffmpeg.run": sinon.stub().rejects(refused), "media.put": sinon.stub() };
    expect(await thrown(app.invoke("onVideo", { key: "a.mp4" }, stubs))).to.equal(refused);
  });

  it("maps stack traces to the program's own source", async () => {
    const { stack = "" } = await thrown(app.invoke("fails"));
    const lines = fs.readFileSync(__filename, "utf8").split("\n");
    const line = 1 + lines.findIndex((text) => text.endsWith('throw new Error("broken");'));
    expect(stack.split("\n")[1]).to.include(`invoke.test.ts:${line}:`);
  });

  it("hands over messages as they were sent, one by one or in batches", async () => {
    const send = sinon.stub().resolves({ id: "1" });
    const sendAll = sinon.stub().resolves();
    const stubs = { "jobs.send": send, "jobs-dead-letter.sendAll": sendAll };
    expect(await app.invoke("onJob", { body: 7 }, stubs)).to.deep.equal([7, 1, "message-1"]);
    expect(send.args, "without settings of the queue").to.deep.equal([[8, { delay: 1 }]]);
    expect(await app.invoke("onLetters", [{ body: 1 }, { body: 2, id: "b" }], stubs)).to.deep.equal(["message-1", "b"]);
    expect(sendAll.args).to.deep.equal([[[1, 2]]]);
    const redrive = sinon.stub().resolves({ moved: 2 });
    expect(await app.invoke("again", {}, { "jobs-dead-letter.redrive": redrive })).to.deep.equal({ moved: 2 });
    expect(redrive.args).to.deep.equal([[]]);
  });

  it("tells of a task's end, and calls functions", async () => {
    const stubs = { "double.invoke": sinon.stub().callsFake((n: number) => Promise.resolve(2 * n)) };
    expect(await app.invoke("onEnd", { exitCode: 3 }, stubs)).to.equal(6);
    expect(await app.invoke("double", 4)).to.equal(8);
  });

  it("runs handlers of files, and tasks that are handlers", async () => {
    const run = sinon.stub().resolves({ id: "run-7" });
    expect(await app.invoke("onGone", { key: "a.txt" }, { "ffmpeg.run": run })).to.deep.equal({ id: "run-7" });
    const { environment } = run.firstCall.args[0] as { environment: { TANDEM_EVENT: string } };
    expect(JSON.parse(environment.TANDEM_EVENT)).to.include({ type: "delete", key: "a.txt" });
    const { name } = app.component("Function", "resize").outputs;
    expect(await app.invoke("resize", { name: "Ada" }))
      .to.include({ function: name })
      .and.to.have.property("text");
  });

  it("lists what a stub gives, at once or as a promise", async () => {
    for (const list of [sinon.stub().returns([{ key: "a" }]), sinon.stub().resolves([{ key: "a" }])]) {
      expect(await app.invoke("keys", "x/", { "media.list": list })).to.deep.equal(["a"]);
      expect(list.args).to.deep.equal([["x/"]]);
    }
  });

  it("gives a handler its environment while it runs, and nobody else", async () => {
    expect(await app.invoke("variables")).to.equal("hello");
    expect(process.env).to.not.have.property("GREETING");
  });

  it("answers a route as its caller sees it: a Response, with its errors and its schema's", async () => {
    const found = await app.invoke("GET /users/{id}", { path: "/users/7?x=1" });
    expect([found.status, await found.json()]).to.deep.equal([200, { id: "7", x: "1" }]);
    const byParams = await app.invoke<Response>("web-get-users-id", { params: { id: "a b" } });
    expect(await byParams.json()).to.deep.equal({ id: "a b", x: null });
    const missing = await app.invoke<Response>("web-get-users-id", { path: "/users/0" });
    expect([missing.status, await missing.json()]).to.deep.equal([404, { message: "no such user" }]);
    const invalid = await app.invoke("POST /users", { body: { name: 1 } });
    expect(invalid.status).to.equal(400);
    const request = new Request("https://x.test/users", { method: "POST", body: '{"name":"Ada"}' });
    expect(await (await app.invoke("POST /users", request)).text()).to.equal("Ada");
  });

  it("types a route's request and response", async () => {
    const response: Response = await app.invoke("GET /users/{id}", { path: "/users/7" });
    expect(response.status).to.equal(200);
    const named: string = await app.invoke<string>("variables");
    expect(named).to.equal("hello");
    // @ts-expect-error -- a request has no such property
    const wrong = app.invoke("GET /users/{id}", { paths: "/users/7" });
    expect((await thrown(wrong)).message).to.match(/neither a path nor a value/);
  });

  it("asks an authorizer as API Gateway does: with the request without its body, and not without its headers", async () => {
    const ask = (key: string) => app.invoke("web-keys", { path: "/users/7", headers: { "X-API-Key": key }, body: {} });
    expect(await ask("ada")).to.deep.equal({ name: "ada", path: "/users/7", bytes: 0 });
    expect([await ask("guest"), await ask("nobody"), await ask("refused")]).to.deep.equal([true, false, false]);
    expect((await thrown(ask("broken"))).message).to.equal("broken");
    expect(await app.invoke("web-keys"), "without the header").to.equal(false);
    const request = new Request("https://x.test/users?x=1", { headers: { "x-api-key": "guest" } });
    expect(await app.invoke("web-keys", request)).to.equal(true);
  });

  it("says which handler, stub or path was likely meant", async () => {
    const messages = await Promise.all(
      [
        app.invoke("onVidoe", {}),
        app.invoke("onVideo", { key: "a" }, { "medai.put": sinon.stub() }),
        app.invoke("GET /users/{id}", { path: "/user/7" }),
        app.invoke("GET /users/{id}", {}),
        app.invoke("onJob", 7),
      ].map(async (call) => (await thrown(call)).message),
    );
    expect(messages).to.deep.equal([
      "no handler named onVidoe; did you mean onVideo?",
      "no component of the program has medai.put; did you mean media.put?",
      "web-get-users-id does not answer GET /user/7; it answers GET /users/{id}",
      "the request has neither a path nor a value for {id}: pass { params: { id: … } }",
      "the event of onJob is an object, like { body: … }, and not 7",
    ]);
  });

  it("runs what a preview has recorded", async () => {
    const previewed = await record(() => new Function("double", async (n: number) => 2 * n), { preview: true });
    expect(await previewed.invoke("double", 4)).to.equal(8);
  });

  it("starts anew each time, and keeps calls apart that run at the same time", async () => {
    const stubs = (n: number) => ({ "ffmpeg.run": sinon.stub().resolves({ id: n }), "media.put": sinon.stub() });
    const results = await Promise.all([1, 2, 3].map((n) => app.invoke("onVideo", { key: "k" }, stubs(n))));
    expect(results.map((result) => (result as { id: number }).id)).to.deep.equal([1, 2, 3]);
  });
});

async function thrown(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail("nothing was thrown"),
    (error: unknown) => error as Error,
  );
}

function program() {
  const media = new Bucket("media");
  const ffmpeg = new Task("ffmpeg", { image: "ffmpeg" });
  const jobs = new Queue<number>("jobs");
  new Function("again", async () => jobs.deadLetters.redrive());
  const letters = jobs.deadLetters;
  const double = new Function<number, number>("double", async (n) => 2 * n);
  media.onPut(
    "onVideo",
    async ({ type, bucket, key }) => {
      const { id } = await ffmpeg.run({ environment: { INPUT: key } });
      await media.put(`${key}.txt`, "started", { contentType: "text/plain" });
      return { type, bucket, id };
    },
    { keySuffix: ".mp4" },
  );
  media.onDelete("onGone", ffmpeg);
  new Function("resize", "./test/components/function/resize.handler");
  new Function("careless", async () => media.get("a").catch(() => "never mind"));
  new Function("fails", () => {
    throw new Error("broken");
  });
  jobs.onMessage("onJob", async ({ body, receiveCount, id }) => {
    await jobs.send(body + 1, { delay: 1 });
    return [body, receiveCount, id];
  });
  letters.onBatch("onLetters", async (messages) => {
    await letters.sendAll(messages.map(({ body }) => body));
    return messages.map(({ id }) => id) as never;
  });
  ffmpeg.onExit("onEnd", async ({ exitCode = 0 }) => double.invoke(exitCode));
  new Function("keys", async (prefix: string) => {
    const keys = [];
    for await (const { key } of media.list(prefix)) keys.push(key);
    return keys;
  });
  new Function("variables", () => process.env.GREETING, { environment: { GREETING: "hello" } });
  const api = new Api("web", {
    authorizers: {
      keys: {
        headers: ["x-api-key"],
        handler: async (request) => {
          const key = request.headers.get("x-api-key") ?? "";
          if (key === "broken") throw new Error("broken");
          if (key === "refused") throw new HttpError(403, "refused");
          if (key !== "ada") return key === "guest";
          return { name: key, path: new URL(request.url).pathname, bytes: (await request.arrayBuffer()).byteLength };
        },
      },
    },
  });
  api.get("/users/{id}", ({ params, query }) => {
    if (params.id === "0") throw new HttpError(404, "no such user");
    return { id: params.id, x: query.get("x") };
  });
  api.post("/users", async (request) => ((await request.json()) as { name: string }).name, {
    body: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
  });
}
