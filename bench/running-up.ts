import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { TimedEngineEvent } from "../engine/services/engine-events";
import { RunningStack } from "../cli/running";
import { now, PeakMemory } from "./measure";
import { repository, type BenchProject } from "./project";

interface Waiting {
  readonly matches: (event: TimedEngineEvent) => boolean;
  readonly resolve: (at: number) => void;
  readonly reject: (error: Error) => void;
}

/** Told of an event, and of the time at which it was read. */
type Listener = (event: TimedEngineEvent, at: number) => void;

/** `tandem up --json` as it is built, in a process of its own, as a user's shell would start it. */
export class RunningUp {
  public readonly peak: PeakMemory;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<Listener>();
  private waiting: Waiting[] = [];
  private printed = "";
  private lines: Interface | undefined;

  private constructor(private readonly project: BenchProject) {
    this.child = spawn(process.execPath, [path.join(repository, "bin", "tandem.js"), "up", "--json"], {
      cwd: project.folder,
      env: { ...process.env, TANDEM_DOCKER: "off" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.peak = new PeakMemory(this.pid);
    this.child.stderr?.on("data", (chunk: Buffer) => (this.printed = (this.printed + chunk.toString()).slice(-4000)));
    if (this.child.stdout) {
      this.lines = createInterface({ input: this.child.stdout }).on("line", (line) => this.take(line));
    }
    this.child.once("close", (code) => this.end(new Error(`tandem up ended with code ${code}\n${this.printed}`)));
  }

  /** Starts it; resolves at `ready`, with the milliseconds that it took from the start of the process. */
  public static async start(
    project: BenchProject,
    listener?: Listener,
  ): Promise<{ readonly up: RunningUp; readonly milliseconds: number }> {
    const started = now();
    const up = new RunningUp(project);
    if (listener) up.listen(listener);
    const ready = await up.next((event) => event.type === "ready");
    return { up, milliseconds: ready - started };
  }

  public get pid(): number {
    if (this.child.pid === undefined) throw new Error("tandem up did not start");
    return this.child.pid;
  }

  /** Resolves at the next event that `matches`, with the time at which it was read. */
  public next(matches: (event: TimedEngineEvent) => boolean): Promise<number> {
    return new Promise((resolve, reject) => this.waiting.push({ matches, resolve, reject }));
  }

  /** Resolves once a function has printed a line with `text`. */
  public printsLog(text: string): Promise<number> {
    return this.next((event) => event.type === "log" && event.line.includes(text));
  }

  /** Calls `listener` for every event from now on. */
  public listen(listener: Listener): void {
    this.listeners.add(listener);
  }

  /** Reads no more events: where there are many, taking them apart would be measured too. */
  public ignoreEvents(): void {
    this.lines?.close();
    this.child.stdout?.resume();
  }

  public stack(): Promise<RunningStack> {
    return RunningStack.find({ stack: "dev", folder: this.project.folder });
  }

  /** Ends it as Ctrl-C does. */
  public async stop(): Promise<void> {
    this.peak.stop();
    this.waiting = [];
    if (this.child.exitCode !== null) return;
    const closed = once(this.child, "close");
    this.child.kill("SIGINT");
    await closed;
  }

  private take(line: string): void {
    const at = now();
    const event = JSON.parse(line) as TimedEngineEvent;
    for (const listener of this.listeners) listener(event, at);
    const matching = this.waiting.filter(({ matches }) => matches(event));
    this.waiting = this.waiting.filter((waiting) => !matching.includes(waiting));
    for (const { resolve } of matching) resolve(at);
  }

  private end(error: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

/** Brings a project up, does `work`, and removes everything, whatever happens. */
export async function withUp<T>(project: BenchProject, work: (up: RunningUp) => Promise<T>): Promise<T> {
  try {
    const { up } = await RunningUp.start(project);
    try {
      return await work(up);
    } finally {
      await up.stop();
    }
  } finally {
    project.remove();
  }
}
