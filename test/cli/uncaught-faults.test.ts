import { expect } from "chai";

import { reportUncaughtFaults } from "../../cli/uncaught-faults";
import { EngineEvents, type TimedEngineEvent } from "../../engine/services/engine-events";

describe("Faults that nobody catches under tandem up", () => {
  it("are reported, and end nothing", async () => {
    const others = (["uncaughtException", "unhandledRejection"] as const).map((name) => {
      const listeners = process.listeners(name as "uncaughtException");
      process.removeAllListeners(name);
      return { name, listeners };
    });
    const seen: TimedEngineEvent[] = [];
    const events = new EngineEvents(() => 0);
    events.listen((event) => seen.push(event));
    const stop = reportUncaughtFaults(events);
    try {
      setImmediate(() => {
        throw new Error("thrown in a callback");
      });
      void Promise.reject(new Error("a promise without a handler"));
      while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      stop();
      for (const { name, listeners } of others) for (const listener of listeners) process.on(name, listener);
    }
    const messages = seen.map((event) => (event.type === "notice" ? event.message : ""));
    expect(messages.join()).to.contain("thrown in a callback").and.contain("a promise without a handler");
  });
});
