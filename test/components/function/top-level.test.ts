import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { Hono } from "hono";
import { TandemError } from "../../../components";
import { record } from "../../../testing";
import { mounted, regionOf } from "./mounted";
import { unpack } from "./run-package";

const greeting = { text: "hello" };
const sub = new Hono();
sub.get("/inner", (c) => c.text(greeting.text));
const app = new Hono();
app.get("/hello/:name", (c) => c.json({ [greeting.text]: c.req.param("name") }));
app.route("/sub", sub);

const client = new S3Client({ region: "eu-west-1" });

const watched = new Hono();
const routesOfWatched = watched.routes.length;

const looped = new Hono();
["/a", "/b"].forEach((path) => looped.get(path, (c) => c.text(path)));
for (const path of ["/c"]) looped.get(path, (c) => c.text(path));

const asking = new Hono();
const ask = async (path: string): Promise<string> => (await asking.request(path)).text();
asking.get("/a", (c) => c.text("a"));
asking.get("/b", async (c) => c.text(`${await ask("/a")}b`));

const kept = new Hono();
kept.get("/kept", (c) => c.text("kept"));
export default kept;

const held = { clients: [new S3Client({ region: "eu-west-3" })] };
const { destructured } = { destructured: new Hono() };

const hidden = new Hono();
const mountHidden = (hidden: Hono) => async () => (await hidden.request("/own")).text();

class Secretive {
  readonly #word = "open";
  public word(): string {
    return this.#word;
  }
}
const secretive = new Secretive();

describe("a variable at the top of a program whose value cannot be serialized", () => {
  const text = async (invoke: (event: unknown) => Promise<unknown>, path: string): Promise<unknown> =>
    invoke(`https://example.com${path}`);

  it("is made again by the program's own statements: a framework's app with its routes", async () => {
    const { invoke } = await unpack(async (url: string) => (await app.fetch(new Request(url))).text());
    expect(await text(invoke, "/hello/ada")).to.equal('{"hello":"ada"}');
    expect(await text(invoke, "/sub/inner")).to.equal("hello");
    expect(await text(invoke, "/none")).to.equal("404 Not Found");
  });

  it("is made again by the module that exports it", async () => {
    const { invoke } = await unpack(async (url: string) => (await mounted.fetch(new Request(url))).text());
    expect(await text(invoke, "/mounted")).to.equal("mounted");
  });

  it("may be a client of an SDK, which is made once for all events", async () => {
    const { invoke } = await unpack(async () => {
      const command = new GetObjectCommand({ Bucket: "a", Key: "b" });
      return [await client.config.region(), client === (globalThis as { seen?: unknown }).seen, command.input.Key];
    });
    expect(await invoke()).to.deep.equal(["eu-west-1", false, "b"]);
  });

  it("may be used by functions of the module that exports it", async () => {
    const { invoke } = await unpack(async () => regionOf());
    expect(await invoke()).to.equal("eu-west-2");
  });

  it("has what loops did with it", async () => {
    const { invoke } = await unpack(async (path: string) => (await looped.request(path)).text());
    expect(await Promise.all(["/a", "/b", "/c"].map(invoke))).to.deep.equal(["/a", "/b", "/c"]);
  });

  it("is the one that helpers at the top of the file use as well", async () => {
    const { invoke } = await unpack(async (path: string) => (await asking.request(path)).text());
    expect(await invoke("/b")).to.equal("ab");
  });

  it("may be held by another variable, or taken out of what a function returned", async () => {
    const { invoke } = await unpack(async () => [
      await held.clients[0]?.config.region(),
      (await destructured.request("/none")).status,
    ]);
    expect(await invoke()).to.deep.equal(["eu-west-3", 404]);
  });

  it("may be what its file exports by default", async () => {
    const { invoke } = await unpack(async () => (await kept.request("/kept")).text());
    expect(await invoke()).to.equal("kept");
  });

  it("may stand in ES modules, which import and export it", async () => {
    const { asking } = await import("./es-module.mjs");
    const answers = asking.map(async (handler) => (await unpack(handler)).invoke());
    expect(await Promise.all(answers)).to.deep.equal(["own", "exported", "shared", "named"]);
  });

  it("may use import.meta.url, which is the package's own", async () => {
    const { addressed } = await import("./es-module.mjs");
    expect(await (await unpack(addressed)).invoke()).to.equal("string");
  });

  it("makes the same package again, whatever else is captured at the time", async () => {
    const ofLooped = async (path: string): Promise<string> => (await looped.request(path)).text();
    const alone = await unpack(ofLooped);
    const [, again] = await Promise.all([unpack(() => [app.fetch, client.config]), unpack(ofLooped)]);
    expect(again?.code).to.equal(alone.code);
  });

  it("may be of a class with private members", async () => {
    const { invoke } = await unpack(() => secretive.word());
    expect(await invoke()).to.equal("open");
  });

  it("lets its handler do what it captures", async () => {
    const recorded = await record(() => import("./mounted-program.js"));
    const actions = recorded.permissions("web-any-rest").flatMap((permission) => permission.actions);
    expect(actions).to.include.members(["s3:GetObject", "ecs:RunTask"]);
    // Which methods of a run are called shows in the text of what makes the app, not in the handler's own.
    expect(actions).to.include("ecs:DescribeTasks").and.not.to.include("ecs:StopTask");
  });

  it("may be read by the program on the way, be given to a function, or be made in one", async () => {
    expect(routesOfWatched).to.equal(0);
    expect(await (await unpack(() => watched.routes.length)).invoke()).to.equal(0);
    expect(hidden.routes).to.be.empty;
    const inner = new Hono();
    inner.get("/inner", (c) => c.text("inner"));
    expect(await (await unpack(async () => (await inner.request("/inner")).text())).invoke()).to.equal("inner");
  });

  it("is refused where a function is given it that is not at the top of its file", async () => {
    const error: unknown = await unpack(mountHidden(new Hono())).catch((thrown: unknown) => thrown);
    expect((error as TandemError).problems[0]).to.include({ code: "ERR_CAPTURE_CLASS", got: "hidden" });
  });

  it("is refused with what to write where its own method is the handler", async () => {
    const error: unknown = await unpack(app.fetch).catch((thrown: unknown) => thrown);
    expect(String((error as TandemError).message))
      .to.include("ERR_CAPTURE_FAILED")
      .and.include("(request) => app.fetch(request)");
  });
});
