import { AwsError } from "../protocol/message";
import { parseObject } from "../protocol/json-input";

/** Attributes of a queue as AWS names them, with text values: what was set, without defaults. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** Where messages go that were received too often without success. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  /** 1 to 1000. */
  readonly maxReceiveCount: number;
}

/** Which queues may have this one as their dead-letter queue. */
interface RedriveAllowPolicy {
  readonly redrivePermission: "allowAll" | "denyAll" | "byQueue";
  readonly sourceQueueArns: readonly string[];
}

/** How a queue behaves. All times are seconds, sizes are bytes. */
export interface QueueSettings {
  readonly visibilityTimeout: number;
  readonly delay: number;
  readonly retention: number;
  readonly receiveWait: number;
  readonly maximumMessageSize: number;
  readonly isFifo: boolean;
  readonly deduplicatesByContent: boolean;
  readonly deduplicationScope: "queue" | "messageGroup";
  readonly redrivePolicy: RedrivePolicy | undefined;
  readonly redriveAllowPolicy: RedriveAllowPolicy;
}

/** 1 MiB: the most that a message, and a batch, may have. */
export const largestMessage = 1_048_576;

interface AttributeKind {
  /** What it has when it is not set; undefined where it is not shown then. */
  readonly initial?: string;
  isValid(value: string): boolean;
}

const within =
  (lowest: number, highest: number) =>
  (value: string): boolean =>
    /^\d{1,9}$/.test(value) && Number(value) >= lowest && Number(value) <= highest;
const isFlag = (value: string): boolean => /^(true|false)$/i.test(value);
const isAny = (): boolean => true;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const kinds: Readonly<Record<string, AttributeKind>> = {
  DelaySeconds: { initial: "0", isValid: within(0, 900) },
  MaximumMessageSize: { initial: String(largestMessage), isValid: within(1024, largestMessage) },
  MessageRetentionPeriod: { initial: "345600", isValid: within(60, 1_209_600) },
  ReceiveMessageWaitTimeSeconds: { initial: "0", isValid: within(0, 20) },
  VisibilityTimeout: { initial: "30", isValid: within(0, 43_200) },
  Policy: { isValid: (value) => parseObject(value) !== undefined },
  RedrivePolicy: { isValid: isAny },
  RedriveAllowPolicy: { isValid: isAny },
  KmsMasterKeyId: { isValid: isAny },
  KmsDataKeyReusePeriodSeconds: { isValid: within(60, 86_400) },
  SqsManagedSseEnabled: { initial: "true", isValid: isFlag },
};
const fifoKinds: Readonly<Record<string, AttributeKind>> = {
  FifoQueue: { initial: "true", isValid: (value) => /^true$/i.test(value) },
  ContentBasedDeduplication: { initial: "false", isValid: isFlag },
  DeduplicationScope: { initial: "queue", isValid: (value) => value === "queue" || value === "messageGroup" },
  FifoThroughputLimit: {
    initial: "perQueue",
    isValid: (value) => value === "perQueue" || value === "perMessageGroupId",
  },
};

/** What counts messages, or follows from the queue: it is shown and cannot be set. */
const shownOnly = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
];

/** Whether GetQueueAttributes may be asked for it. */
export function isAttributeName(name: string): boolean {
  return name === "All" || shownOnly.includes(name) || kinds[name] !== undefined || fifoKinds[name] !== undefined;
}

/** Checks attributes that are to be set, and returns them without those that are set back (to an empty text). */
export function checkAttributes(attributes: QueueAttributes, isFifo: boolean): QueueAttributes {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const kind = kinds[name] ?? (isFifo ? fifoKinds[name] : undefined);
    if (kind === undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    if (value === "") continue;
    if (!kind.isValid(value)) throw invalidAttribute(name, value);
    kept[name] = isFlag(value) ? value.toLowerCase() : value;
  }
  if (kept["FifoThroughputLimit"] === "perMessageGroupId" && kept["DeduplicationScope"] !== "messageGroup") {
    throw new AwsError(
      "InvalidAttributeValue",
      "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
  readRedrivePolicy(kept["RedrivePolicy"]);
  readRedriveAllowPolicy(kept["RedriveAllowPolicy"]);
  return kept;
}

/** The attributes with their defaults, as GetQueueAttributes shows them. */
export function shownAttributes(attributes: QueueAttributes, isFifo: boolean): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, { initial }] of Object.entries({ ...kinds, ...(isFifo ? fifoKinds : {}) })) {
    const value = attributes[name] ?? initial;
    if (value !== undefined) shown[name] = value;
  }
  // It is about a key of one's own, and not shown without one.
  if (shown["KmsMasterKeyId"] === undefined) delete shown["KmsDataKeyReusePeriodSeconds"];
  return shown;
}

/** What attributes, already checked, mean. */
export function settingsOf(attributes: QueueAttributes, isFifo: boolean): QueueSettings {
  const shown = shownAttributes(attributes, isFifo);
  const number = (name: string): number => Number(shown[name]);
  return {
    visibilityTimeout: number("VisibilityTimeout"),
    delay: number("DelaySeconds"),
    retention: number("MessageRetentionPeriod"),
    receiveWait: number("ReceiveMessageWaitTimeSeconds"),
    maximumMessageSize: number("MaximumMessageSize"),
    isFifo,
    deduplicatesByContent: shown["ContentBasedDeduplication"]?.toLowerCase() === "true",
    deduplicationScope: shown["DeduplicationScope"] === "messageGroup" ? "messageGroup" : "queue",
    redrivePolicy: readRedrivePolicy(attributes["RedrivePolicy"]),
    redriveAllowPolicy: readRedriveAllowPolicy(attributes["RedriveAllowPolicy"]),
  };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
function readRedrivePolicy(text: string | undefined): RedrivePolicy | undefined {
  if (text === undefined || text === "") return undefined;
  const invalid = (reason: string): AwsError =>
    new AwsError("InvalidAttributeValue", `Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  const policy = parseObject(text);
  if (policy === undefined) throw invalid("Redrive policy is not a valid JSON map.");
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  if (typeof deadLetterTargetArn !== "string") {
    throw invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  }
  if (maxReceiveCount === undefined) {
    throw invalid("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  }
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw invalid("Invalid value for maxReceiveCount: must be an integer between 1 and 1000.");
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

function readRedriveAllowPolicy(text: string | undefined): RedriveAllowPolicy {
  if (text === undefined || text === "") return { redrivePermission: "allowAll", sourceQueueArns: [] };
  const invalid = (reason: string): AwsError =>
    new AwsError(
      "InvalidAttributeValue",
      `Value ${text} for parameter RedriveAllowPolicy is invalid. Reason: ${reason}`,
    );
  const policy = parseObject(text);
  if (policy === undefined) throw invalid("Amazon SQS can't parse the redrive allow policy.");
  const { redrivePermission, sourceQueueArns = [] } = policy;
  if (redrivePermission !== "allowAll" && redrivePermission !== "denyAll" && redrivePermission !== "byQueue") {
    throw invalid("redrivePermission must be one of allowAll, denyAll, byQueue.");
  }
  if (!Array.isArray(sourceQueueArns) || !sourceQueueArns.every((each) => typeof each === "string")) {
    throw invalid("sourceQueueArns must be a list of ARNs.");
  }
  const isCounted = redrivePermission === "byQueue" ? sourceQueueArns.length >= 1 : sourceQueueArns.length === 0;
  if (!isCounted || sourceQueueArns.length > 10)
    throw invalid("byQueue has from 1 to 10 sourceQueueArns, others have none.");
  return { redrivePermission, sourceQueueArns };
}

function invalidAttribute(name: string, value: string): AwsError {
  return new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}: ${value.slice(0, 200)}.`);
}
