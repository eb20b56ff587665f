import type { EngineEvents } from "../engine/services/engine-events";

/**
 * Reports what nobody has caught, and lets `tandem up` go on: a fault in serving one request must not take down what
 * serves all others. Faults are handled where they arise; this is for those that are not known yet.
 * @returns takes the listeners off again
 */
export function reportUncaughtFaults(engineEvents: EngineEvents): () => void {
  const report = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    engineEvents.emit({ type: "notice", level: "error", message: `internal error, please report it: ${text}` });
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
  return () => {
    process.off("uncaughtException", report);
    process.off("unhandledRejection", report);
  };
}
