import { expect } from "chai";
import * as fs from "node:fs";
import { createServer } from "node:net";
import * as path from "node:path";
import { Engine, type EngineOptions } from "../../engine/engine";
import { EngineError } from "../../engine/errors";
import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { TemporaryProject } from "../engine/temporary-project";

const program = `
  import { Bucket } from "tandem";
  const bucket = new Bucket("media");
  const copies = new Bucket("copies");
  bucket.onPut("copy", async ({ key }) => {
    const text = await bucket.getText(key);
    await copies.put(key, text.toUpperCase());
    console.log("copied", key);
  });
  copies.onPut("after", async ({ key, size }) => console.log("first", key, size));
  export const name = bucket.id;
`;

describe("an engine", () => {
  let project: TemporaryProject;
  let engine: Engine | undefined;
  let events: TimedEngineEvent[];

  const open = (options: Partial<EngineOptions> = {}): Engine => {
    engine = Engine.open({ projectFolder: project.folder, ...options });
    events = [];
    engine.engineEvents.listen((event) => events.push(event));
    return engine;
  };
  const up = async (options: Partial<EngineOptions> = {}): Promise<Engine> => {
    const opened = open(options);
    await opened.up();
    return opened;
  };
  const bucketId = (running: Engine, name: string): string =>
    [...running.graph.values()].find((resource) => resource.type === "aws:s3/bucket:Bucket" && resource.name === name)
      ?.id ?? "";
  const put = async (running: Engine, key: string, text: string): Promise<void> => {
    await running.services.objects.put(bucketId(running, "media"), key, Buffer.from(text));
    await running.idle();
  };
  const logged = (name: string): string[] =>
    events.flatMap((event) => (event.type === "log" && event.name === name ? [event.line] : []));

  beforeEach(() => {
    project = new TemporaryProject(program);
  });
  afterEach(async () => {
    await engine?.close();
    engine = undefined;
    project.remove();
  });

  it("runs handlers on events, with what they capture, from bucket to bucket", async () => {
    const running = await up();
    await put(running, "a b+c/ü.txt", "hello");
    expect(logged("copy")).to.deep.equal(["copied a b+c/ü.txt"]);
    expect(logged("after")).to.deep.equal(["first a b+c/ü.txt 5"]);
    expect(running.stackOutputs.name).to.equal(bucketId(running, "media"));
  });

  it("takes over a changed handler, and leaves port, objects and the other handlers alone", async () => {
    const running = await up();
    await put(running, "one", "1");
    const { port } = running;
    events.length = 0;
    project.edit('"first"', '"second"');
    await running.reload();
    const touched = events.flatMap((event) => (event.type === "resource" && event.status === "updated" ? [event] : []));
    expect(touched.map(({ resourceType, name }) => [resourceType, name])).to.deep.equal([
      ["aws:lambda/function:Function", "after"],
    ]);
    await put(running, "two", "2");
    expect(logged("after")).to.deep.equal(["second two 1"]);
    expect(running.port).to.equal(port);
    expect(running.services.objects.list(bucketId(running, "media")).objects.map(({ key }) => key)).to.deep.equal([
      "one",
      "two",
    ]);
  });

  it("keeps the old program where the new one fails, and says why", async () => {
    const running = await up();
    project.edit("export const", "const const");
    const error: unknown = await running.reload().catch((thrown: unknown) => thrown);
    expect((error as EngineError).message).to.match(/index\.ts:\d+:\d+/);
    expect(events.some((event) => event.type === "program" && event.status === "failed")).to.equal(true);
    await put(running, "still", "here");
    expect(logged("after")).to.deep.equal(["first still 4"]);
  });

  it("keeps objects and port from run to run", async () => {
    const first = await up();
    await put(first, "kept", "x");
    const { port } = first;
    await first.close();
    const second = await up();
    expect(second.port).to.equal(port);
    expect(second.services.objects.list(bucketId(second, "media")).objects.map(({ key }) => key)).to.deep.equal([
      "kept",
    ]);
    expect(logged("copy")).to.deep.equal([]);
  });

  it("starts empty when asked", async () => {
    const folder = path.join(project.folder, ".tandem", "dev");
    fs.mkdirSync(path.join(folder, "buckets"), { recursive: true });
    fs.writeFileSync(path.join(folder, "buckets", "leftover"), "x");
    open({ fresh: true });
    expect(fs.existsSync(path.join(folder, "buckets", "leftover"))).to.equal(false);
  });

  it("keeps a removed bucket's objects on disk, and says where", async () => {
    const running = await up();
    await put(running, "kept", "x");
    project.write("index.ts", "export const nothing = 1;");
    const folder = running.services.objects.bucketFolder(bucketId(running, "media"));
    await running.reload();
    expect(fs.readFileSync(path.join(folder, "kept"), "utf8")).to.equal("x");
    const notices = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
    expect(notices.join("\n")).to.include(`its objects stay in ${folder}`);
  });

  it("keeps its data from other users of the machine", () => {
    const { folder } = open();
    expect(fs.statSync(folder).mode & 0o077).to.equal(0);
  });

  it("runs once for each stack at a time", async () => {
    await up();
    const running = engine;
    expect(() => open())
      .to.throw(EngineError)
      .with.property("code", "ERR_STACK_RUNNING");
    engine = running;
  });

  it("refuses a port in use, and nothing runs then", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const opened = open({ port });
    const error: unknown = await opened.up().catch((thrown: unknown) => thrown);
    expect((error as EngineError).code).to.equal("ERR_PORT_IN_USE");
    expect(opened.graph.size).to.equal(0);
    server.close();
  });

  it("refuses a data folder that cannot be written", () => {
    project.write("file", "");
    expect(() => open({ data: path.join(project.folder, "file") }))
      .to.throw(EngineError)
      .with.property("code", "ERR_DATA_FOLDER");
  });

  it("names the types that nothing on this machine stands for", async () => {
    project.write("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sns.Topic("news");');
    const running = await up();
    expect(running.inert.map(({ type }) => type)).to.deep.equal(["aws:sns/topic:Topic"]);
  });
});

describe("an engine's handlers", () => {
  it("call each other, fail with the line of their source, and get their dead letters kept", async () => {
    const project = new TemporaryProject(`
      import { Bucket, Function } from "tandem";
      const square = new Function("square", async ({ side }: { side: number }) => {
        if (side < 0) throw new RangeError("no such square");
        return side * side;
      });
      new Bucket("media").onPut("measure", async ({ key }) => {
        console.log("area", await square.invoke({ side: Number(key) }));
      }, {}, { retries: 0 });
    `);
    const engine = Engine.open({ projectFolder: project.folder });
    const events: TimedEngineEvent[] = [];
    engine.engineEvents.listen((event) => events.push(event));
    try {
      await engine.up();
      const media = [...engine.graph.values()].find(({ type }) => type === "aws:s3/bucket:Bucket")?.id ?? "";
      await engine.services.objects.put(media, "7", Buffer.from(""));
      await engine.services.objects.put(media, "-1", Buffer.from(""));
      await engine.idle();
      const lines = events.flatMap((event) => (event.type === "log" ? [event.line] : []));
      expect(lines).to.include("area 49");
      const failure = lines.find((line) => line.includes("no such square")) ?? "";
      expect(failure).to.match(/index\.ts:4:\d+/);
      const letter = events.find((event) => event.type === "dead-letter");
      expect(letter).to.include({ type: "dead-letter", name: "measure" });
      const queue = [...engine.graph.values()].find(({ name }) => name === "measure-dead-letter")?.outputs.arn;
      expect(engine.services.queues.count(String(queue))).to.equal(1);
    } finally {
      await engine.close();
      project.remove();
    }
  });
});
