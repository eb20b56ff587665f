import * as fs from "node:fs";
import * as path from "node:path";
import { Engine } from "../engine/engine";
import { EngineError } from "../engine/errors";
import type { Graph } from "../engine/graph/diff";
import type { TimedEngineEvent } from "../engine/services/engine-events";
import { findPut } from "./expected-objects";
import { findResource } from "./find-resource";
import { near } from "./near";
import { CommandFailure, exitCodes } from "./exit";
import { checkPutFile } from "./put-file";
import { jsonReporter } from "./report/json-reporter";
import type { Reporter } from "./report/reporter";
import { textReporter } from "./report/text-reporter";
import { watchProgram } from "./watch";
import { reportUncaughtFaults } from "./uncaught-faults";

/** The options of `tandem up`, as the command line has parsed them. */
export interface UpOptions {
  readonly folder: string;
  readonly stack: string;
  readonly port?: number;
  readonly data?: string;
  readonly config: readonly string[];
  readonly json: boolean;
  readonly once: boolean;
  readonly watch: boolean;
  readonly fresh: boolean;
  readonly put: readonly string[];
  readonly expect: readonly string[];
}

/** Brings a program up, shows what happens, and ends at Ctrl-C, or when all is idle with `--once`. */
export async function up(options: UpOptions): Promise<void> {
  const puts = options.put.map((text) => parsePair("--put", text));
  const expectations = options.expect.map((text) => parsePair("--expect", text));
  const once = options.once || (expectations.length > 0 && process.stdout.isTTY !== true);
  const engine = Engine.open({
    projectFolder: options.folder,
    stack: options.stack,
    data: options.data,
    config: options.config,
    port: options.port,
    fresh: options.fresh,
  });
  const stopReporting = reportUncaughtFaults(engine.engineEvents);
  const reporter = makeReporter(options, engine);
  const seen = observe(engine, reporter);
  const started = Date.now();
  const interrupted = onInterrupt();
  try {
    await Promise.race([start(engine, reporter, puts, expectations), interrupted.then(() => undefined)]);
    if (interrupted.happened) return await stop(engine, reporter);
    const stopWatching = options.watch && !once ? await watchProgram(engine) : undefined;
    if (!once) {
      void engine.idle().then(() => tellFound(engine, expectations, started));
      await interrupted;
      await stopWatching?.();
      return await stop(engine, reporter);
    }
    await Promise.race([engine.idle(), seen.failed, interrupted]);
    if (interrupted.happened) return await stop(engine, reporter);
    await judge(engine, reporter, seen, expectations, started);
  } finally {
    interrupted.dispose();
    await engine.close();
    stopReporting();
  }
}

async function start(
  engine: Engine,
  reporter: Reporter,
  puts: readonly Pair[],
  expectations: readonly Pair[],
): Promise<void> {
  await engine.up((graph) => {
    for (const { bucket } of [...puts, ...expectations]) bucketId(graph, bucket);
  });
  reporter.ready(engine);
  for (const { bucket, value } of puts) {
    await engine.services.objects.put(
      bucketId(engine.graph, bucket),
      path.basename(value),
      fs.createReadStream(value),
      {
        contentType: value.endsWith(".mp4") ? "video/mp4" : undefined,
      },
    );
  }
}

/** Where the expected objects are, each undefined until it is there. */
function expected(engine: Engine, expectations: readonly Pair[], started: number): (string | undefined)[] {
  return expectations.map(({ bucket, value }) => findPut(engine, bucketId(engine.graph, bucket), value, started));
}

/** On a terminal all stays up, and the expected objects are worth a line once the first work is done. */
function tellFound(engine: Engine, expectations: readonly Pair[], started: number): void {
  for (const file of expected(engine, expectations, started)) {
    if (file !== undefined)
      engine.engineEvents.emit({ type: "notice", level: "info", message: `here it is: ${near(file)}` });
  }
}

/** Ends with what went wrong, if anything did: `--once` stands for a run in a script. */
async function judge(
  engine: Engine,
  reporter: Reporter,
  seen: Seen,
  expectations: readonly Pair[],
  started: number,
): Promise<void> {
  // What is stopped now did not fail.
  seen.end();
  const found = expected(engine, expectations, started);
  const missing = expectations.filter((_, index) => found[index] === undefined);
  const causes = [
    ...new Set(seen.failures),
    ...missing.map(({ bucket, value }) => `nothing like ${value} was put into ${bucket}`),
  ];
  if (causes.length === 0) {
    const files = found.map((file) => near(file ?? ""));
    return reporter.end(["all is done", ...files].join(files.length === 1 ? ": " : "\n  "), false);
  }
  reporter.end(`failed: ${causes.join("\n        ")}`, true);
  throw new CommandFailure(exitCodes.failed);
}

async function stop(engine: Engine, reporter: Reporter): Promise<void> {
  reporter.end("\nstopping; what is not done yet will be done after the next tandem up", false);
  await engine.close();
  throw new CommandFailure(exitCodes.interrupted);
}

function makeReporter({ json }: UpOptions, engine: Engine): Reporter {
  const write = (text: string): void => void process.stdout.write(text);
  const live = process.stdout.isTTY === true && process.env.TERM !== "dumb";
  return json
    ? jsonReporter(write)
    : textReporter({
        write,
        live,
        title: engine.title,
        columns: () => process.stdout.columns || 100,
        rows: () => process.stdout.rows || 24,
      });
}

/** What happened so far, as far as the exit code depends on it. */
interface Seen {
  readonly failures: readonly string[];
  /** Shows and counts nothing more. */
  end(): void;
  /** Resolves at the first failure: retries may take minutes. */
  readonly failed: Promise<void>;
}

function observe(engine: Engine, reporter: Reporter): Seen {
  const failures: string[] = [];
  let fail: () => void = () => undefined;
  const failed = new Promise<void>((resolve) => (fail = resolve));
  const end = engine.engineEvents.listen((event) => {
    reporter.event(event);
    const failure = failureOf(event);
    if (failure !== undefined) {
      failures.push(failure);
      fail();
    }
  });
  return {
    failures,
    end,
    failed,
  };
}

function failureOf(event: TimedEngineEvent): string | undefined {
  switch (event.type) {
    case "resource":
      return event.status === "failed" ? `${event.name} does not come up` : undefined;
    case "invocation":
      if (event.status === "failed") return `${event.name}: ${event.error ?? "failed"}`;
      return event.status === "timed-out" ? `${event.name}: timed out` : undefined;
    case "task":
      if (event.status !== "stopped" || event.exitCode === 0) return undefined;
      return `${event.name}: ${event.reason ?? `exit code ${event.exitCode}`}`;
    case "redelivery":
      // A handler that sets the time itself waits for something: that is no failure.
      return event.asked ? undefined : `${event.handler}: message ${event.message} of ${event.name} failed`;
    case "dead-letter":
      return `${event.name}: ${event.reason}`;
    default:
      return undefined;
  }
}

interface Pair {
  readonly bucket: string;
  readonly value: string;
}

function parsePair(option: string, text: string): Pair {
  const at = text.indexOf("=");
  const pair = { bucket: text.slice(0, at), value: text.slice(at + 1) };
  if (at < 1 || pair.value === "") {
    throw new EngineError(
      "ERR_CONFIG_VALUE",
      `${option} takes a bucket and a value`,
      `write ${option} bucket=value`,
      text,
    );
  }
  if (option === "--put") checkPutFile(pair.value);
  return pair;
}

function bucketId(graph: Graph, name: string): string {
  return findResource([...graph.values()], "bucket", "aws:s3/bucket:Bucket", name).id;
}

/** Resolves at the first Ctrl-C (or a polite kill); the second one ends the process at once. */
function onInterrupt(): Promise<void> & { readonly happened: boolean; dispose(): void } {
  let happened = false;
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  const handler = (): void => {
    if (happened) process.exit(exitCodes.interrupted);
    happened = true;
    resolve();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handler);
  return Object.defineProperties(promise, {
    happened: { get: () => happened },
    dispose: { value: () => signals.forEach((signal) => process.off(signal, handler)) },
  }) as Promise<void> & { readonly happened: boolean; dispose(): void };
}
