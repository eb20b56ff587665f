import * as pulumi from "@pulumi/pulumi";
import { AsyncLocalStorage } from "node:async_hooks";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { TandemError } from "../components/shared/errors";
import { projectFileAbove } from "../engine/monitor/project-file";
import { awsMocks, type RecordMocks } from "./aws-mocks";
import { checkEvaluated, exportsOf } from "./program-exports";
import { projectFolder } from "./project-folder";
import { watchMonitor } from "./monitor-options";
import { RecordedApp } from "./recorded-app";
import { collectRejections } from "./rejections";

/** How a program is recorded. */
export interface RecordOptions {
  /** Configuration, e.g. `{ "tandem:logRetention": "30" }`; a key without a namespace is the project's. */
  readonly config?: Readonly<Record<string, string>>;
  /** @defaultValue `"dev"` */
  readonly stack?: string;
  /** The project's name. @defaultValue that in the Pulumi.yaml of the program's folder or of one above it, else `"app"` */
  readonly project?: string;
  /**
   * The program's folder, where paths in it start: relative to the test's file, or else to the working directory.
   * @defaultValue the working directory
   */
  readonly folder?: string;
  /** Records a preview, in which ids and ARNs are not known. @defaultValue `false` */
  readonly preview?: boolean;
  /**
   * Answers of your own, in the form of `pulumi.runtime.setMocks`: each is asked first, and what it returns undefined
   * for is answered as AWS would.
   */
  readonly mocks?: RecordMocks;
}

/** Set while a program is recorded, for what it does. */
const inside = new AsyncLocalStorage<true>();
/** Settles when the recordings that were asked for so far have ended: Pulumi's SDK has one set of mocks in a process. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a program against Pulumi's mocks and records what it registers; nothing is deployed, and no engine runs.
 * Recordings that are asked for at the same time take place one after the other.
 *
 * @example
 * ```ts
 * const app = await record(() => import("../index"));
 * expect(app.permissions("onNewVideo")).to.deep.equal([{ actions: ["s3:GetObject"], resources: ["…"] }]);
 * ```
 * @param program what `import` gives of it, or anything that makes resources; a function that it exports as a whole is
 * called, as Pulumi does
 * @throws what the program throws, also later: an error while a handler is packaged
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<RecordedApp> {
  if (inside.getStore() === true) {
    throw new Error("record() was called by a program that is being recorded: call it in the test, for each program");
  }
  // Asked now, while the test's file is among those that call.
  const folder = options.folder === undefined ? undefined : projectFolder(options.folder);
  const recording = last.then(() => inside.run(true, () => recordIn(folder, () => recordNow(program, options))));
  last = recording.catch(() => undefined);
  return recording;
}

/** Records with another working directory: a process has one, and recordings have turns. */
async function recordIn(folder: string | undefined, run: () => Promise<RecordedApp>): Promise<RecordedApp> {
  if (folder === undefined) return run();
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await run();
  } finally {
    process.chdir(before);
  }
}

async function recordNow(program: () => unknown, options: RecordOptions): Promise<RecordedApp> {
  const { config = {}, stack = "dev", project = projectName(), preview = false } = options;
  const failures: unknown[] = [];
  const refused: Error[] = [];
  const endCollecting = collectRejections((error) => failures.push(error));
  const loadedBefore = new Set(Object.keys(require.cache));
  const qualified = Object.entries(config).map(([key, value]) => [
    key.includes(":") ? key : `${project}:${key}`,
    value,
  ]);
  await pulumi.runtime.setMocks(
    awsMocks(options.mocks ?? {}, preview, refused),
    project,
    stack,
    preview,
    "organization",
  );
  pulumi.runtime.setAllConfig(Object.fromEntries(qualified) as Record<string, string>);
  const monitor = watchMonitor(project, stack);
  try {
    const exported = await runProgram(program, failures);
    await settle(failures);
    if (failures.length > 0) throw rootOf(failures, refused);
    return new RecordedApp(monitor.registered, { ...exported });
  } finally {
    endCollecting(rootOf(failures, refused));
    monitor.close();
    forget(loadedBefore);
    leaveStack();
  }
}

/** The name of the project that the working directory is in. */
function projectName(): string {
  const file = projectFileAbove(process.cwd());
  // JSON is YAML.
  const { name } = (file === undefined ? {} : (parse(fs.readFileSync(file, "utf8")) ?? {})) as { name?: unknown };
  return typeof name === "string" ? name : "app";
}

/** The first failure, and of those the one that the others only wrap: the SDK puts much around what mocks threw. */
function rootOf(failures: readonly unknown[], refused: readonly Error[]): unknown {
  const first = failures.find((failure) => failure instanceof TandemError) ?? failures[0];
  const text = first instanceof Error ? first.message : String(first);
  return refused.find(({ message }) => message !== "" && text.includes(message)) ?? first;
}

async function runProgram(program: () => unknown, failures: unknown[]): Promise<object> {
  let exported: object = {};
  const ended = pulumi.runtime.runInPulumiStack(async () => {
    const loaded = await program();
    checkEvaluated(loaded);
    const result = await exportsOf(loaded);
    exported = typeof result === "object" && result !== null ? result : {};
    // A copy: the SDK has no use for the namespace of a module.
    return { ...exported };
  });
  const failed = ended.then(
    () => undefined,
    (error: unknown) => void failures.unshift(error),
  );
  // What a failed resource holds up, an exported output for one, may never end.
  await Promise.race([failed, untilFailed(failures)]);
  return exported;
}

/** Milliseconds that are waited, after a failure, for what it did not hold up. */
const patience = 2000;

/** Resolves some time after the first failure; until then, never. */
async function untilFailed(failures: readonly unknown[]): Promise<void> {
  for (let waited = 0; waited < patience; waited += failures.length > 0 ? 5 : 0) {
    await new Promise((resolve) => setTimeout(resolve, 5).unref());
  }
}

/**
 * Waits for what the program has started: it must not reach into the next recording. What a failed resource holds up
 * may never end, so a failure is waited for only so long.
 */
async function settle(failures: readonly unknown[]): Promise<void> {
  let ended = false;
  const givenUp = (async () => {
    for (let waited = 0; waited < patience && !ended; waited += failures.length > 0 ? 5 : 0) {
      await new Promise((resolve) => setTimeout(resolve, 5).unref());
    }
  })();
  await Promise.race([pulumi.runtime.disconnect(), givenUp]);
  ended = true;
  // Rejections are reported a turn of the event loop after they happen.
  await new Promise((resolve) => setImmediate(resolve));
}

/** What is registered from now on, with mocks of the test's own, does not belong to the stack that was recorded. */
function leaveStack(): void {
  const { getStore } = require("@pulumi/pulumi/runtime/state") as {
    getStore(): { stackResource: unknown; settings: { options: { project?: string; stack?: string } } };
  };
  const store = getStore();
  store.stackResource = undefined;
  store.settings.options.project = undefined;
  store.settings.options.stack = undefined;
  pulumi.runtime.setAllConfig({});
}

const library = path.resolve(__dirname, "..") + path.sep;
const libraryFolders = ["components", "engine", "testing", "cli"].map((folder) => library + folder + path.sep);

/** Forgets the program's own modules, so that recording it again runs it again. */
function forget(loadedBefore: ReadonlySet<string>): void {
  for (const file of Object.keys(require.cache)) {
    const isOwn =
      !file.includes(`${path.sep}node_modules${path.sep}`) && !libraryFolders.some((f) => file.startsWith(f));
    if (isOwn && !loadedBefore.has(file)) Reflect.deleteProperty(require.cache, file);
  }
}
