import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import type { Engine } from "../../../engine/engine";
import { EngineEvents } from "../../../engine/services/engine-events";
import { textReporter } from "../../../cli/report/text-reporter";
import { Screen } from "./screen";

/** What an engine has to be for the lines after the tree. */
const engine = {
  graph: new Map(),
  inert: [],
  port: 4000,
  folder: "/data",
  projectRoot: "/project",
  readiness: { milliseconds: 1500 },
} as unknown as Engine;

describe("what tandem up shows on a terminal", () => {
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const start = (rows: number) => {
    const screen = new Screen(60, rows);
    const events = new EngineEvents(() => 0);
    const write = (text: string): void => screen.write(text);
    const reporter = textReporter({ write, live: true, title: "app · dev", columns: () => 60, rows: () => rows });
    events.listen((event) => reporter.event(event));
    events.emit({ type: "program", status: "running" });
    const create = (name: string, status: "creating" | "created" = "created"): void =>
      events.emit({
        type: "resource",
        urn: name,
        resourceType: "my:index:Group",
        component: true,
        name,
        status,
      });
    return { screen, events, reporter, create };
  };

  it("keeps each warning that comes while the tree is drawn", async () => {
    const { screen, events, reporter, create } = start(24);
    events.emit({ type: "notice", level: "warning", message: "from the program" });
    create("a");
    await settled();
    events.emit({ type: "notice", level: "warning", message: "tags have no effect here" });
    create("b");
    await settled();
    reporter.ready(engine);
    const lines = screen.lines();
    expect(lines.slice(0, 5)).to.deep.equal([
      "from the program",
      "tags have no effect here",
      "app · dev",
      "  ├─ ✓ a Group",
      "  └─ ✓ b Group",
    ]);
    expect(lines.join("\n")).not.to.include("running the program");
  });

  it("has a tree that is taller than the screen once, and whole at the end", async () => {
    const { screen, reporter, create } = start(10);
    const names = Array.from({ length: 40 }, (_, index) => `group-${index}-${"x".repeat(index)}`);
    for (const name of names) {
      create(name, "creating");
      await settled();
    }
    expect(screen.lines().filter((line) => line === "app · dev")).to.have.length(1);
    expect(screen.lines().length).to.be.below(10);
    expect(screen.lines().at(-1)).to.equal("  … 33 more");
    for (const name of names) {
      create(name);
      await settled();
    }
    reporter.ready(engine);
    const text = screen.lines().join("\n");
    for (const name of names) expect(text.split(`✓ ${name} Group`.slice(0, 40))).to.have.length(2);
  });

  /** What is shown once all is up, of a program with these handlers. */
  const afterReady = (columns: number, live: boolean, names: readonly string[] = []) => {
    let text = "";
    const events = new EngineEvents(() => 0);
    const write = (more: string): void => void (text += more);
    const reporter = textReporter({ write, live, title: "app · dev", columns: () => columns, rows: () => 24 });
    events.listen((event) => reporter.event(event));
    const graph = new Map(names.map((name) => [name, { type: "aws:lambda/function:Function", name, id: name }]));
    reporter.ready({ ...engine, graph, services: { objects: { hasBucket: () => false } } } as unknown as Engine);
    text = "";
    const lines = (): string[] => stripVTControlCharacters(text).trimEnd().split("\n");
    return { events, reporter, lines };
  };
  const invocation = { type: "invocation", name: "onJob", requestId: "r1", milliseconds: 7 } as const;

  it("says in one line for each component what a reload has changed", () => {
    const { events, lines } = afterReady(100, false);
    const urn = (types: string, name: string): string => `urn:pulumi:dev::app::${types}::${name}`;
    const subscription = "tandem:index:Bucket$tandem:index:Subscription";
    const bucket = urn("tandem:index:Bucket", "media");
    const change = (status: "created" | "deleted", name: string): void => {
      const parents = [urn(subscription, name), urn(`${subscription}$tandem:index:Function`, name)] as const;
      const about = { type: "resource", name, status } as const;
      events.emit({
        ...about,
        urn: parents[0],
        resourceType: "tandem:index:Subscription",
        component: true,
        parent: bucket,
      });
      events.emit({
        ...about,
        urn: parents[1],
        resourceType: "tandem:index:Function",
        component: true,
        parent: parents[0],
      });
      for (const type of ["iam/role:Role", "lambda/function:Function"])
        events.emit({
          ...about,
          urn: `${name} ${type}`,
          resourceType: `aws:${type}`,
          component: false,
          parent: parents[1],
        });
    };
    change("deleted", "onNewVideo");
    change("created", "onVideo");
    for (const resourceType of ["aws:s3/bucketNotification:BucketNotification", "aws:s3/bucketPolicy:BucketPolicy"]) {
      const about = { type: "resource", name: "media", parent: bucket, component: false } as const;
      events.emit({ ...about, urn: resourceType, resourceType, status: "updating" });
      events.emit({ ...about, urn: resourceType, resourceType, status: "updated" });
    }
    events.emit({ type: "program", status: "applied", milliseconds: 300 });
    expect(lines()).to.deep.equal([
      "deleted Subscription onNewVideo (2 resources)",
      "created Subscription onVideo (2 resources)",
      "updated Bucket media: BucketNotification, BucketPolicy",
      "reloaded in 0.3 s",
    ]);
    events.emit({ type: "program", status: "applied", milliseconds: 100 });
    expect(lines()).to.have.length(5);
  });

  it("has one line for a message that failed, with its stack once", () => {
    const { events, lines } = afterReady(100, false);
    const message = "0b6f0a4e-9d7e-4d4f-8a53-9f0a5b1c2d3e";
    const line = `message ${message}, received once, failed: RangeError: no\n    at check (lib/check.ts:6:22)`;
    const log = { type: "log", source: "function", name: "onJob", level: "ERROR", requestId: "r1" } as const;
    const redelivery = { type: "redelivery", name: "jobs", handler: "onJob", message, received: 1, limit: 2 } as const;
    const told = { ...redelivery, requestId: "r1", milliseconds: 5000, asked: false };
    const column = "jobs             message 0b6f0a4e… failed in onJob (1 of 2); comes again in 5 s: ";
    const shown = [`${column}RangeError: no`, "    at check (lib/check.ts:6:22)"];
    events.emit({ ...log, line });
    events.emit({ ...invocation, status: "succeeded", unprocessed: { failed: 1, asked: 0, of: 1 } });
    events.emit(told);
    expect(lines()).to.deep.equal(shown);
    // A handler that throws as a whole.
    const stack = "RangeError: no\n    at check (lib/check.ts:6:22)";
    events.emit({ ...log, line: stack, ends: true });
    events.emit({
      ...invocation,
      status: "failed",
      error: "RangeError: no",
      stack,
      unprocessed: { failed: 1, asked: 0, of: 1 },
    });
    events.emit(told);
    events.emit({ ...invocation, status: "timed-out", unprocessed: { failed: 1, asked: 0, of: 1 } });
    events.emit(told);
    expect(lines()).to.deep.equal([...shown, ...shown, `${column}timed out in 7 ms`]);
  });

  it("keeps no line of a message back that nothing more is told of", () => {
    const { events, reporter, lines } = afterReady(100, false);
    const log = { type: "log", source: "function", name: "onJob", level: "ERROR" } as const;
    events.emit({ ...log, requestId: "r1", line: "message a-1, received once, failed: Error: no" });
    events.emit({ ...invocation, status: "succeeded" });
    events.emit({ ...log, requestId: "r2", line: "message a-2, received twice, failed: by hand" });
    events.emit({
      ...log,
      requestId: "r3",
      line: "message a-3, received 2 times, failed and comes again in 5 s: wait",
    });
    reporter.end("stopping", false);
    expect(lines()).to.deep.equal([
      "onJob            message a-1, received once, failed: Error: no",
      "onJob            done in 7 ms",
      "onJob            message a-2, received twice, failed: by hand",
      "onJob            message a-3, received 2 times, failed and comes again in 5 s: wait",
      "stopping",
    ]);
  });

  it("says what of a batch failed, and what the handler has put off", () => {
    const { events, lines } = afterReady(100, false);
    events.emit({ ...invocation, status: "succeeded", unprocessed: { failed: 2, asked: 1, of: 10 } });
    events.emit({ ...invocation, status: "succeeded", unprocessed: { failed: 0, asked: 1, of: 10 } });
    expect(lines()).to.deep.equal([
      "onJob            failed in 7 ms: 2 of 10 messages",
      "onJob            done in 7 ms; 1 of 10 messages to come again, as asked",
    ]);
  });

  it("has a line of its own for an answered request only where work is left under way", () => {
    const { events, lines } = afterReady(100, false);
    events.emit({ ...invocation, status: "succeeded", trigger: "request" });
    events.emit({ ...invocation, status: "succeeded", trigger: "request", unfinished: "request" });
    expect(lines()).to.deep.equal([
      "onJob            done in 7 ms; work under way (a request) stands still until the next event, as on Lambda: await what has to be done",
    ]);
  });

  it("brings long names to one width: cut on a terminal, whole in a pipe", () => {
    const names = ["short", "aHandlerForNewVideos", "aHandlerForNewThumbnailsOfVideosThatCame"];
    const show = (live: boolean): string[] => {
      const { events, lines } = afterReady(60, live, names);
      for (const name of names) events.emit({ ...invocation, name, status: "succeeded" });
      return lines();
    };
    expect(show(true)).to.deep.equal([
      "short                done in 7 ms",
      "aHandlerForNewVideos done in 7 ms",
      "aHandlerFo…sThatCame done in 7 ms",
    ]);
    expect(show(false)).to.deep.equal([
      `${"short".padEnd(32)} done in 7 ms`,
      `${"aHandlerForNewVideos".padEnd(32)} done in 7 ms`,
      "aHandlerForNewThumbnailsOfVideosThatCame done in 7 ms",
    ]);
  });

  it("cuts a very long line on a terminal and says where all of it is; a pipe gets it whole", () => {
    const line = "x".repeat(1_000_000);
    const show = (live: boolean): string => {
      const { events, lines } = afterReady(60, live);
      events.emit({ type: "log", source: "function", name: "onJob", line });
      return lines().join("\n");
    };
    expect(show(false)).to.equal(`onJob            ${line}`);
    expect(show(true)).to.match(/^onJob +x{10000}… 990,000 more characters: tandem logs onJob --folder \/project$/);
  });
});
