import { unlessStopped } from "../container-runtime";

interface Running {
  readonly work: Promise<void>;
  readonly abort: AbortController;
  waiting: number;
}

/** Work that several may need at once: it is done once for all who wait, and given up when nobody waits any more. */
export class SharedWork {
  private readonly running = new Map<string, Running>();

  public async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = this.running.get(key) ?? this.begin(key, work);
    running.waiting += 1;
    try {
      await unlessStopped(signal, running.work);
    } finally {
      running.waiting -= 1;
      if (running.waiting === 0) {
        // Whoever comes next begins anew instead of joining what is being given up.
        if (this.running.get(key) === running) this.running.delete(key);
        running.abort.abort();
      }
    }
  }

  private begin(key: string, work: (signal: AbortSignal) => Promise<void>): Running {
    const abort = new AbortController();
    const running = { work: work(abort.signal), abort, waiting: 0 };
    this.running.set(key, running);
    // Nobody may be left to hear of it.
    running.work.catch(() => undefined);
    return running;
  }
}
