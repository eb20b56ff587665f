import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { outcomeText } from "./outcome";

type Line = Extract<TimedEngineEvent, { type: "log" }>;
type Invocation = Extract<TimedEngineEvent, { type: "invocation" }>;
type Redelivery = Extract<TimedEngineEvent, { type: "redelivery" }>;

/** What a handler of this library prints of a message that it has not processed (components/queue/queue-event.runtime.ts). */
const failure =
  /^message ([\w-]+), received (?:once|\d+ times), failed(?: and (?:comes again|goes to the dead letters) in \d+ s)?: ([^]*)$/;

/**
 * Brings together what is told of a message that was not processed: what its handler prints, how the invocation ended, and when
 * the message comes again, which is told last.
 */
export class FailedMessages {
  private readonly lines = new Map<string, { readonly line: Line; readonly reason: string }>();
  /** Why an invocation failed that had one message, by its request. */
  private readonly reasons = new Map<string, string>();

  /** Whether a line is shown later, with its message's redelivery. */
  public holds(line: Line): boolean {
    const [, id, reason] = (line.source === "function" && failure.exec(line.line)) || [];
    if (id === undefined || reason === undefined || line.requestId === undefined) return false;
    this.lines.set(id, { line, reason });
    return true;
  }

  /** Whether the redelivery of its one message says how an invocation ended. */
  public explains({ requestId, status, unprocessed, ...outcome }: Invocation): boolean {
    if (unprocessed?.of !== 1 || unprocessed.failed + unprocessed.asked === 0) return false;
    if (status === "failed") this.reasons.set(requestId, outcome.stack ?? outcome.error ?? "");
    else if (status === "timed-out") this.reasons.set(requestId, outcomeText({ status, ...outcome }));
    return true;
  }

  /** Why a message was not processed, as far as that was told and not shown yet. */
  public reasonOf({ message, requestId }: Redelivery): string | undefined {
    const reason = this.lines.get(message)?.reason ?? this.reasons.get(requestId ?? "");
    this.lines.delete(message);
    this.reasons.delete(requestId ?? "");
    return reason;
  }

  /** Lines that are held for no redelivery: of an invocation that has none, or all at the end. */
  public release(invocation?: Invocation): Line[] {
    if (invocation?.unprocessed !== undefined || invocation?.status === "started") return [];
    const all = [...this.lines.values()].map(({ line }) => line);
    const released = all.filter(({ requestId }) => invocation === undefined || requestId === invocation.requestId);
    for (const [id, { line }] of this.lines) if (released.includes(line)) this.lines.delete(id);
    return released;
  }
}
