import { apisOf } from "../apis";
import { bucketsOf } from "../buckets";
import { programQueues } from "../program-queues";
import type { Reporter } from "./reporter";

/** One JSON object a line for each event: docs/json-events.md. */
export function jsonReporter(write: (text: string) => void): Reporter {
  const line = (value: object): void => write(`${JSON.stringify(value)}\n`);
  return {
    event: line,
    ready(engine) {
      line({
        type: "up",
        time: Date.now(),
        endpoint: `http://127.0.0.1:${engine.port}`,
        buckets: bucketsOf(engine),
        queues: programQueues(engine),
        apis: apisOf(engine.graph.values()),
      });
    },
    end(message, failed) {
      line({ type: "end", time: Date.now(), failed, message });
    },
  };
}
