import { createHash } from "node:crypto";
import type { JsonInput } from "../../protocol/json-input";
import { digestOfAttributes, selectAttributes } from "../message-attributes";
import type { Queue, ReceiveOptions } from "../queue";
import { checkRange, invalidParameter, invalidValue, missingParameter } from "../queue-errors";
import { systemAttributes, type ReceivedMessage } from "../queue-message";
import { checkBatch } from "../queue-rules";
import { inBatch } from "./batches";
import { batchId, onQueue, required } from "./sqs-operation";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const receiveMessage = onQueue("ReceiveMessage", async (queue, input, service, request) => {
  const limit = checkRange(input.optionalNumber("MaxNumberOfMessages"), "MaxNumberOfMessages", 1, 10) ?? 1;
  const wait = checkRange(input.optionalNumber("WaitTimeSeconds"), "WaitTimeSeconds", 0, 20);
  const visibilityTimeout = readTimeout(input);
  const system = [
    ...(input.optionalStrings("AttributeNames") ?? []),
    ...(input.optionalStrings("MessageSystemAttributeNames") ?? []),
  ];
  for (const name of system) {
    if (!systemNames.includes(name)) throw invalidParameter(`Unknown Attribute ${name}.`);
  }
  const wanted = input.optionalStrings("MessageAttributeNames") ?? [];
  const options: ReceiveOptions = { limit, visibilityTimeout };
  const attempt = input.optionalString("ReceiveRequestAttemptId");
  const again = attempt === undefined ? undefined : await service.attempts.repeat(queue, attempt, options);
  const messages = again ?? (await service.receive(queue, options, wait ?? queue.settings.receiveWait, request.onGone));
  if (attempt !== undefined) service.attempts.remember(queue, attempt, messages);
  return messages.length === 0 ? {} : { Messages: messages.map((message) => answerOf(queue, message, system, wanted)) };
});

const deleteMessage = onQueue("DeleteMessage", async (queue, input, service) => {
  const handle = required(input, "ReceiptHandle");
  await service.change(() => queue.delete(handle));
  return {};
});

const deleteMessageBatch = onQueue("DeleteMessageBatch", (queue, input, service) => {
  const entries = input.list("Entries");
  checkBatch(entries.map(batchId));
  return service.change(() =>
    inBatch(entries, (entry) => {
      queue.delete(required(entry, "ReceiptHandle"));
      return {};
    }),
  );
});

const changeMessageVisibility = onQueue("ChangeMessageVisibility", async (queue, input, service) => {
  const handle = required(input, "ReceiptHandle");
  const timeout = readTimeout(input);
  if (timeout === undefined) throw missingParameter("VisibilityTimeout");
  await service.change(() => queue.changeVisibility(handle, timeout));
  return {};
});

const changeMessageVisibilityBatch = onQueue("ChangeMessageVisibilityBatch", (queue, input, service) => {
  const entries = input.list("Entries");
  checkBatch(entries.map(batchId));
  return service.change(() =>
    inBatch(entries, (entry) => {
      queue.changeVisibility(required(entry, "ReceiptHandle"), readTimeout(entry) ?? 0);
      return {};
    }),
  );
});

export const receivingOperations = [
  receiveMessage,
  deleteMessage,
  deleteMessageBatch,
  changeMessageVisibility,
  changeMessageVisibilityBatch,
];

const systemNames = [
  ...["All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"],
  ...["SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn"],
];

function readTimeout(input: JsonInput): number | undefined {
  const timeout = input.optionalNumber("VisibilityTimeout");
  if (timeout === undefined || (Number.isInteger(timeout) && timeout >= 0 && timeout <= 43_200)) return timeout;
  throw invalidValue(timeout, "VisibilityTimeout", "Must be between 0 and 43200, if provided.");
}

function answerOf(
  queue: Queue,
  message: ReceivedMessage,
  system: readonly string[],
  wanted: readonly string[],
): object {
  const attributes = selectAttributes(message.attributes, wanted);
  const about = system.length === 0 ? {} : systemAttributes(message, queue.isFifo);
  const shown = system.includes("All")
    ? about
    : Object.fromEntries(Object.entries(about).filter(([name]) => system.includes(name)));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: createHash("md5").update(message.body).digest("hex"),
    Body: message.body,
    ...(Object.keys(shown).length > 0 && { Attributes: shown }),
    // The digest is of those that are sent along: the others cannot be checked by whoever gets them.
    ...(attributes !== undefined && {
      MD5OfMessageAttributes: digestOfAttributes(attributes),
      MessageAttributes: attributes,
    }),
  };
}
