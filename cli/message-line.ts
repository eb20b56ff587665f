import type { QueueMessage } from "../engine/services/queues/queue-message";
import { dim, red, yellow } from "./colours";

/** A message of a queue as `tandem ls <queue> --json` prints it. */
export interface ListedMessage {
  readonly id: string;
  readonly state: "waiting" | "delayed" | "in flight";
  readonly sentAt: string;
  /** Until when it is delayed or in flight. */
  readonly visibleAt?: string;
  readonly received: number;
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly group?: string;
  readonly deduplicationId?: string;
  /** Why it was given up. */
  readonly reason?: string;
}

/**
 * What people are told of a message.
 * @param now milliseconds since the epoch
 * @param nameOf the name in the program of the queue with an ARN
 */
export function listedMessage(message: QueueMessage, now: number, nameOf: (queueArn: string) => string): ListedMessage {
  const { id, body, received, group, deduplicationId, visibleAt } = message;
  const isHidden = visibleAt > now;
  const attributes = Object.entries(message.attributes ?? {}).map(([name, { StringValue, BinaryValue }]) => [
    name,
    StringValue ?? BinaryValue ?? "",
  ]);
  const reason = reasonOf(message, nameOf);
  return {
    id,
    state: !isHidden ? "waiting" : received > 0 ? "in flight" : "delayed",
    sentAt: new Date(message.sentAt).toISOString(),
    ...(isHidden && { visibleAt: new Date(visibleAt).toISOString() }),
    received,
    body,
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) as Record<string, string> }),
    ...(group !== undefined && { group }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    ...(reason !== undefined && { reason }),
  };
}

/**
 * A message on one line: id, age, how often it was received, why it was given up, and as much of its body as there is
 * room for.
 * @param now milliseconds since the epoch
 * @param columns of the terminal; infinite where there is none
 */
export function messageLine(
  { id, sentAt, state, received, reason, body }: ListedMessage,
  now: number,
  columns: number,
): string {
  const count = (received === 0 ? "" : `received ${received}×`).padEnd(12);
  const shownAge = age(now - Date.parse(sentAt)).padStart(6);
  const shownState = (state === "waiting" ? "" : state).padEnd(9);
  const room = columns - [id, shownAge, count, shownState, ""].join("  ").length;
  const why = shortened(reason === undefined ? "" : `${oneLine(reason)}  `, room);
  const what = shortened(oneLine(body), room - why.length);
  return `${dim(id)}  ${shownAge}  ${count}  ${yellow(shownState)}  ${red(why)}${what}`;
}

/** Why a message is among the dead letters, as far as it says so itself. */
function reasonOf(
  { deadLetterSource, received, attributes, body }: QueueMessage,
  nameOf: (queueArn: string) => string,
): string | undefined {
  if (deadLetterSource !== undefined) {
    const often = received === 1 ? "once" : `${received} times`;
    return `received ${often} from ${nameOf(deadLetterSource)} without success`;
  }
  // Handlers of queues and EventBridge say it in attributes, Lambda in the body
  // (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
  const code = attributes?.["ERROR_CODE"]?.StringValue;
  if (code !== undefined) return `${code}: ${attributes?.["ERROR_MESSAGE"]?.StringValue ?? ""}`;
  const { requestContext, responsePayload } = destinationRecord(body);
  if (requestContext?.condition === undefined) return undefined;
  return [requestContext.condition, responsePayload?.errorMessage].filter((part) => part !== undefined).join(": ");
}

interface DestinationRecord {
  readonly requestContext?: { readonly condition?: string };
  readonly responsePayload?: { readonly errorMessage?: string };
}

function destinationRecord(body: string): DestinationRecord {
  try {
    return body.startsWith('{"version":"1.0"') ? (JSON.parse(body) as DestinationRecord) : {};
  } catch {
    return {};
  }
}

/** e.g. `12 s`, `5 min`, `3 h`, `2 d`. */
function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 2 * 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** A text without what would start a new line or change the terminal: senders may be anybody. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    character === "\n" ? "\\n" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const kept = [...text.slice(0, Math.max(0, room))].slice(0, -1).join("");
  return room < 1 ? "" : `${kept}…`;
}
