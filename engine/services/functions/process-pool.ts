import type { Clock, ClockTimer } from "../clock";

/** What the pool needs to know of a process. */
export interface PooledProcess {
  readonly alive: boolean;
  kill(): void;
}

interface ProcessPoolOptions<Process extends PooledProcess> {
  readonly clock: Clock;
  /** How many processes there may be. */
  readonly limit: number;
  /** Starts a process with the newest code of a function. Throws where there is no such function. */
  start(functionName: string): Process;
  /** Whether a process runs the newest code of its function. */
  isCurrent(process: Process): boolean;
}

interface Waiting<Process> {
  readonly functionName: string;
  readonly resolve: (process: Process) => void;
  readonly reject: (error: unknown) => void;
}

interface Idle<Process> {
  readonly process: Process;
  readonly functionName: string;
  readonly timer: ClockTimer;
}

/** Milliseconds after which a process that nobody needs is stopped. */
const idleLimit = 10 * 60_000;

/**
 * The processes of all functions. Warm ones are used again, the last one used first, so that those that are not needed
 * grow old. Where all are busy, whose turn it is next is decided by who has the fewest running, then by who has waited
 * longest: a flood of events for one function does not keep the others from running.
 */
export class ProcessPool<Process extends PooledProcess> {
  private idle: Idle<Process>[] = [];
  private readonly busy = new Map<Process, string>();
  private waiting: Waiting<Process>[] = [];

  public constructor(private readonly options: ProcessPoolOptions<Process>) {}

  /**
   * A process for one invocation; hand it back with {@link release}.
   * @param nested for an invocation that another one waits for. It may go beyond the limit, up to as many processes
   *   again: otherwise functions that wait for functions would hold all processes and wait for ever.
   */
  public acquire(functionName: string, nested: boolean): Promise<Process> {
    return new Promise((resolve, reject) => {
      const request = { functionName, resolve, reject };
      // Whoever came earlier and still waits goes first, except before one that others wait for.
      if (this.waiting.length > 0 && !nested) this.waiting.push(request);
      else if (!this.grant(request, nested ? this.options.limit * 2 : this.options.limit)) this.waiting.push(request);
    });
  }

  /** Hands a process back, dead or alive. */
  public release(process: Process): void {
    const functionName = this.busy.get(process);
    if (functionName === undefined) return;
    this.busy.delete(process);
    if (!process.alive || !this.options.isCurrent(process)) process.kill();
    else {
      const timer = this.options.clock.after(idleLimit, () => this.letGo(process));
      this.idle.push({ process, functionName, timer });
    }
    this.serve();
    // What nested invocations added is not kept.
    while (this.idle.length > 0 && this.size > this.options.limit) this.evictOldest();
  }

  /** Stops the idle processes of a function that run old code. */
  public refresh(functionName: string): void {
    for (const { process } of this.idle.filter((idle) => idle.functionName === functionName))
      if (!this.options.isCurrent(process)) this.letGo(process);
  }

  /** Forgets a function: its idle processes end, and who waits for one is told. */
  public remove(functionName: string, reason: Error): void {
    for (const { process } of this.idle.filter((idle) => idle.functionName === functionName)) this.letGo(process);
    const waiting = this.waiting.filter((request) => request.functionName === functionName);
    this.waiting = this.waiting.filter((request) => request.functionName !== functionName);
    for (const { reject } of waiting) reject(reason);
  }

  /** An idle process has ended by itself. */
  public forget(process: Process): void {
    const gone = this.idle.find((idle) => idle.process === process);
    gone?.timer.cancel();
    this.idle = this.idle.filter((idle) => idle !== gone);
    if (gone !== undefined) this.serve();
  }

  /** Ends all that is idle, and refuses all that waits with `reason`. */
  public drain(reason: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason);
    for (const { process } of [...this.idle]) this.letGo(process);
  }

  /** Every process, idle or busy. */
  public processes(): Process[] {
    return [...this.idle.map(({ process }) => process), ...this.busy.keys()];
  }

  public busyProcesses(): Process[] {
    return [...this.busy.keys()];
  }

  public get size(): number {
    return this.idle.length + this.busy.size;
  }

  private grant(request: Waiting<Process>, limit: number): boolean {
    const { functionName } = request;
    const warm = this.idle.findLast((idle) => idle.functionName === functionName && idle.process.alive);
    if (warm !== undefined) {
      warm.timer.cancel();
      this.idle.splice(this.idle.indexOf(warm), 1);
      this.busy.set(warm.process, functionName);
      request.resolve(warm.process);
      return true;
    }
    if (this.busy.size >= limit) return false;
    while (this.size >= limit) this.evictOldest();
    try {
      const process = this.options.start(functionName);
      this.busy.set(process, functionName);
      request.resolve(process);
    } catch (error) {
      request.reject(error);
    }
    return true;
  }

  private serve(): void {
    for (let next = this.nextInTurn(); next !== undefined; next = this.nextInTurn()) {
      if (!this.grant(next, this.options.limit)) return;
      this.waiting.splice(this.waiting.indexOf(next), 1);
    }
  }

  private nextInTurn(): Waiting<Process> | undefined {
    const running = new Map<string, number>();
    for (const name of this.busy.values()) running.set(name, (running.get(name) ?? 0) + 1);
    let next: Waiting<Process> | undefined;
    for (const request of this.waiting) {
      const count = running.get(request.functionName) ?? 0;
      if (next === undefined || count < (running.get(next.functionName) ?? 0)) next = request;
    }
    return next;
  }

  private evictOldest(): void {
    const [oldest] = this.idle;
    if (oldest !== undefined) this.letGo(oldest.process);
  }

  private letGo(process: Process): void {
    const idle = this.idle.find((candidate) => candidate.process === process);
    idle?.timer.cancel();
    this.idle = this.idle.filter((candidate) => candidate !== idle);
    process.kill();
  }
}
