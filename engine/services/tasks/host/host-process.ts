import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Clock, ClockTimer } from "../../clock";
import { LineReader } from "../../functions/process-output";
import { killWithDescendants } from "../../processes";
import type { ContainerExit, RunningContainer } from "../container-runtime";

interface HostProcessOptions {
  /** Absolute. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stopSignal: NodeJS.Signals;
  readonly clock: Clock;
  onLine(line: string): void;
}

// Milliseconds; what a program that detached itself still holds open does not keep a task running.
const outputGrace = 1000;

/** A container's program as a process of this machine, the leader of its own group, so that all it starts ends with it. */
export class HostProcess implements RunningContainer {
  public readonly exited: Promise<ContainerExit>;
  private readonly child: ChildProcess;
  private readonly keeper: ChildProcess | undefined;
  private killing: ClockTimer | undefined;
  private killAt = Number.POSITIVE_INFINITY;

  /** Starts the process. */
  public constructor(private readonly options: HostProcessOptions) {
    this.child = spawn(options.program, options.arguments, {
      cwd: options.folder,
      env: options.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      const lines = new LineReader(({ line }) => options.onLine(line));
      stream?.on("data", (chunk: Buffer) => lines.push(chunk));
      stream?.on("end", () => lines.flush());
    }
    this.keeper = this.child.pid === undefined ? undefined : keep(this.child.pid);
    this.exited = this.whenExited();
  }

  public stop(grace: number): void {
    this.signal(this.options.stopSignal);
    const killAt = this.options.clock.now() + grace;
    if (killAt >= this.killAt) return;
    this.killAt = killAt;
    this.killing?.cancel();
    this.killing = this.options.clock.after(grace, () => this.signal("SIGKILL"));
  }

  private whenExited(): Promise<ContainerExit> {
    return new Promise((resolve) => {
      let grace: ClockTimer | undefined;
      const settle = (exit: ContainerExit): void => {
        grace?.cancel();
        this.killing?.cancel();
        this.keeper?.kill("SIGKILL");
        resolve(exit);
      };
      this.child.on("error", (error) =>
        settle({ exitCode: undefined, reason: `CannotStartContainerError: ${error.message}` }),
      );
      this.child.on("exit", (code, signal) => {
        // In a container nothing outlives the first process.
        this.signal("SIGKILL");
        grace = this.options.clock.after(outputGrace, () => settle({ exitCode: exitCodeOf(code, signal) }));
      });
      this.child.on("close", (code, signal) => settle({ exitCode: exitCodeOf(code, signal) }));
    });
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    // A task's environment is its author's, and may be that of other programs: no variable of it tells whose a process is.
    if (signal === "SIGKILL") return killWithDescendants(this.child.pid, undefined);
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // It and all it started have ended.
    }
  }
}

/** Starts what kills a group of processes once this engine is gone, however it went: its end closes the pipe. */
function keep(group: number): ChildProcess {
  const keeper = spawn("/bin/sh", ["-c", 'cat >/dev/null; kill -9 "-$1"', "sh", String(group)], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: "/usr/bin:/bin" },
    // Ctrl-C in a terminal goes to the engine's own group, which then ends its tasks in order.
    detached: true,
  });
  keeper.on("error", () => undefined);
  keeper.stdin?.on("error", () => undefined);
  return keeper;
}

/** As a shell and Docker count: 128 and the signal's number for a process that a signal ended. */
function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
