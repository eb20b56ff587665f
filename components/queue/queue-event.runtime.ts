import { problem } from "../shared/problem.runtime";
import { entryOf } from "./message.runtime";
import { isRetryError } from "./retry-error.runtime";
import { sqs } from "./sqs-client.runtime";

/** A message as a handler gets it. */
export interface QueueMessage<T = unknown> {
  /** What was sent. */
  readonly body: T;
  readonly id: string;
  /** What was sent besides the body. Numbers come as texts, bytes as base64. */
  readonly attributes: Readonly<Record<string, string>>;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  readonly sentAt: Date;
  /** Its group, where it was sent with one. */
  readonly group?: string;
}

/** What a handler of whole batches may return. */
export interface BatchResult {
  /** The ids of messages that were not processed and are to come again. */
  readonly failed: readonly string[];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly messageAttributes: Readonly<
    Record<string, { readonly stringValue?: string; readonly binaryValue?: string }>
  >;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting */
interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

interface WrapperOptions {
  /** The variable with the queue's own address. */
  readonly queue?: string;
  /** The variable with the address of the dead letters; undefined in a handler of dead letters. */
  readonly deadLetters?: string;
  /** How often a message is received before it goes to the dead letters, where that is known. */
  readonly maxReceiveCount?: number;
}

type Handle<Event> = (event: Event, context: object) => unknown;
type Wrapped = (event: unknown, context: object) => Promise<BatchResponse>;

/** Calls the handler for each message of a batch: all at once, but those of a FIFO group one after the other. */
export function handleMessages(handle: Handle<QueueMessage>, options: WrapperOptions): Wrapped {
  return async (event, context) => {
    const { messages, failed } = await readBatch(event, options);
    const lines = linesOf(messages).map((line) => handleLine(handle, line, context, options));
    return responseOf([...failed, ...(await Promise.all(lines)).flat()]);
  };
}

/** Calls the handler with the whole batch. */
export function handleBatches(handle: Handle<readonly QueueMessage[]>, options: WrapperOptions): Wrapped {
  return async (event, context) => {
    const { messages, failed } = await readBatch(event, options);
    const batch = messages.map(({ message }) => message);
    if (batch.length === 0) return responseOf(failed);
    try {
      return responseOf([...failed, ...failedOf(await handle(batch, context), batch)]);
    } catch (error) {
      if (!isRetryError(error)) throw error;
      console.error(`the batch failed and comes again in ${error.after} s: ${error.message}`);
      await showAgain(options, messages, error.after);
      return responseOf([...failed, ...batch.map(({ id }) => id)]);
    }
  };
}

function responseOf(failed: readonly string[]): BatchResponse {
  return { batchItemFailures: [...new Set(failed)].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The messages that a handler of batches names as failed. What is not understood must not count as success. */
function failedOf(result: unknown, batch: readonly QueueMessage[]): readonly string[] {
  if (typeof result !== "object" || result === null || !("failed" in result || "batchItemFailures" in result))
    return [];
  const { failed } = result as Partial<BatchResult>;
  if (!Array.isArray(failed)) {
    throw new TypeError(`the handler is to return { failed: [ids] }, and returned ${JSON.stringify(result)}`);
  }
  const unknown = failed.find((id) => !batch.some((message) => message.id === id)) as unknown;
  if (unknown === undefined) return failed as readonly string[];
  throw new Error(`the handler named a message as failed that is not of this batch: ${JSON.stringify(unknown)}`);
}

/** Calls the handler for messages that stand behind each other, and returns the ids of those that are to come again. */
async function handleLine(
  handle: Handle<QueueMessage>,
  line: readonly ReadMessage[],
  context: object,
  options: WrapperOptions,
): Promise<string[]> {
  const failed: string[] = [];
  for (const [index, read] of line.entries()) {
    const { id, receiveCount } = read.message;
    try {
      await handle(read.message, context);
    } catch (error) {
      const isLast = receiveCount >= (options.maxReceiveCount ?? Number.POSITIVE_INFINITY);
      // What follows a failure waits for it, or the order would be lost; but not for what goes to the dead letters now:
      // having been received as often, it would go there as well, without a try.
      const waiting = isLast ? [read] : line.slice(index);
      failed.push(...waiting.map(({ message }) => message.id));
      const what = `message ${id}, received ${times(receiveCount)}, failed`;
      if (isRetryError(error)) {
        const next = isLast ? "goes to the dead letters" : "comes again";
        console.error(`${what} and ${next} in ${error.after} s: ${error.message}`);
        await showAgain(options, waiting, error.after);
      } else console.error(`${what}:`, error);
      if (!isLast) break;
    }
  }
  return failed;
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

/** Has messages come again after so many seconds. Nothing of a FIFO group comes while some of it are still hidden. */
async function showAgain(
  { queue }: WrapperOptions,
  messages: readonly ReadMessage[],
  VisibilityTimeout: number,
): Promise<void> {
  if (queue === undefined) return;
  const { ChangeMessageVisibilityCommand } = await import("@aws-sdk/client-sqs");
  const client = await sqs();
  const QueueUrl = process.env[queue];
  const changes = messages.map(({ receiptHandle: ReceiptHandle }) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
  );
  for (const change of await Promise.allSettled(changes)) {
    // It comes again all the same, later.
    if (change.status === "rejected") console.error(change.reason);
  }
}

interface ReadMessage {
  readonly message: QueueMessage;
  readonly receiptHandle: string;
  /** The group of a FIFO queue, whose order counts. */
  readonly ordered: string | undefined;
}

/** Messages that may be worked on side by side are lines of one; the others stand behind each other. */
function linesOf(messages: readonly ReadMessage[]): ReadMessage[][] {
  const lines: ReadMessage[][] = [];
  const groups = new Map<string, ReadMessage[]>();
  for (const read of messages) {
    const line = read.ordered === undefined ? undefined : groups.get(read.ordered);
    if (line !== undefined) {
      line.push(read);
      continue;
    }
    const started = [read];
    lines.push(started);
    if (read.ordered !== undefined) groups.set(read.ordered, started);
  }
  return lines;
}

/** Reads a batch. What is no JSON can never be read: it goes to the dead letters, and counts as done here. */
async function readBatch(
  event: unknown,
  { deadLetters }: WrapperOptions,
): Promise<{ messages: ReadMessage[]; failed: string[] }> {
  const messages: ReadMessage[] = [];
  const failed: string[] = [];
  for (const record of (event as { Records: readonly SqsRecord[] }).Records) {
    let body: unknown;
    try {
      body = JSON.parse(record.body);
    } catch (error) {
      // A dead letter is handed over as it is: there is nowhere else for it to go.
      if (deadLetters === undefined) body = record.body;
      else if (await setAside(deadLetters, record, error)) continue;
      else {
        failed.push(record.messageId);
        continue;
      }
    }
    const { ApproximateReceiveCount, SentTimestamp, MessageGroupId: group, SequenceNumber } = record.attributes;
    messages.push({
      message: {
        body,
        id: record.messageId,
        attributes: Object.fromEntries(
          Object.entries(record.messageAttributes).map(([name, value]) => [
            name,
            value.stringValue ?? value.binaryValue ?? "",
          ]),
        ),
        receiveCount: Number(ApproximateReceiveCount),
        sentAt: new Date(Number(SentTimestamp)),
        ...(group === undefined ? {} : { group }),
      },
      receiptHandle: record.receiptHandle,
      // Only FIFO queues number their messages.
      ordered: SequenceNumber === undefined ? undefined : group,
    });
  }
  return { messages, failed };
}

/** Puts a message that is no JSON into the dead letters, with the reason. Whether it is there now. */
async function setAside(variable: string, record: SqsRecord, reason: unknown): Promise<boolean> {
  const QueueUrl = process.env[variable] ?? "";
  const message = reason instanceof Error ? reason.message : String(reason);
  const { message: text } = problem(
    "ERR_QUEUE_BODY",
    `message ${record.messageId} is no JSON, and goes to the dead letters`,
    message,
    "send it with queue.send(...), or as JSON; tandem redrive brings dead letters back",
  );
  console.error(text);
  try {
    const { SendMessageCommand } = await import("@aws-sdk/client-sqs");
    const entry = entryOf(QueueUrl, true, "", {
      group: record.attributes["MessageGroupId"],
      attributes: { ERROR_CODE: "ERR_QUEUE_BODY", ERROR_MESSAGE: `the body is no JSON: ${message}` },
      ...(QueueUrl.endsWith(".fifo") ? { deduplicationId: record.messageId } : {}),
    });
    await (await sqs()).send(new SendMessageCommand({ ...entry, QueueUrl, MessageBody: record.body }));
    return true;
  } catch (error) {
    // It stays in the queue, and gets there by itself when it was received too often.
    console.error(error);
    return false;
  }
}
