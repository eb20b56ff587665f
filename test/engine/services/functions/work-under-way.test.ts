import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { FunctionFixture } from "./function-fixture";
import { isRunning } from "./running-process";

describe("Work that a handler leaves under way", () => {
  let fixture: FunctionFixture;

  beforeEach(async () => {
    fixture = new FunctionFixture();
    await fixture.functions.start();
  });
  afterEach(() => fixture.close());

  const unfinished = (name = "resize") =>
    fixture.seen.flatMap((event) =>
      event.type === "invocation" && event.name === `on-${name}` && event.status !== "started"
        ? [event.unfinished]
        : [],
    );

  /** Lets a timer of the function's process run, which would go off meanwhile: by a process that has one just as long. */
  const letTimePass = async () => {
    await fixture.define(`exports.handler = () => new Promise((done) => setTimeout(done, 150))`, { name: "other" });
    await fixture.invoke({}, "other");
  };

  it("stands still until the next event, and goes on then", async () => {
    await fixture.define(
      `const fs = require("node:fs");
       exports.handler = async ({ marker }) => {
         if (marker === undefined) return new Promise((done) => setTimeout(done, 5));
         setTimeout(() => fs.writeFileSync(marker, "timer"), 100);
         return process.pid;
       }`,
    );
    const marker = path.join(fixture.folder, "marker");
    await fixture.invoke({ marker });
    await letTimePass();
    expect(existsSync(marker)).to.equal(false);
    await fixture.invoke();
    expect(readFileSync(marker, "utf8")).to.equal("timer");
    expect(unfinished()).to.deep.equal(["timer", undefined]);
  });

  it("prints with the invocation during which it goes on", async () => {
    await fixture.define(
      `exports.handler = async ({ first }) => { if (first) setTimeout(() => console.log("went on"), 100); else await new Promise((done) => setTimeout(done, 5)) }`,
    );
    await fixture.invoke({ first: true });
    await letTimePass();
    await fixture.invoke();
    const ended = fixture.seen.flatMap((event) =>
      event.type === "invocation" && event.name === "on-resize" && event.status === "succeeded"
        ? [event.requestId]
        : [],
    );
    const line = fixture.seen.find((event) => event.type === "log");
    expect(line).to.include({ line: "went on", requestId: ended[1] });
  });

  it("is named once for each kind, until the function changes", async () => {
    const code = `exports.handler = async ({ kind }) => {
      if (kind === "timer") setTimeout(() => {}, 3600_000);
      if (kind === "file") void require("node:fs").promises.readFile(__filename);
      if (kind === "program") require("node:child_process").spawn("sleep", ["3600"]).unref();
      if (kind === "connection") void require("node:dns").promises.lookup("localhost");
    }`;
    await fixture.define(code);
    for (const kind of ["timer", "file", "program", "connection", "timer", "program", "none"])
      await fixture.invoke({ kind });
    expect(unfinished()).to.deep.equal(["timer", "file", "program", "connection", undefined, undefined, undefined]);
    await fixture.define(`${code} // changed`);
    await fixture.invoke({ kind: "timer" });
    expect(unfinished().at(-1)).to.equal("timer");
  });

  it("is no timer of a library, no open connection, and nothing that has ended", async () => {
    const server = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await fixture.define(
        `const http = require("node:http"), net = require("node:net"), { spawn } = require("node:child_process");
         setInterval(() => {}, 1000);
         const agent = new http.Agent({ keepAlive: true });
         exports.handler = async ({ port }) => {
           setInterval(() => {}, 1000).unref();
           await new Promise((done) => http.get({ port, agent }, (answer) => answer.resume().on("end", done)));
           await (await fetch("http://127.0.0.1:" + port)).text();
           await new Promise((done) => { globalThis.socket ??= net.connect(port, "127.0.0.1", done); setTimeout(done, 1) });
           await new Promise((done) => spawn("true").on("exit", done));
         }`,
      );
      const { port } = server.address() as AddressInfo;
      for (let index = 0; index < 3; index += 1) await fixture.invoke({ port });
      expect(unfinished()).to.deep.equal([undefined, undefined, undefined]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("is none of a handler that calls back before the event loop is empty, and says so", async () => {
    await fixture.define(
      `exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 3600_000); callback(null, 1) }`,
    );
    await fixture.invoke();
    expect(unfinished()).to.deep.equal([undefined]);
  });

  for (const [what, send] of [
    ["a request", "http.get({ port, agent }, (answer) => answer.resume())"],
    ["a fetch", 'fetch("http://127.0.0.1:" + port)'],
  ] as const) {
    it(`sends ${what} only with the next event`, async () => {
      const asked: string[] = [];
      let last: ServerResponse | undefined;
      const server = createServer((request, response) => {
        asked.push(String(request.url));
        if (request.url === "/last") last = response;
        else response.end("hello");
        if (asked.includes("/")) last?.end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        await fixture.define(
          `const http = require("node:http"), agent = new http.Agent({ keepAlive: true });
           const later = async (port) => { for (let index = 0; index < 20; index++) await null; ${send} };
           exports.handler = async ({ port, path }) => {
             if (path === undefined) return void later(port);
             await new Promise((done) => http.get({ port, agent, path }, (answer) => answer.resume().on("end", done)));
           }`,
        );
        const { port } = server.address() as AddressInfo;
        await fixture.invoke({ port, path: "/first" });
        await fixture.invoke({ port });
        await letTimePass();
        expect(asked).to.deep.equal(["/first"]);
        expect(unfinished()).to.deep.equal([undefined, "request"]);
        // Answered once the other has come too.
        await fixture.invoke({ port, path: "/last" });
        expect(asked).to.have.members(["/first", "/last", "/"]);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  }

  it("that fails while nothing is awaited ends the process, not the invocation", async () => {
    await fixture.define(`exports.handler = async () => { Promise.reject(new Error("lost")); return process.pid }`);
    const first = await fixture.invoke();
    expect(first.status).to.equal("succeeded");
    const second = await fixture.invoke();
    expect(second.status).to.equal("succeeded");
    expect(second.value).not.to.equal(first.value);
  });

  it("that fails later fails the invocation during which it goes on", async () => {
    await fixture.define(
      `exports.handler = async ({ first }) => { if (first) void new Promise((_, fail) => setTimeout(() => fail(new Error("late")), 100)); else await new Promise((done) => setTimeout(done, 50)) }`,
    );
    expect((await fixture.invoke({ first: true })).status).to.equal("succeeded");
    await letTimePass();
    expect((await fixture.invoke()).value).to.include({ errorType: "Runtime.UnhandledPromiseRejection" });
  });

  it("by a program stops that with all that it has started, and goes on", async function () {
    if (process.platform !== "linux") this.skip();
    await fixture.define(
      `const { spawn } = require("node:child_process"), fs = require("node:fs");
       exports.handler = async ({ marker }) => {
         while (marker && !fs.existsSync(marker)) await new Promise((done) => setTimeout(done, 5));
         if (marker) return;
         const shell = spawn("sh", ["-c", "sleep 3600 & echo $!; wait"], { detached: true });
         const child = await new Promise((done) => shell.stdout.on("data", (chunk) => done(Number(chunk))));
         return [shell.pid, child];
       }`,
    );
    const pids = (await fixture.invoke()).value as number[];
    for (const pid of pids) await until(() => stateOf(pid) === "T");
    const marker = path.join(fixture.folder, "marker");
    const running = fixture.invoke({ marker });
    for (const pid of pids) await until(() => stateOf(pid) === "S");
    writeFileSync(marker, "");
    await running;
    for (const pid of pids) await until(() => stateOf(pid) === "T");
    await fixture.functions.close();
    for (const pid of pids) await until(() => !isRunning(pid));
  });

  it("ends with the process, when the function changes and when the engine closes", async () => {
    const code = `exports.handler = async () => { setInterval(() => {}, 1); return process.pid }`;
    await fixture.define(code);
    const old = Number((await fixture.invoke()).value);
    await fixture.define(`${code} // changed`);
    await until(() => !isRunning(old));
    const pid = Number((await fixture.invoke()).value);
    expect(isRunning(pid)).to.equal(true);
    await fixture.functions.close();
    expect(isRunning(pid)).to.equal(false);
  });

  it("does not outlive an engine that was killed", async () => {
    const own = path.join(fixture.folder, "killed");
    mkdirSync(own);
    const engine = spawn(
      process.execPath,
      ["--require", "./engine/monitor/register.js", path.join(__dirname, "stopped-program-engine.ts"), own],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const line = await new Promise<string>((resolve) => engine.stdout.once("data", (data) => resolve(String(data))));
    const pids = JSON.parse(line) as number[];
    if (process.platform === "linux") await until(() => stateOf(pids[1] ?? 0) === "T");
    engine.kill("SIGKILL");
    for (const pid of pids) await until(() => !isRunning(pid));
  });
});

/** Waits for what the system does, which has no event. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function stateOf(pid: number): string | undefined {
  try {
    return /^\d+ \(.*\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
