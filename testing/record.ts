import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { TandemError } from "../components/shared/errors";
import { localAccount } from "../engine/services/account";
import { answerInvoke } from "../engine/twins/invokes";
import { identify } from "../engine/twins";
import type { Properties } from "../engine/graph/resource";
import { watchMonitor } from "./monitor-options";
import { RecordedApp } from "./recorded-app";
import { collectRejections } from "./rejections";

/** How a program is recorded. */
export interface RecordOptions {
  /** Configuration, e.g. `{ "tandem:logRetention": "30" }`; a key without a namespace is the project's. */
  readonly config?: Readonly<Record<string, string>>;
  /** @defaultValue `"dev"` */
  readonly stack?: string;
  /** The project's name. @defaultValue `"app"` */
  readonly project?: string;
  /** Records a preview, in which ids and ARNs are not known. @defaultValue `false` */
  readonly preview?: boolean;
}

/**
 * Runs a program against Pulumi's mocks and records what it registers; nothing is deployed, and no engine runs.
 *
 * @example
 * ```ts
 * const app = await record(() => import("../index"));
 * expect(app.permissions("onNewVideo")).to.deep.equal([{ actions: ["s3:GetObject"], resources: ["…"] }]);
 * ```
 * @throws what the program throws, also later: an error while a handler is packaged
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<RecordedApp> {
  const { config = {}, stack = "dev", project = "app", preview = false } = options;
  const failures: unknown[] = [];
  const endCollecting = collectRejections((error) => failures.push(error));
  const loadedBefore = new Set(Object.keys(require.cache));
  try {
    const qualified = Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${project}:${key}`,
      value,
    ]);
    await pulumi.runtime.setMocks(mocks(preview), project, stack, preview, "organization");
    pulumi.runtime.setAllConfig(Object.fromEntries(qualified) as Record<string, string>);
    const registered = watchMonitor();
    const exported = await runProgram(program, failures);
    await settle(failures);
    if (failures.length > 0) throw rootOf(failures);
    return new RecordedApp(registered, exported);
  } finally {
    endCollecting(rootOf(failures));
    forget(loadedBefore);
  }
}

/** The first failure, and of those the one that the others only wrap. */
function rootOf(failures: readonly unknown[]): unknown {
  return failures.find((failure) => failure instanceof TandemError) ?? failures[0];
}

async function runProgram(program: () => unknown, failures: unknown[]): Promise<Record<string, unknown>> {
  let exported: Record<string, unknown> = {};
  try {
    await pulumi.runtime.runInPulumiStack(async () => {
      const result: unknown = await program();
      exported = typeof result === "object" && result !== null ? { ...result } : {};
      // Stack outputs are of no interest to the mocks, which have nobody to tell.
      return undefined;
    });
  } catch (error) {
    failures.unshift(error);
  }
  return exported;
}

/** Milliseconds that are waited, after a failure, for what it did not hold up. */
const patience = 2000;

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

function mocks(preview: boolean): pulumi.runtime.Mocks {
  return {
    newResource({ type, name, inputs, custom }) {
      const { registration } = current(type, name, inputs as Properties);
      const { id, outputs } = identify({ ...registration, custom: custom ?? true }, localAccount);
      // What a preview does not know is what is left out here.
      return preview
        ? { id: undefined, state: inputs as object }
        : { id, state: { ...(inputs as object), ...outputs } };
    },
    call: ({ token, inputs }) => answerInvoke(token, inputs as Properties, localAccount),
  };
}

/** The mocks are told neither URN nor parent; names are unique enough within one test's program. */
function current(type: string, name: string, inputs: Properties) {
  const urn = `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}`;
  return { registration: { urn, type, name, inputs, parent: undefined } };
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
