import { problem } from "../shared/problem.runtime";
import { entryOf } from "./message.runtime";
import { isRetryError } from "./retry-error.runtime";

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
}

type Handle<Event> = (event: Event, context: object) => unknown;
type Wrapped = (event: unknown, context: object) => Promise<BatchResponse>;

/** Calls the handler for each message of a batch: all at once, but those of a FIFO group one after the other. */
export function handleMessages(handle: Handle<QueueMessage>, options: WrapperOptions): Wrapped {
  return async (event, context) => {
    const { messages, failed } = await readBatch(event, options);
    await Promise.all(
      linesOf(messages).map(async (line) => {
        let failedBefore = false;
        for (const read of line) {
          // What follows a failure in its group waits for it, or the order would be lost.
          if (!failedBefore) failedBefore = !(await succeeds(handle, read, context, options));
          if (failedBefore) failed.push(read.message.id);
        }
      }),
    );
    return responseOf(failed);
  };
}

/** Calls the handler with the whole batch. */
export function handleBatches(handle: Handle<readonly QueueMessage[]>, options: WrapperOptions): Wrapped {
  return async (event, context) => {
    const { messages, failed } = await readBatch(event, options);
    const batch = messages.map(({ message }) => message);
    if (batch.length === 0) return responseOf(failed);
    const result = (await handle(batch, context)) as BatchResult | undefined;
    const named = result?.failed ?? [];
    const unknown = named.find((id) => !batch.some((message) => message.id === id));
    if (unknown !== undefined) {
      throw new Error(`the handler named a message as failed that is not of this batch: ${JSON.stringify(unknown)}`);
    }
    return responseOf([...failed, ...named]);
  };
}

function responseOf(failed: readonly string[]): BatchResponse {
  return { batchItemFailures: [...new Set(failed)].map((itemIdentifier) => ({ itemIdentifier })) };
}

async function succeeds(
  handle: Handle<QueueMessage>,
  { message, receiptHandle }: ReadMessage,
  context: object,
  { queue }: WrapperOptions,
): Promise<boolean> {
  try {
    await handle(message, context);
    return true;
  } catch (error) {
    const failed = `message ${message.id}, received ${times(message.receiveCount)}, failed`;
    if (isRetryError(error) && queue !== undefined) {
      console.error(`${failed} and comes again in ${error.after} s: ${error.message}`);
      await showAgain(queue, receiptHandle, error.after);
    } else console.error(`${failed}:`, error);
    return false;
  }
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

/** Has a message come again after so many seconds. */
async function showAgain(queue: string, ReceiptHandle: string, VisibilityTimeout: number): Promise<void> {
  const { ChangeMessageVisibilityCommand, SQSClient } = await import("@aws-sdk/client-sqs");
  const QueueUrl = process.env[queue];
  try {
    await new SQSClient().send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  } catch (error) {
    // It comes again all the same, later.
    console.error(error);
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
    const { SendMessageCommand, SQSClient } = await import("@aws-sdk/client-sqs");
    const entry = entryOf(QueueUrl, true, "", {
      group: record.attributes["MessageGroupId"],
      attributes: { ERROR_CODE: "ERR_QUEUE_BODY", ERROR_MESSAGE: `the body is no JSON: ${message}` },
      ...(QueueUrl.endsWith(".fifo") ? { deduplicationId: record.messageId } : {}),
    });
    await new SQSClient().send(new SendMessageCommand({ ...entry, QueueUrl, MessageBody: record.body }));
    return true;
  } catch (error) {
    // It stays in the queue, and gets there by itself when it was received too often.
    console.error(error);
    return false;
  }
}
