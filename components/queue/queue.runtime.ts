import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { place } from "../shared/place.runtime";
import { problem } from "../shared/problem.runtime";
import { sqs } from "./sqs-client.runtime";
import { entryOf, messageLimit, sizeOf, type Entry, type SendOptions } from "./message.runtime";

export type { SendOptions } from "./message.runtime";

/** How messages are sent; what differs from one to the other is worked out from each. */
export interface SendAllOptions<T> extends Pick<SendOptions, "delay" | "attributes"> {
  readonly group?: string | ((body: T) => string);
  readonly deduplicationId?: (body: T) => string;
}

/** Which queue a method is of, and what its methods go by. */
export interface QueuePlace {
  /** The environment variable with its address. */
  readonly variable: string;
  /** Whether a FIFO queue tells duplicates by their content. */
  readonly byContent: boolean;
  /**
   * The variable with the ARN of the queue whose dead letters these are; unset where several share them: SQS then goes by
   * where it took each from, and stops at one that was sent there by hand.
   */
  readonly source: string;
}

/** Sends one message. */
export async function send(
  { variable, byContent }: QueuePlace,
  body: unknown,
  options?: SendOptions,
): Promise<{ id: string }> {
  const QueueUrl = place("queue.send", variable);
  const entry = entryOf(QueueUrl, byContent, body, options);
  const { SendMessageCommand } = await import("@aws-sdk/client-sqs");
  const { MessageId } = await (await sqs()).send(new SendMessageCommand({ QueueUrl, ...entry }));
  return { id: MessageId ?? "" };
}

/** Batches that are under way at once; those of a FIFO queue go one after the other. */
const parallelBatches = 4;
/** How often messages are sent again that SQS could not take, through no fault of theirs. */
const attempts = 3;

/** Sends any number of messages. All are checked before the first is sent. */
export async function sendAll<T>(
  { variable, byContent }: QueuePlace,
  bodies: Iterable<T>,
  { group, deduplicationId, ...same }: SendAllOptions<T> = {},
): Promise<void> {
  const url = place("queue.sendAll", variable);
  const entries = Array.from(bodies, (body) =>
    entryOf(url, byContent, body, {
      ...same,
      ...(group === undefined ? {} : { group: typeof group === "string" ? group : group(body) }),
      ...(deduplicationId === undefined ? {} : { deduplicationId: deduplicationId(body) }),
    }),
  );
  const batches = batchesOf(entries);
  const failures: Failure[] = [];
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      failures.push(...(await sendBatch(url, batch)));
      // A later message must not overtake one that failed.
      if (failures.length > 0 && url.endsWith(".fifo")) return;
    }
  };
  await Promise.all(Array.from({ length: url.endsWith(".fifo") ? 1 : parallelBatches }, worker));
  const [first] = failures;
  if (first === undefined) return;
  const unsent = failures.length + batches.reduce((total, batch) => total + batch.length, 0);
  throw problem(
    "ERR_QUEUE_SEND",
    `SQS did not take ${unsent} of ${entries.length} messages`,
    `${first.code}: ${first.message}; the first is number ${Math.min(...failures.map(({ index }) => index))}, counted from 0`,
    "send those again; what SQS took stays sent",
  );
}

interface Numbered {
  readonly index: number;
  readonly entry: Entry;
}

interface Failure {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

/** Batches of at most 10 messages and 1 MiB. */
function batchesOf(entries: readonly Entry[]): Numbered[][] {
  const batches: Numbered[][] = [];
  let room = 0;
  entries.forEach((entry, index) => {
    const size = sizeOf(entry);
    const current = batches.at(-1);
    if (current !== undefined && current.length < 10 && size <= room) {
      current.push({ index, entry });
      room -= size;
    } else {
      batches.push([{ index, entry }]);
      room = messageLimit - size;
    }
  });
  return batches;
}

async function sendBatch(url: string, batch: readonly Numbered[], attempt = 1): Promise<Failure[]> {
  const { SendMessageBatchCommand } = await import("@aws-sdk/client-sqs");
  const Entries = batch.map(({ entry }, id): SendMessageBatchRequestEntry => ({ Id: String(id), ...entry }));
  const { Failed = [] } = await (await sqs()).send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  const again = Failed.filter(({ SenderFault }) => SenderFault !== true).flatMap(({ Id }) => batch[Number(Id)] ?? []);
  const failures = (given: typeof Failed): Failure[] =>
    given.map(({ Id, Code = "", Message = "" }) => ({
      index: batch[Number(Id)]?.index ?? 0,
      code: Code,
      message: Message,
    }));
  if (again.length === 0 || attempt === attempts) return failures(Failed);
  const kept = failures(Failed.filter(({ SenderFault }) => SenderFault === true));
  return [...kept, ...(await sendBatch(url, again, attempt + 1))];
}

/** Milliseconds between two looks at how a redrive goes. */
const pause = 500;

/** Sends what a dead-letter queue holds back, and waits until that is done. */
export async function redrive({ variable, source }: QueuePlace): Promise<{ moved: number }> {
  const QueueUrl = place("queue.redrive", variable);
  const { GetQueueAttributesCommand, ListMessageMoveTasksCommand, StartMessageMoveTaskCommand } =
    await import("@aws-sdk/client-sqs");
  const queues = await sqs();
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  const SourceArn = Attributes?.["QueueArn"];
  const { TaskHandle } = await queues.send(
    new StartMessageMoveTaskCommand({ SourceArn, DestinationArn: process.env[source] }),
  );
  for (;;) {
    const { Results = [] } = await queues.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }));
    // A task that has ended is listed without its handle; the newest comes first.
    const task = Results.find((result) => result.TaskHandle === TaskHandle) ?? Results[0];
    if (task?.Status === "FAILED" || task?.Status === "CANCELLED") {
      throw new Error(`the redrive ended early (${task.Status}): ${task.FailureReason ?? "SQS gave no reason"}`);
    }
    if (task?.Status === "COMPLETED") return { moved: task.ApproximateNumberOfMessagesMoved ?? 0 };
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
