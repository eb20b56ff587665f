import { problem } from "../shared/problem.runtime";

/** How a message is sent. */
export interface SendOptions {
  /** Seconds before it can be received, 0 to 900. Not for FIFO queues, whose delay is the queue's own. */
  readonly delay?: number;
  /**
   * Messages of one group are processed in order, one after the other, in a FIFO queue.
   * @defaultValue `"default"` in a FIFO queue: all in order
   */
  readonly group?: string;
  /** What tells duplicates within 5 minutes, in a FIFO queue that goes by ids. */
  readonly deduplicationId?: string;
  /** At most 10 values besides the body. */
  readonly attributes?: Readonly<Record<string, string | number | Uint8Array>>;
}

/** A value as SQS takes it: its client's own type would bring all of the client into a program's type check. */
interface AttributeValue {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

/** A message as SQS takes it, besides the queue. */
export interface Entry {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageAttributes?: Record<string, AttributeValue>;
}

/** Bytes of one message, and of one batch (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html). */
export const messageLimit = 1024 * 1024;
const longestDelay = 900;

/**
 * Makes a message.
 * @param queue its address
 * @param byContent whether a FIFO queue tells duplicates by their content
 * @throws `ERR_QUEUE_MESSAGE` with all that SQS would refuse
 */
export function entryOf(queue: string, byContent: boolean, body: unknown, options: SendOptions = {}): Entry {
  const fifo = queue.endsWith(".fifo");
  const { delay, deduplicationId, attributes } = options;
  const text = JSON.stringify(body) as string | undefined;
  if (text === undefined) {
    throw refused(
      `body = ${typeof body}`,
      "send a value that JSON has: an object, array, text, number, boolean or null",
    );
  }
  if (delay !== undefined && !(Number.isInteger(delay) && delay >= 0 && delay <= longestDelay)) {
    throw refused(`delay = ${delay}`, "use 0 to 900 seconds, a whole number");
  }
  if (fifo && delay !== undefined) {
    throw refused(`delay = ${delay} in a FIFO queue`, "set delay on the queue: it holds for all its messages");
  }
  if (fifo && !byContent && deduplicationId === undefined) {
    throw refused('no deduplicationId, in a queue with deduplicate: "id"', "give each message its deduplicationId");
  }
  if (!fifo && deduplicationId !== undefined) {
    throw refused(
      `deduplicationId = ${JSON.stringify(deduplicationId)}`,
      "set fifo: true on the queue, or leave it out",
    );
  }
  const MessageAttributes = attributes === undefined ? undefined : attributesOf(attributes);
  const group = options.group ?? (fifo ? "default" : undefined);
  const entry: Entry = {
    MessageBody: text,
    ...(delay === undefined ? {} : { DelaySeconds: delay }),
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    ...(MessageAttributes === undefined ? {} : { MessageAttributes }),
  };
  const size = sizeOf(entry);
  if (size > messageLimit) {
    throw refused(
      `${size} bytes`,
      `send at most ${messageLimit} bytes (1 MiB): put the data into a bucket and send its key`,
    );
  }
  return entry;
}

function refused(got: string, fix: string): Error {
  return problem("ERR_QUEUE_MESSAGE", "SQS does not take this message", got, fix);
}

function attributesOf(attributes: NonNullable<SendOptions["attributes"]>): Record<string, AttributeValue> {
  const entries = Object.entries(attributes);
  if (entries.length > 10) throw refused(`${entries.length} attributes`, "use at most 10; put the rest into the body");
  return Object.fromEntries(
    entries.map(([name, value]): [string, AttributeValue] => {
      if (typeof value === "string" && value !== "") return [name, { DataType: "String", StringValue: value }];
      if (typeof value === "number") return [name, { DataType: "Number", StringValue: String(value) }];
      if (value instanceof Uint8Array) return [name, { DataType: "Binary", BinaryValue: value }];
      throw refused(`attributes.${name} = ${JSON.stringify(value)}`, "use texts that are not empty, numbers or bytes");
    }),
  );
}

/** What counts against SQS's limit: the body, and each attribute's name, type and value. */
export function sizeOf({ MessageBody, MessageAttributes = {} }: Entry): number {
  let size = Buffer.byteLength(MessageBody);
  for (const [name, { DataType = "", StringValue = "", BinaryValue }] of Object.entries(MessageAttributes)) {
    size += Buffer.byteLength(name) + DataType.length + (BinaryValue?.length ?? Buffer.byteLength(StringValue));
  }
  return size;
}
