import { AwsError } from "../protocol/message";

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
  QueueDoesNotExist: { code: "AWS.SimpleQueueService.NonExistentQueue" },
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
  const { code, status = error.status } = queryForms[error.code] ?? { code: error.code };
  return { code, status };
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
  throw invalidValue(value, parameter, `Must be between ${lowest} and ${highest}, if provided.`);
}
