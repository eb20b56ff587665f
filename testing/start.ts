import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Engine } from "../engine/engine";
import { systemClock, type Clock } from "../engine/services/clock";
import { nodeRequire } from "./context";
import { projectFolder } from "./project-folder";
import { LocalApp } from "./local-app";

/** How a program is started. */
export interface StartOptions {
  /** A `FakeClock` holds the time still; visibility timeouts, schedules and retries then wait for `clock.tick`. @defaultValue the machine's clock */
  readonly clock?: Clock;
  /** Configuration over that of the stack's file; a key without a namespace is the project's. */
  readonly config?: Readonly<Record<string, string>>;
  /** @defaultValue `"test"` */
  readonly stack?: string;
}

/**
 * Runs a project's program with the embedded engine, as `tandem up` does, with data of its own that goes with it. Any
 * number may run at the same time.
 *
 * @example
 * ```ts
 * const local = await start("../", { clock });
 * await local.bucket("media").put("a.mp4", bytes);
 * await local.idle();
 * ```
 * @param folder the folder with Pulumi.yaml, relative to the test's file, or else to the working directory
 * @throws `ERR_PROJECT_…`, `ERR_CONFIG_…`, `ERR_PROGRAM_…`; then nothing is left running
 */
export async function start(folder: string, options: StartOptions = {}): Promise<LocalApp> {
  const { clock = systemClock, config = {}, stack = "test" } = options;
  const project = projectFolder(folder);
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-test-"));
  const removeData = (): void => fs.rmSync(data, { recursive: true, force: true });
  // Also where the process ends before anybody closes it; the engine's own processes end with it.
  process.once("exit", removeData);
  const closingClock = new ClosingClock(clock);
  let engine: Engine | undefined;
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closingClock.isClosing = true;
    await engine?.close();
    removeData();
    process.off("exit", removeData);
  };
  const closeOnce = (): Promise<void> => (closed ??= close());
  try {
    // Loaded where it is used: most tests need none.
    const loaded = nodeRequire(__filename)("../engine/engine") as typeof import("../engine/engine");
    engine = loaded.Engine.open({
      projectFolder: project,
      stack,
      data,
      config: Object.entries(config).map(([key, value]) => `${key}=${value}`),
      clock: closingClock,
    });
    const app = new LocalApp(engine, closeOnce);
    await engine.up();
    const [failure] = engine.failures;
    if (failure !== undefined) throw failure;
    closeAfterTests(closeOnce);
    return app;
  } catch (error) {
    await closeOnce();
    throw error;
  }
}

/** A test that fails may leave without closing: what it started would keep mocha from ending. */
function closeAfterTests(close: () => Promise<void>): void {
  const { after } = globalThis as { after?: (title: string, hook: () => Promise<void>) => void };
  try {
    after?.("close what start() has started", close);
  } catch {
    // Another test runner's, or too late: the process ends by itself then.
  }
}

/** Milliseconds that a handler or container has to end when its test does. */
const grace = 500;

/** A clock that a test may hold still, but for what ends with the engine: that goes by the machine's, and soon. */
class ClosingClock implements Clock {
  public isClosing = false;

  public constructor(private readonly clock: Clock) {}

  public now(): number {
    return this.clock.now();
  }

  public after(milliseconds: number, callback: () => void) {
    if (this.isClosing) return systemClock.after(Math.min(milliseconds, grace), callback);
    return this.clock.after(milliseconds, callback);
  }
}
