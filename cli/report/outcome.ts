import type { InvocationOutcome, UnfinishedWork } from "../../engine/services/engine-events";
import { dim, red, yellow } from "../colours";

/** How an invocation ended, for people: in the live view and in `tandem logs`. */
export function outcomeText({
  status,
  milliseconds,
  error,
  stack,
  unprocessed,
  unfinished,
}: InvocationOutcome): string {
  const took = milliseconds === undefined ? "" : ` in ${Math.round(milliseconds)} ms`;
  if (status === "timed-out") return red(`timed out${took}`);
  if (status === "failed") return red(`failed${took}: ${stack ?? error ?? ""}`);
  const { failed = 0, asked = 0, of = 0 } = unprocessed ?? {};
  const messages = of === 1 ? "message" : "messages";
  if (failed > 0) return red(`failed${took}: ${failed} of ${of} ${messages}`);
  const done = dim(asked > 0 ? `done${took}; ${asked} of ${of} ${messages} to come again, as asked` : `done${took}`);
  return unfinished === undefined ? done : done + yellow(`; ${unfinishedText(unfinished)}`);
}

const works: Record<UnfinishedWork, string> = {
  request: "a request",
  connection: "a connection that it opens",
  program: "a program that it started",
  file: "reading or writing files, as the AWS SDK does before its first request",
  timer: "a timer",
};

function unfinishedText(work: UnfinishedWork): string {
  return `work under way (${works[work]}) stands still until the next event, as on Lambda: await what has to be done`;
}
