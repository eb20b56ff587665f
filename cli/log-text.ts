import type { TimedEngineEvent } from "../engine/services/engine-events";
import type { LogEvent } from "../engine/services/logs/stream-file";
import { outcomeText } from "./report/outcome";

/** An event of a log group for people; undefined where it says nothing to them. */
export function logText({ message, note }: LogEvent): string | undefined {
  if (note !== undefined) return note.kind === "end" ? outcomeText(note.outcome) : undefined;
  const line = message.trimEnd();
  let record: { readonly level?: unknown; readonly message?: unknown; readonly type?: unknown } | null;
  try {
    record = JSON.parse(line) as typeof record;
  } catch {
    return line;
  }
  if (typeof record?.type === "string" && record.type.startsWith("platform.")) return undefined;
  // A record of Lambda's JSON logs; a function may print JSON of its own.
  if (typeof record !== "object" || record === null || record.level === undefined) return line;
  return record.message === undefined ? line : messageText(record.message);
}

/** A line that comes while somebody looks, and whose it is; undefined for other events. */
export function followedText(event: TimedEngineEvent): { readonly name: string; readonly text: string } | undefined {
  // The end of the invocation has the error that it ends by.
  if (event.type === "log") return event.ends === true ? undefined : { name: event.name, text: event.line };
  if (event.type !== "invocation" || event.status === "started") return undefined;
  return { name: event.name, text: outcomeText(event) };
}

/** What was printed: a text, or a value; of an error its stack trace. */
function messageText(message: unknown): string {
  if (typeof message === "string") return message;
  const { stackTrace } = (message ?? {}) as { readonly stackTrace?: unknown };
  return Array.isArray(stackTrace) && stackTrace.length > 0 ? stackTrace.join("\n") : JSON.stringify(message);
}
