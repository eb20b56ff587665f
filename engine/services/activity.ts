/**
 * Counts the work under way (events being delivered, functions and tasks running, retries waiting), so that
 * `tandem up --once` and tests know when all is done.
 */
export class Activity {
  private count = 0;
  private resting = 0;
  private waiting: (() => void)[] = [];
  private waitingForRest: (() => void)[] = [];

  /** Marks one piece of work as begun; call what it returns, once, when that work has ended. */
  public begin(): () => void {
    this.count += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.count -= 1;
      queueMicrotask(() => this.settle());
    };
  }

  /** Says that a piece of work under way only waits for its time; call what it returns, once, when it goes on. */
  public rest(): () => void {
    this.resting += 1;
    let ended = false;
    queueMicrotask(() => this.settle());
    return () => {
      if (ended) return;
      ended = true;
      this.resting -= 1;
    };
  }

  /** Runs `work` as one piece of work. */
  public async during<T>(work: () => Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** Whether nothing is under way. */
  public get idle(): boolean {
    return this.count === 0;
  }

  /** Resolves once nothing is under way: at once if so already. */
  public whenIdle(): Promise<void> {
    return this.idle ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves once nothing is under way but what waits for its time: then only the clock can go on with it. */
  public whenResting(): Promise<void> {
    return this.rests ? Promise.resolve() : new Promise((resolve) => this.waitingForRest.push(resolve));
  }

  private get rests(): boolean {
    return this.count <= this.resting;
  }

  private settle(): void {
    if (this.rests) for (const resolve of this.waitingForRest.splice(0)) resolve();
    if (this.idle) for (const resolve of this.waiting.splice(0)) resolve();
  }
}
