import type { ChildProcess } from "node:child_process";
import type { Clock } from "../services/clock";
import { descendantsOf, processesNow } from "../services/processes";

/** Milliseconds of silence, the second half of it without any work either, after which a program counts as hanging. */
const idlePatience = 30_000;
/** Milliseconds of silence after which it does even if it works: a loop without an end. */
const longestPatience = 10 * 60_000;
/** Milliseconds of processor time below which a process does not work: a server or a timer that waits takes less. */
const idleTime = 50;

/** Kills a program that does nothing any more. On a slow machine a good program works longer, so work is what counts. */
export class Watchdog {
  private timer;
  private silentFor = 0;
  private timeBefore: number | undefined;
  private reason: string | undefined;

  public constructor(
    private readonly clock: Clock,
    private readonly child: ChildProcess,
    private readonly onSlow: (seconds: number) => void,
  ) {
    this.timer = this.start();
  }

  /** The program has called: it lives. */
  public reset(): void {
    this.silentFor = 0;
    this.timeBefore = undefined;
    this.timer.cancel();
    this.timer = this.start();
  }

  public stop(): void {
    this.timer.cancel();
  }

  /** What the program did instead of going on; undefined unless it was killed. */
  public get hang(): string | undefined {
    return this.reason;
  }

  private start() {
    return this.clock.after(idlePatience / 2, () => this.check());
  }

  private check(): void {
    this.silentFor += idlePatience / 2;
    const before = this.timeBefore;
    const now = this.time();
    this.timeBefore = now;
    const isIdle = before !== undefined && now !== undefined && now - before < idleTime;
    if (!isIdle && this.silentFor < longestPatience) {
      if (this.silentFor % idlePatience === 0) this.onSlow(this.silentFor / 1000);
      this.timer = this.start();
      return;
    }
    const seconds = (isIdle ? idlePatience : longestPatience) / 1000;
    this.reason = isIdle ? `did nothing for ${seconds} seconds` : `registered nothing for ${seconds} seconds`;
    this.child.kill("SIGKILL");
  }

  /** Milliseconds of processor time of the program and all that it has started; undefined where the system does not say. */
  private time(): number | undefined {
    const { pid } = this.child;
    const all = processesNow();
    if (pid === undefined || !all.has(pid)) return undefined;
    return [pid, ...descendantsOf(pid, all)].reduce((sum, each) => sum + (all.get(each)?.time ?? 0), 0);
  }
}
