/**
 * Counts the work under way (events being delivered, functions and tasks running, retries waiting), so that
 * `tandem up --once` and tests know when all is done.
 */
export class Activity {
  private count = 0;
  private waiting: (() => void)[] = [];

  /** Marks one piece of work as begun; call what it returns, once, when that work has ended. */
  public begin(): () => void {
    this.count += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.count -= 1;
      if (this.count === 0) queueMicrotask(() => this.settle());
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

  private settle(): void {
    if (!this.idle) return;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
