import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import type { Duplex, Readable } from "node:stream";
import type { Clock, ClockTimer } from "../clock";
import { killWithDescendants } from "../processes";
import { eventFrame, type FunctionEvent } from "./event-frame";
import { FrameReader, LineReader, type HandlerResult, type PrintedLine } from "./process-output";

/** How an invocation in a process ended. */
export type ProcessOutcome =
  | HandlerResult
  | { readonly kind: "init-error"; readonly payload: Buffer }
  /** A process that was kept warm had ended before it took the event; another one can have it. */
  | { readonly kind: "not-begun" }
  | { readonly kind: "timeout" }
  | { readonly kind: "out-of-memory" }
  | { readonly kind: "exit"; readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A {@link ProcessOutcome} with what it took. */
export interface ProcessReport {
  readonly outcome: ProcessOutcome;
  /** Milliseconds from handing over the event to the result. */
  readonly duration: number;
  /** Milliseconds the process took to start, where this was its first invocation. */
  readonly initDuration: number | undefined;
  /** Peak resident memory in MB. */
  readonly memory: number;
}

interface FunctionProcessOptions {
  readonly clock: Clock;
  /** The folder of the unpacked package. */
  readonly root: string;
  /** This process's own folder; made here, and deleted when the process has ended. */
  readonly scratch: string;
  /** MB of memory. */
  readonly memory: number;
  /** Seconds per invocation. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, string>>;
  onLine(line: PrintedLine): void;
  /**
   * The process has taken the invocation that it was given, or ended with it while it loaded.
   * @param time when it was given it, in milliseconds since the epoch: told before anything that it prints
   */
  onBegin(requestId: string, time: number): void;
  /** The process has ended, whatever the reason. */
  onExit(): void;
}

interface CurrentInvocation {
  readonly event: FunctionEvent;
  readonly resolve: (report: ProcessReport) => void;
  readonly isFirst: boolean;
  begun: boolean;
  /** Milliseconds of the machine's own clock, for durations; and since the epoch. */
  started: number;
  time: number;
  timer: ClockTimer | undefined;
  result: ProcessOutcome | undefined;
}

const bootstrap = path.join(__dirname, "runtime", "bootstrap.js");
// Lambda gives the code outside of the handler ten seconds (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html);
// past that it goes on within the first invocation's time.
const initLimit = 10_000;
// What a process's descendants may keep open after its end.
const outputGrace = 1_000;

/** One execution environment: a child process that runs one invocation at a time. */
export class FunctionProcess {
  private child: ChildProcess | undefined;
  private current: CurrentInvocation | undefined;
  private spawned = 0;
  private initDuration: number | undefined;
  private initError: Buffer | undefined;
  private outOfMemory = false;
  private peakMemory = 0;
  private ended = false;
  private closed = false;
  private used = false;
  private grace: ClockTimer | undefined;
  /** Resolves when the process has ended and its folder is gone. */
  public readonly gone: Promise<void>;
  private resolveGone: () => void = () => undefined;

  public constructor(private readonly options: FunctionProcessOptions) {
    this.gone = new Promise((resolve) => (this.resolveGone = resolve));
  }

  /** Whether it can run another invocation. */
  public get alive(): boolean {
    return !this.ended;
  }

  /** Starts the process. A process that cannot be started is one that exits at once. */
  public start(): void {
    try {
      return this.spawn();
    } catch (error) {
      this.options.onLine({ line: `The process cannot be started: ${String(error)}`, level: "ERROR" });
    }
    // Whoever started it has yet to be told that it did.
    setImmediate(() => this.onClose(null, null));
  }

  private spawn(): void {
    const { temporary } = this;
    mkdirSync(temporary, { recursive: true });
    this.spawned = performance.now();
    // Lambda leaves a tenth of the memory to what is not JavaScript's heap.
    const heap = Math.floor(this.options.memory * 0.9);
    const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, bootstrap, this.takenFile], {
      cwd: this.options.root,
      // HOME keeps the developer's own ~/.aws out of the handler's sight.
      env: { TMPDIR: temporary, HOME: temporary, ...this.options.environment },
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      // The leader of its own group, so that what it starts ends with it.
      detached: true,
    });
    this.child = child;
    this.readOutput(child);
    child.on("error", () => this.onClose(null, null));
    child.on("close", (code, signal) => this.onClose(code, signal));
    child.on("exit", (code, signal) => {
      this.kill();
      this.grace = this.options.clock.after(outputGrace, () => this.onClose(code, signal));
    });
  }

  /** Runs one invocation; nothing else may run in this process meanwhile. */
  public invoke(event: FunctionEvent): Promise<ProcessReport> {
    return new Promise((resolve) => {
      const current: CurrentInvocation = {
        event,
        resolve,
        isFirst: !this.used,
        begun: false,
        started: performance.now(),
        time: this.options.clock.now(),
        timer: undefined,
        result: undefined,
      };
      this.used = true;
      this.current = current;
      if (this.closed) this.settleGone(current, null, null);
      else if (this.initDuration !== undefined) this.begin(current);
      else this.limit(current, initLimit + this.options.timeout * 1000);
    });
  }

  /** Ends the process at once, and everything it started. */
  public kill(): void {
    this.ended = true;
    this.killGroup();
  }

  /** Holds the id of the last invocation that the process has taken: written before its code runs, whatever that does. */
  private get takenFile(): string {
    return path.join(this.options.scratch, "taken");
  }

  /** Its `/tmp`, and its HOME. */
  private get temporary(): string {
    return path.join(this.options.scratch, "tmp");
  }

  private onReady(): void {
    if (this.initDuration !== undefined) return;
    this.initDuration = performance.now() - this.spawned;
    if (this.current !== undefined) this.begin(this.current);
  }

  private begin(current: CurrentInvocation): void {
    this.limit(current, this.options.timeout * 1000);
    current.started = performance.now();
    current.time = this.options.clock.now();
    (this.child?.stdio[3] as Duplex | undefined)?.write(eventFrame(current.event));
  }

  private limit(current: CurrentInvocation, milliseconds: number): void {
    current.timer?.cancel();
    current.timer = this.options.clock.after(milliseconds, () => {
      current.result = { kind: "timeout" };
      this.kill();
    });
  }

  private onResult(requestId: string, result: HandlerResult, memory: number): void {
    this.peakMemory = Math.max(this.peakMemory, memory);
    const { current } = this;
    if (current?.event.requestId !== requestId || current.result !== undefined) return;
    current.result = result;
    this.settle(current);
  }

  private markBegun(current: CurrentInvocation): void {
    if (!current.begun) this.options.onBegin(current.event.requestId, current.time);
    current.begun = true;
  }

  private settle(current: CurrentInvocation): void {
    if (this.current !== current || current.result === undefined) return;
    this.current = undefined;
    current.timer?.cancel();
    if (current.result.kind !== "not-begun") this.markBegun(current);
    current.resolve({
      outcome: current.result,
      duration: performance.now() - current.started,
      initDuration: current.isFirst ? (this.initDuration ?? performance.now() - this.spawned) : undefined,
      memory: Math.ceil(this.peakMemory / 1024),
    });
  }

  private readOutput(child: ChildProcess): void {
    const [, stdout, stderr, frames, watchdog] = child.stdio as (Readable | null)[];
    const reader = new FrameReader({
      onReady: () => this.onReady(),
      onLine: (line) => this.options.onLine(line),
      onBegin: (requestId) => {
        if (this.current?.event.requestId === requestId) this.markBegun(this.current);
      },
      onResult: (requestId, result, memory) => this.onResult(requestId, result, memory),
      onInitError: (document) => {
        if (this.initDuration === undefined) this.initError = document;
      },
    });
    frames?.on("data", (chunk: Buffer) => {
      if (!reader.push(chunk)) this.kill();
    });
    watchdog?.on("data", () => (this.outOfMemory = true));
    for (const stream of [stdout, stderr]) {
      // Only what programs print that the handler started, or Node itself as it dies.
      const lines = new LineReader((line) => {
        const requestId = this.current?.event.requestId;
        this.options.onLine(requestId === undefined ? line : { ...line, requestId });
      });
      stream?.on("data", (chunk: Buffer) => lines.push(chunk));
      stream?.on("end", () => lines.flush());
    }
    for (const stream of child.stdio) stream?.on("error", () => undefined);
  }

  private onClose(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.closed) return;
    this.ended = true;
    this.closed = true;
    this.grace?.cancel();
    if (this.current !== undefined) this.settleGone(this.current, code, signal);
    rmSync(this.options.scratch, { recursive: true, force: true });
    this.options.onExit();
    this.resolveGone();
  }

  private settleGone(current: CurrentInvocation, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.outOfMemory) {
      this.peakMemory = Math.max(this.peakMemory, this.options.memory * 1024);
      current.result = { kind: "out-of-memory" };
    }
    if (!current.isFirst && !current.begun && !this.hasTaken(current)) current.result ??= { kind: "not-begun" };
    if (this.initError !== undefined) current.result ??= { kind: "init-error", payload: this.initError };
    current.result ??= { kind: "exit", code, signal };
    this.settle(current);
  }

  private hasTaken({ event }: CurrentInvocation): boolean {
    try {
      return readFileSync(this.takenFile, "utf8").split("\n", 1)[0] === event.requestId;
    } catch {
      return false;
    }
  }

  private killGroup(): void {
    // The scratch folder is this process's alone, so nobody else's processes have it in their environment.
    if (this.child?.pid !== undefined) killWithDescendants(this.child.pid, `HOME=${this.temporary}`);
  }
}
