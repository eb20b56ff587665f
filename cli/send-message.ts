import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import { EngineError } from "../engine/errors";
import { queueType } from "./queues";
import type { RunningStack } from "./running";

/** How a message is sent, as the command line has parsed it. */
export interface SendOptions {
  readonly raw: boolean;
  readonly group?: string;
  readonly deduplicationId?: string;
  /** Seconds. */
  readonly delay?: number;
  /** `key=value`. */
  readonly attribute: readonly string[];
}

/** Bytes (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html). */
const largestMessage = 1024 * 1024;

/**
 * Sends one message.
 * @param text the body, as it was given
 * @throws `ERR_NOT_FOUND`, `ERR_SEND_REFUSED`
 */
export async function sendMessage(
  stack: RunningStack,
  name: string,
  text: string,
  options: SendOptions,
): Promise<{ readonly queue: string; readonly id: string }> {
  const { id: url, name: queue, outputs } = stack.resource("queue", queueType, name);
  // White space around JSON means nothing: `echo` and files end with a new line.
  const body = options.raw ? text : text.trim();
  checkBody(queue, body, options.raw);
  const isFifo = url.endsWith(".fifo");
  checkKind(queue, isFifo, outputs["contentBasedDeduplication"] === true, options);
  const { delay, deduplicationId, group = isFifo ? "default" : undefined } = options;
  const { SendMessageCommand, SQSServiceException } = await import("@aws-sdk/client-sqs");
  const command = new SendMessageCommand({
    QueueUrl: url,
    MessageBody: body,
    MessageAttributes: attributesOf(queue, options.attribute),
    ...(delay === undefined ? {} : { DelaySeconds: delay }),
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
  });
  try {
    const { MessageId = "" } = await stack.sqs().send(command);
    return { queue, id: MessageId };
  } catch (error) {
    if (!(error instanceof SQSServiceException) || error.$fault !== "client") throw error;
    throw refused(queue, "does not take the message", error.message, "correct the message, or its options");
  }
}

/** Handlers of a Queue read JSON: anything else would go to the dead letters at once. */
function checkBody(queue: string, body: string, raw: boolean): void {
  if (body === "") throw refused(queue, "was given an empty message", '""', "give it a body; an empty text is '\"\"'");
  const size = Buffer.byteLength(body);
  if (size > largestMessage) {
    const fix = `send at most ${largestMessage} bytes (1 MiB): put the data into a bucket, and send its key`;
    throw refused(queue, "was given a message that is too large", `${size} bytes`, fix);
  }
  if (raw) return;
  try {
    JSON.parse(body);
  } catch (error) {
    const isShort = body.length <= 60 && !/[\p{Cc}]/u.test(body);
    const asText = isShort ? JSON.stringify(body) : '"…"';
    throw refused(
      queue,
      "was given a message that is no JSON",
      `${isShort ? body : `${size} bytes`} (${error instanceof Error ? error.message : String(error)})`,
      `tandem send ${queue} ${quoted(asText)} sends a text; --raw sends it as it is`,
    );
  }
}

/** What depends on whether it is a FIFO queue. */
function checkKind(
  queue: string,
  isFifo: boolean,
  byContent: boolean,
  { delay, deduplicationId }: Pick<SendOptions, "delay" | "deduplicationId">,
): void {
  if (isFifo && delay !== undefined) {
    const fix = "leave --delay out: the delay of a FIFO queue is the queue's own, set in the program";
    throw refused(queue, "is a FIFO queue, whose messages have no delays of their own", `--delay ${delay}`, fix);
  }
  if (!isFifo && deduplicationId !== undefined) {
    const fix = "leave --deduplication-id out, or set fifo: true on the queue";
    throw refused(queue, "is no FIFO queue and drops no duplicates", `--deduplication-id ${deduplicationId}`, fix);
  }
  if (isFifo && !byContent && deduplicationId === undefined) {
    const fix = "give each message its own: --deduplication-id <id>";
    throw refused(queue, "tells duplicates by their ids", "no --deduplication-id", fix);
  }
}

function attributesOf(queue: string, pairs: readonly string[]): Record<string, MessageAttributeValue> | undefined {
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(
    pairs.map((pair): [string, MessageAttributeValue] => {
      const at = pair.indexOf("=");
      const value = pair.slice(at + 1);
      if (at > 0 && value !== "") return [pair.slice(0, at), { DataType: "String", StringValue: value }];
      const fix = "write --attribute key=value, with a value that is not empty";
      throw refused(queue, "was given an attribute that is none", `--attribute ${pair}`, fix);
    }),
  );
}

function refused(queue: string, what: string, got: string, fix: string): EngineError {
  return new EngineError("ERR_SEND_REFUSED", `queue "${queue}" ${what}`, fix, got);
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Reads a body from a stream; no more of it than a message may have, and what shows that it has more.
 * @throws `ERR_SEND_REFUSED` where it is no UTF-8
 */
export async function readBody(input: AsyncIterable<Uint8Array>, queue: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestMessage * 2) break;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    const fix = "send text; put other data into a bucket, and send its key";
    throw refused(queue, "was given bytes that are no text in UTF-8", `${size} bytes`, fix);
  }
}
