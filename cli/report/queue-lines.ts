import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { dim, red, yellow } from "../colours";

/**
 * What became of a message that its handler did not process.
 * @param reason why not, where that was not shown before
 */
export function redeliveryText(event: Extract<TimedEngineEvent, { type: "redelivery" }>, reason?: string): string {
  const { handler, message, received, limit, milliseconds, asked } = event;
  const when = milliseconds < 1000 ? "at once" : `in ${Math.ceil(milliseconds / 1000)} s`;
  const short = `message ${message.slice(0, 8)}…`;
  const why = reason === undefined ? "" : `: ${reason}`;
  if (limit !== undefined && received >= limit)
    return yellow(`${short} failed in ${handler} for the last time; given up ${when}${why}`);
  if (asked) return dim(`${short} comes again ${when}, as ${handler} asked${why}`);
  const count = limit === undefined ? `${received}` : `${received} of ${limit}`;
  return yellow(`${short} failed in ${handler} (${count}); comes again ${when}${why}`);
}

/** Why something was given up, and where to look at it. */
export function deadLetterText(reason: string, hint: string | undefined): string {
  return red(`given up: ${reason}; kept in its dead letters`) + (hint === undefined ? "" : dim(` (${hint})`));
}
