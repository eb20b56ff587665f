import type { Clock, ClockTimer } from "../engine/services/clock";

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it, so that retries, time limits and retention are tested without
 * sleeping. Timers fire in the order they are due, those due at the same moment in the order they were started.
 */
export class FakeClock implements Clock {
  private time: number;
  private started = 0;
  private readonly timers = new Set<Waiting>();

  /** @param start milliseconds since the epoch; the present by default, so that signatures made meanwhile are fresh. */
  public constructor(start: number = Date.now()) {
    this.time = start;
  }

  public now(): number {
    return this.time;
  }

  public after(milliseconds: number, callback: () => void): ClockTimer {
    const timer = { due: this.time + Math.max(milliseconds, 0), order: this.started++, callback };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  /** How many timers wait; lets a test see that nothing was left behind. */
  public get pending(): number {
    return this.timers.size;
  }

  /**
   * Moves time forward by `milliseconds`, running each timer that comes due at its own moment, also those that timers
   * start on the way. What a timer's callback leads to asynchronously has a turn of the event loop before the next.
   */
  public async tick(milliseconds: number): Promise<void> {
    // What has happened already comes to its end before time moves on.
    await turn();
    const end = this.time + milliseconds;
    for (let next = this.earliest(); next !== undefined && next.due <= end; next = this.earliest()) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.due);
      next.callback();
      await turn();
    }
    this.time = end;
    await turn();
  }

  private earliest(): Waiting | undefined {
    let earliest: Waiting | undefined;
    for (const timer of this.timers) {
      if (
        earliest === undefined ||
        timer.due < earliest.due ||
        (timer.due === earliest.due && timer.order < earliest.order)
      )
        earliest = timer;
    }
    return earliest;
  }
}

// Captured before a test can replace it with sinon's fake timers.
const { setImmediate: nextTurn } = globalThis;

function turn(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}
