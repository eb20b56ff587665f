/** A timer that {@link Clock.after} started. */
export interface ClockTimer {
  /** Stops the timer; a timer that has fired or was stopped stays as it is. */
  cancel(): void;
}

/** The only source of time in the engine, so that tests move it by hand instead of sleeping. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once, `milliseconds` from now. The timer does not keep the process alive. */
  after(milliseconds: number, callback: () => void): ClockTimer;
}

/** A time in whole seconds: `2026-11-30T12:00:00Z`. */
export function isoSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

// Node clamps longer delays to 1 ms (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
const longestTimeout = 2 ** 31 - 1;

/** A clock whose callbacks cannot end the process: what one throws is reported, and everything else goes on. */
export function guardedClock(clock: Clock, onFault: (error: unknown) => void): Clock {
  return {
    now: () => clock.now(),
    after: (milliseconds, callback) =>
      clock.after(milliseconds, () => {
        try {
          callback();
        } catch (error) {
          onFault(error);
        }
      }),
  };
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    let timeout: NodeJS.Timeout;
    const wait = (remaining: number): void => {
      const step = Math.min(Math.max(remaining, 0), longestTimeout);
      timeout = setTimeout(() => (remaining > step ? wait(remaining - step) : callback()), step);
      timeout.unref();
    };
    wait(milliseconds);
    return { cancel: () => clearTimeout(timeout) };
  },
};
