import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { Hono } from "hono";
import { TandemError } from "../../../components";
import { record } from "../../../testing";
import { mounted } from "./mounted";
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

class Secretive {
  readonly #word = "open";
  public word(): string {
    return this.#word;
  }
}
const secretive = new Secretive();

describe("a variable at the top of a program whose value cannot be serialized", () => {
  const ask = (path: string) => `https://example.com${path}`;
  const text = async (invoke: (event: unknown) => Promise<unknown>, path: string): Promise<unknown> =>
    invoke(ask(path));

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

  it("may be of a class with private members", async () => {
    const { invoke } = await unpack(() => secretive.word());
    expect(await invoke()).to.equal("open");
  });

  it("lets its handler do what it captures", async () => {
    const recorded = await record(() => import("./mounted-program.js"));
    expect(recorded.permissions("web-any-rest").flatMap(({ actions }) => actions)).to.include("s3:GetObject");
  });

  it("is refused where the program does something else with it on the way, and where it is no variable of the program", async () => {
    const refusal = async (handler: () => unknown): Promise<string> => {
      const error: unknown = await unpack(handler).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(TandemError);
      return (error as TandemError).code;
    };
    expect(routesOfWatched).to.equal(0);
    expect(await refusal(() => watched.fetch)).to.match(/^ERR_CAPTURE/);
    const inner = new Hono();
    expect(await refusal(() => inner.fetch)).to.match(/^ERR_CAPTURE/);
  });
});
