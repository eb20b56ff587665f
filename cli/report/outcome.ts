import type { InvocationOutcome } from "../../engine/services/engine-events";
import { dim, red } from "../colours";

/** How an invocation ended, for people: in the live view and in `tandem logs`. */
export function outcomeText({ status, milliseconds, error, stack, unprocessed }: InvocationOutcome): string {
  const took = milliseconds === undefined ? "" : ` in ${Math.round(milliseconds)} ms`;
  if (status === "timed-out") return red(`timed out${took}`);
  if (status === "failed") return red(`failed${took}: ${stack ?? error ?? ""}`);
  const { failed = 0, asked = 0, of = 0 } = unprocessed ?? {};
  const messages = of === 1 ? "message" : "messages";
  if (failed > 0) return red(`failed${took}: ${failed} of ${of} ${messages}`);
  return dim(asked > 0 ? `done${took}; ${asked} of ${of} ${messages} to come again, as asked` : `done${took}`);
}
