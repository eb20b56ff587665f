import { AwsError } from "../protocol/message";
import { queryCode } from "../protocol/query-error";

/** How an error is called in the query protocol, and its HTTP status there, where either is not as in the JSON protocol. */
interface QueryForm {
  readonly code: string;
  readonly status?: number;
}

/**
 * The errors of the JSON protocol, by the names of their shapes, with what older SDKs know them by
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html).
 */
const queryForms: Readonly<Record<string, QueryForm>> = {
  QueueDoesNotExist: { code: "AWS.SimpleQueueService.NonExistentQueue", status: 400 },
  QueueNameExists: { code: "QueueAlreadyExists" },
  PurgeQueueInProgress: { code: "AWS.SimpleQueueService.PurgeQueueInProgress", status: 403 },
  ReceiptHandleIsInvalid: { code: "ReceiptHandleIsInvalid", status: 404 },
  MessageNotInflight: { code: "AWS.SimpleQueueService.MessageNotInflight" },
  EmptyBatchRequest: { code: "AWS.SimpleQueueService.EmptyBatchRequest" },
  TooManyEntriesInBatchRequest: { code: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest" },
  BatchEntryIdsNotDistinct: { code: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct" },
  InvalidBatchEntryId: { code: "AWS.SimpleQueueService.InvalidBatchEntryId" },
  BatchRequestTooLong: { code: "AWS.SimpleQueueService.BatchRequestTooLong" },
  UnsupportedOperation: { code: "AWS.SimpleQueueService.UnsupportedOperation" },
  ResourceNotFoundException: { code: "ResourceNotFoundException", status: 404 },
};

/** What an error is called where the query protocol is spoken. */
export function queryForm(error: AwsError): { code: string; status: number } {
  const { code, status = error.status } = queryForms[error.code] ?? { code: queryCode(error.code) };
  return { code, status };
}

/** Errors that are not of one action but of the protocol, and so have a namespace and a name of their own. */
const protocolShapes: Readonly<Record<string, string>> = {
  InvalidParameterValue: "InvalidParameterValueException",
  MissingParameter: "MissingRequiredParameterException",
  InvalidAction: "UnknownOperationException",
  SerializationException: "SerializationException",
};

/** The shape of an error in the JSON protocol: `com.amazonaws.sqs#QueueDoesNotExist`. */
export function shapeOf({ code }: AwsError): string {
  const shape = protocolShapes[code] ?? (queryCode(code) === code ? undefined : code);
  return shape === undefined ? `com.amazonaws.sqs#${code}` : `com.amazon.coral.service#${shape}`;
}

export function queueDoesNotExist(): AwsError {
  return new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
}

export function missingParameter(name: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValue", message);
}

/** A value out of its range, in SQS's words. */
export function invalidValue(value: unknown, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function invalidReceiptHandle(handle: string): AwsError {
  return new AwsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle.slice(0, 200)}" is invalid.`);
}

/** A whole number within its range. */
export function checkRange(
  value: number | undefined,
  parameter: string,
  lowest: number,
  highest: number,
): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= lowest && value <= highest)) return value;
  const range = lowest === 0 ? `>= 0 and <= ${highest}` : `between ${lowest} and ${highest}`;
  throw invalidValue(value, parameter, `Must be ${range}, if provided.`);
}
