import { expect } from "chai";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { stub } from "sinon";
import { RunningStack } from "../../cli/running";
import { controlRequests } from "../../engine/control";
import { EngineEvents } from "../../engine/services/engine-events";
import { TemporaryProject } from "../engine/temporary-project";

const developer = { accessKeyId: "AKIADEV", secretAccessKey: "secret", roleArn: "" };
const notice = { type: "notice", level: "info", message: "hello" } as const;

describe("the events of a running stack", () => {
  let project: TemporaryProject;
  let server: Server;
  let engineEvents: EngineEvents;
  let stack: RunningStack;

  beforeEach(async () => {
    project = new TemporaryProject("");
    engineEvents = new EngineEvents(() => 0);
    const logs = { tail: async (group: string, { limit }: { limit: number }) => [{ message: `${limit} of ${group}` }] };
    const services = { identity: { developer: () => developer }, queues: undefined, logs };
    const handle = controlRequests({ graph: new Map(), stackOutputs: {}, engineEvents, services } as never);
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const folder = path.join(project.folder, ".tandem", "dev");
    fs.mkdirSync(folder, { recursive: true });
    const address = { pid: process.pid, port, region: "us-east-1", ...developer };
    fs.writeFileSync(path.join(folder, "engine.json"), JSON.stringify(address));
    stack = await RunningStack.find({ stack: "dev", folder: project.folder });
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    project.remove();
  });

  it("come without fetch, which gives up after five minutes of silence", async () => {
    const fetch = stub(globalThis, "fetch").rejects(new Error("fetch was used"));
    const end = new AbortController();
    try {
      const asked = new Promise((resolve) => server.once("request", resolve));
      const events = stack.events(end.signal)[Symbol.asyncIterator]();
      const next = events.next();
      await Promise.race([asked, next]);
      engineEvents.emit(notice);
      expect((await next).value).to.include({ message: "hello" });
    } finally {
      end.abort();
      fetch.restore();
    }
  });

  it("have those of a log group beside them, which were written before", async () => {
    const found: string[] = [];
    for await (const { message } of stack.logs("/aws/lambda/a b", 7)) found.push(message);
    expect(found).to.deep.equal(["7 of /aws/lambda/a b"]);
  });

  it("end plainly when the engine ends", async () => {
    const asked = new Promise((resolve) => server.once("request", resolve));
    const events = stack.events(new AbortController().signal)[Symbol.asyncIterator]();
    const next = events.next();
    await asked;
    server.closeAllConnections();
    expect((await next).done).to.equal(true);
  });
});
