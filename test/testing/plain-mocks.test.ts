import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Socket } from "node:net";
import * as child from "node:child_process";
import * as path from "node:path";
import sinon from "sinon";
import { Api, Bucket, Function, Queue, Task } from "../../components";
import { record } from "../../testing";

interface Spawning {
  spawn(options: { readonly file: string }): number;
}

describe("Pulumi's own mocks", () => {
  const unhandled: string[] = [];
  const note = (reason: unknown) => void unhandled.push(String(reason));

  before(async () => {
    // Nothing of it must be left for what comes after.
    await record(() => new Queue("earlier"), { project: "other", config: { "tandem:logRetention": "1" } });
    process.on("unhandledRejection", note);
  });
  after(() => void process.off("unhandledRejection", note));

  it("are enough for a program with all components, though they know no ARNs", async () => {
    const connect = sinon.spy(Socket.prototype, "connect");
    const spawn = sinon.spy(child.ChildProcess.prototype as unknown as Spawning, "spawn");
    const types = new Map<string, string[]>();
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs }) => {
        types.set(type, [...(types.get(type) ?? []), name]);
        return { id: `${name}-id`, state: inputs as object };
      },
      call: ({ inputs }) => inputs as object,
    });
    const media = new Bucket("media");
    const existing = Bucket.fromName("existing", "their-bucket");
    const jobs = new Queue<number>("jobs", { deadLetters: { alarm: true } as never });
    const ffmpeg = new Task("ffmpeg", { image: "ffmpeg", grants: [media.can("get")], timeout: 60 });
    const built = new Task("built", { build: "./examples/video-thumbnailer/ffmpeg" });
    const double = new Function<number, number>("double", async (n) => 2 * n);
    const api = new Api("web", { cors: true as never });
    api.get("/jobs/{id}", async ({ params }) => ({ double: await double.invoke(Number(params.id)) }));
    api.static("/", "./examples/ray-tracer/page");
    api.proxy("/old", "https://example.com");
    media.onPut("onVideo", async ({ key }) => {
      await ffmpeg.run({ environment: { KEY: key } });
      await jobs.send(1);
    });
    jobs.onMessage("onJob", async ({ body }) => void (await media.put("a", String(body))));
    ffmpeg.onExit("onEnd", built);
    expect(await new Promise((resolve) => jobs.urn.apply(resolve))).to.equal(
      "urn:pulumi:stack::project::tandem:index:Queue::jobs",
    );
    expect(await new Promise((resolve) => existing.arn.apply(resolve))).to.equal("arn:aws:s3:::their-bucket");
    await pulumi.runtime.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 5));
    sinon.restore();
    expect([...new Set(unhandled)]).to.deep.equal([]);
    expect(connect.args, "asked of a network").to.deep.equal([]);
    const programs = new Set(spawn.args.map(([{ file }]) => path.basename(file)));
    expect([...programs].filter((program) => !/^(node|esbuild)/.test(program))).to.deep.equal([]);
    expect(types.get("aws:lambda/function:Function")).to.include.members(["onVideo", "onJob", "onEnd", "double"]);
    expect(types.get("tandem:index:Task")).to.deep.equal(["ffmpeg", "built"]);
  });
});
