import { createHash } from "node:crypto";
import { digestOfAttributes, type MessageAttribute } from "../message-attributes";
import { systemAttributes, type QueueMessage, type ReceivedMessage } from "../queue-message";

/** Bytes that an event may have (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const payloadLimit = 6 * 1024 * 1024;
/** Bytes that a record has beside what its message brings: ids, digests, names. */
const recordOverhead = 1024;

/** Where records come from. */
export interface EventSource {
  readonly queueArn: string;
  readonly region: string;
  readonly isFifo: boolean;
}

/** One record of the event that a function gets (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event). */
export function recordOf(message: ReceivedMessage, { queueArn, region, isFifo }: EventSource): object {
  const attributes = Object.entries(message.attributes ?? {});
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message, isFifo),
    messageAttributes: Object.fromEntries(attributes.map(([name, attribute]) => [name, attributeOf(attribute)])),
    ...(attributes.length > 0 && { md5OfMessageAttributes: digestOfAttributes(message.attributes) }),
    md5OfBody: createHash("md5").update(message.body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

/** Counts what messages add to an event, and says whether the next one still fits. */
export function payloadBudget(): (message: QueueMessage) => boolean {
  let used = 0;
  return (message) => {
    const size = Buffer.byteLength(JSON.stringify([message.body, message.attributes ?? {}])) + recordOverhead;
    used += size;
    return used <= payloadLimit;
  };
}

function attributeOf({ DataType, StringValue, BinaryValue }: MessageAttribute): object {
  return {
    ...(StringValue === undefined ? { binaryValue: BinaryValue } : { stringValue: StringValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
