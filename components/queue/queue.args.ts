import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as sqs from "@pulumi/aws/sqs";
import type * as pulumi from "@pulumi/pulumi";
import type { CalledFunctionArgs } from "../function/function.args";
import { checkKnown, checkOneOf, checkRange, isPlain, show, type Range } from "../shared/checks";
import type { Problem } from "../shared/errors";
import { checkTags } from "../shared/limits";
import type { Transforms } from "../shared/transform";
import type { DeadLetterArgs } from "./dead-letters.args";
import { retentionRange, type CreatedQueue } from "./queue-facts";

/** The resources of a queue, by the names under which `transform` reaches them. */
export interface QueueChildren {
  readonly queue: sqs.QueueArgs;
  readonly policy: sqs.QueuePolicyArgs;
  readonly deadLetterQueue: sqs.QueueArgs;
  readonly deadLetterPolicy: sqs.QueuePolicyArgs;
  readonly redriveAllowPolicy: sqs.RedriveAllowPolicyArgs;
  readonly alarm: cloudwatch.MetricAlarmArgs;
}

/** Settings of a queue. */
export interface QueueArgs {
  /**
   * Keeps the order of messages within a group, and drops duplicates. Cannot be changed later without replacing the queue.
   * @defaultValue `false`
   */
  readonly fifo?: boolean;
  /**
   * How a FIFO queue tells duplicates within 5 minutes: by their `content`, or by the `deduplicationId` that each
   * `send` then has to give.
   * @defaultValue `"content"`
   */
  readonly deduplicate?: "content" | "id";
  /**
   * How often a message is received before it goes to the dead letters, from 1 to 1000.
   * @defaultValue `3`
   */
  readonly maxReceiveCount?: number;
  /**
   * Seconds that a received message stays hidden from others, from 0 to 43200. At least six times the handler's
   * timeout, plus its batch window
   * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
   * @defaultValue `180`, six times a handler's default timeout
   */
  readonly visibilityTimeout?: pulumi.Input<number>;
  /**
   * Seconds before a message that was sent can be received, from 0 to 900.
   * @defaultValue `0`
   */
  readonly delay?: pulumi.Input<number>;
  /**
   * Seconds that a message is kept, from 60 to 1209600 (14 days).
   * @defaultValue `345600`, four days
   */
  readonly retention?: pulumi.Input<number>;
  /**
   * Where messages go that could not be processed: settings of the queue's own dead letters, or another queue.
   * @defaultValue a queue of its own
   */
  readonly deadLetters?: (CreatedQueue & pulumi.Resource) | DeadLetterArgs;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Changes a child's arguments before it is made. */
  readonly transform?: Transforms<QueueChildren>;
}

/** How messages reach a handler. */
export interface BatchArgs {
  /**
   * Messages that one invocation gets at most: 1 to 10, up to 10000 with a batch window.
   * @defaultValue `10`
   */
  readonly batchSize?: pulumi.Input<number>;
  /**
   * Seconds that are waited for a batch to fill, from 0 to 300. Not for FIFO queues.
   * @defaultValue `0`
   */
  readonly batchWindow?: pulumi.Input<number>;
  /**
   * Invocations at a time, from 2 to 1000.
   * @defaultValue as many as Lambda runs
   */
  readonly concurrency?: pulumi.Input<number>;
}

const known: readonly (keyof QueueArgs)[] = [
  "fifo",
  "deduplicate",
  "maxReceiveCount",
  "visibilityTimeout",
  "delay",
  "retention",
  "deadLetters",
  "tags",
  "transform",
];

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const ranges: readonly (readonly [keyof QueueArgs, Range])[] = [
  ["maxReceiveCount", { least: 1, most: 1000, unit: "receives" }],
  ["visibilityTimeout", { least: 0, most: 43_200, unit: "seconds" }],
  ["delay", { least: 0, most: 900, unit: "seconds" }],
  ["retention", retentionRange],
];

/** Finds what is wrong with `args`; what concerns a given dead-letter queue is checked by the queue itself. */
export function checkQueueArgs(whose: string, args: QueueArgs): Problem[] {
  return [
    ...checkKnown(whose, args, known),
    ...checkOneOf(whose, "fifo", args.fifo, [true, false]),
    ...checkTags(whose, args.tags),
    ...checkOneOf(whose, "deduplicate", args.deduplicate, ["content", "id"]),
    ...ranges.flatMap(([argument, range]) => checkRange(whose, argument, args[argument], range)),
    ...(args.deduplicate !== undefined && args.fifo !== true
      ? [
          {
            code: "ERR_QUEUE_FIFO" as const,
            message: `${whose} is to drop duplicates, which only FIFO queues do`,
            got: `deduplicate = ${show(args.deduplicate)}`,
            fix: "set fifo: true, or leave deduplicate out",
          },
        ]
      : []),
  ];
}

/** What a subscription's settings are checked against. */
export interface Subscribed {
  readonly name: string;
  readonly fifo: boolean;
  /** Seconds; undefined where it is not known. */
  readonly visibilityTimeout: pulumi.Input<number> | undefined;
}

/** Finds what is wrong with a subscription's settings. */
export function checkBatchArgs(
  whose: string,
  queue: Subscribed,
  batch: BatchArgs,
  args: CalledFunctionArgs,
): Problem[] {
  const { batchSize, batchWindow = 0, concurrency } = batch;
  const seconds = { least: 0, most: queue.fifo ? 0 : 300, unit: "seconds" };
  return [
    ...checkKnown(whose, batch, ["batchSize", "batchWindow", "concurrency"]),
    ...checkBatchSize(queue, batchSize, batchWindow),
    ...checkRange(whose, queue.fifo ? "batchWindow for a FIFO queue" : "batchWindow", batchWindow, seconds),
    ...checkRange(whose, "concurrency", concurrency, { least: 2, most: 1000, unit: "invocations" }),
    ...checkVisibility(whose, queue, batchWindow, args),
  ];
}

function checkBatchSize(queue: Subscribed, batchSize: unknown, batchWindow: unknown): Problem[] {
  if (!isPlain(batchSize) || !isPlain(batchWindow)) return [];
  const most = queue.fifo || !(Number(batchWindow) > 0) ? 10 : 10_000;
  if (typeof batchSize === "number" && Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= most) return [];
  return [
    {
      code: "ERR_QUEUE_BATCH_SIZE",
      message: `queue "${queue.name}" was given a batch size that SQS does not take`,
      got: `batchSize = ${show(batchSize)}`,
      fix: queue.fifo ? "use 1 to 10" : "use 1 to 10000 (1 to 10 without a batch window)",
    },
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig */
function checkVisibility(
  whose: string,
  queue: Subscribed,
  batchWindow: unknown,
  { timeout = 30 }: CalledFunctionArgs,
): Problem[] {
  const { visibilityTimeout } = queue;
  if (typeof visibilityTimeout !== "number" || typeof timeout !== "number" || typeof batchWindow !== "number")
    return [];
  const needed = 6 * timeout + batchWindow;
  if (visibilityTimeout >= needed || Number.isNaN(needed)) return [];
  return [
    {
      code: "ERR_QUEUE_VISIBILITY",
      message: `${whose} may take longer than queue "${queue.name}" hides its messages: they would be processed twice`,
      got: `timeout = ${timeout}${batchWindow === 0 ? "" : `, batchWindow = ${batchWindow}`}, with visibilityTimeout = ${visibilityTimeout}`,
      fix: `set visibilityTimeout: ${needed} on the queue (six times the timeout${batchWindow === 0 ? "" : ", plus the batch window"}), or a timeout of at most ${Math.floor((visibilityTimeout - batchWindow) / 6)} on the handler`,
    },
  ];
}
