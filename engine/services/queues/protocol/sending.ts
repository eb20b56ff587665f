import { createHash } from "node:crypto";
import { callerIdentity } from "../../identity/caller-identity";
import type { JsonInput } from "../../protocol/json-input";
import { AwsError, type AwsRequest } from "../../protocol/message";
import {
  digestOfAttributes,
  forbiddenCharacter,
  readMessageAttributes,
  readTraceHeader,
  sizeOfAttributes,
} from "../message-attributes";
import type { Queue } from "../queue";
import { checkRange, invalidParameter, invalidValue, missingParameter } from "../queue-errors";
import { sequenceNumber, type NewMessage, type SentMessage } from "../queue-message";
import { checkBatch } from "../queue-rules";
import { largestMessage } from "../queue-settings";
import { inBatch, type BatchResult } from "./batches";
import { batchId, onQueue } from "./sqs-operation";

const sendMessage = onQueue("SendMessage", async (queue, input, service, request) => {
  const message = readMessage(queue, input, request);
  checkSize(queue, sizeOf(message));
  return answerOf(queue, message, input, await service.change(() => queue.send(message)));
});

const sendMessageBatch = onQueue("SendMessageBatch", (queue, input, service, request): Promise<BatchResult> => {
  const entries = input.list("Entries");
  checkBatch(entries.map(batchId));
  // An entry without what a FIFO queue needs fails the whole batch.
  if (queue.isFifo) for (const entry of entries) checkFifoIds(queue, fifoIdsOf(entry));
  // The whole of it is measured before anything is looked at.
  const total = entries.reduce((sum, entry) => sum + roughSizeOf(entry), 0);
  if (total > largestMessage) {
    const message = `Batch requests cannot be longer than ${largestMessage} bytes. You have sent ${total} bytes.`;
    throw new AwsError("BatchRequestTooLong", message);
  }
  return service.change(() =>
    inBatch(entries, (entry) => {
      const message = readMessage(queue, entry, request);
      checkSize(queue, sizeOf(message));
      return answerOf(queue, message, entry, queue.send(message));
    }),
  );
});

export const sendingOperations = [sendMessage, sendMessageBatch];

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
function readMessage(queue: Queue, input: JsonInput, request: AwsRequest): NewMessage {
  const body = input.optionalString("MessageBody");
  if (body === undefined || body === "") throw missingParameter("MessageBody");
  if (forbiddenCharacter.test(body)) {
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  }
  const delay = checkRange(input.optionalNumber("DelaySeconds"), "DelaySeconds", 0, 900);
  const group = readId(input, "MessageGroupId");
  const deduplicationId = readId(input, "MessageDeduplicationId");
  if (queue.isFifo) checkFifo(queue, { delay, group, deduplicationId });
  else if (deduplicationId !== undefined) {
    throw invalidValue(
      deduplicationId,
      "MessageDeduplicationId",
      "The request includes a parameter that is not valid for this queue type.",
    );
  }
  return {
    body,
    attributes: readMessageAttributes(input.optionalObject("MessageAttributes")),
    traceHeader: readTraceHeader(input.optionalObject("MessageSystemAttributes")) ?? traceOf(request),
    senderId: request.caller === undefined ? "" : callerIdentity(request.caller).userId,
    // A delay of nothing is as good as none, also for a FIFO queue with a delay of its own.
    delay: queue.isFifo ? undefined : delay,
    group,
    deduplicationId: deduplicationId ?? (queue.isFifo ? createHash("sha256").update(body).digest("hex") : undefined),
  };
}

/** The trace that the request itself belongs to: tracing SDKs send it as a header. */
function traceOf(request: AwsRequest): string | undefined {
  const header = request.headers["x-amzn-trace-id"];
  return typeof header === "string" && header !== "" ? header : undefined;
}

function checkFifo(queue: Queue, given: FifoIds & { readonly delay: number | undefined }): void {
  if (given.delay !== undefined && given.delay > 0)
    throw invalidValue(
      given.delay,
      "DelaySeconds",
      "The request include parameter that is not valid for this queue type.",
    );
  checkFifoIds(queue, given);
}

interface FifoIds {
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
}

function fifoIdsOf(input: JsonInput): FifoIds {
  return {
    group: input.optionalString("MessageGroupId"),
    deduplicationId: input.optionalString("MessageDeduplicationId"),
  };
}

function checkFifoIds(queue: Queue, given: FifoIds): void {
  if (given.group === undefined) throw missingParameter("MessageGroupId");
  if (given.deduplicationId === undefined && !queue.settings.deduplicatesByContent) {
    throw invalidParameter(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }
}

/** An id of a group, or to recognise a message by: up to 128 letters, digits and marks. */
function readId(input: JsonInput, parameter: string): string | undefined {
  const id = input.optionalString(parameter);
  if (id === undefined) return undefined;
  if (/^[\x21-\x7e]{1,128}$/.test(id)) return id;
  throw invalidValue(
    id.slice(0, 200),
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function answerOf(queue: Queue, message: NewMessage, input: JsonInput, sent: SentMessage): object {
  const attributes = digestOfAttributes(message.attributes);
  // The digest is of the attributes that were sent as such, not of the header of the request.
  const traceHeader = readTraceHeader(input.optionalObject("MessageSystemAttributes"));
  const trace =
    traceHeader === undefined
      ? undefined
      : digestOfAttributes({ AWSTraceHeader: { DataType: "String", StringValue: traceHeader } });
  return {
    MessageId: sent.id,
    MD5OfMessageBody: createHash("md5").update(message.body).digest("hex"),
    ...(attributes !== undefined && { MD5OfMessageAttributes: attributes }),
    ...(trace !== undefined && { MD5OfMessageSystemAttributes: trace }),
    ...(queue.isFifo && { SequenceNumber: sequenceNumber(sent) }),
  };
}

function sizeOf({ body, attributes }: NewMessage): number {
  return Buffer.byteLength(body) + sizeOfAttributes(attributes);
}

/** The size of an entry that may yet turn out to be wrong. */
function roughSizeOf(entry: JsonInput): number {
  const attributes = entry.optionalObject("MessageAttributes");
  let size = Buffer.byteLength(entry.optionalString("MessageBody") ?? "");
  for (const name of attributes?.names() ?? []) {
    const value = attributes?.optionalObject(name);
    size += Buffer.byteLength(name) + Buffer.byteLength(value?.optionalString("DataType") ?? "");
    size += Buffer.byteLength(value?.optionalString("StringValue") ?? "");
    size += Buffer.byteLength(value?.optionalString("BinaryValue") ?? "", "base64");
  }
  return size;
}

function checkSize(queue: Queue, size: number): void {
  const limit = queue.settings.maximumMessageSize;
  if (size > limit)
    throw invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
}
