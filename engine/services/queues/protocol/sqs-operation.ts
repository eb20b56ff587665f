import type { JsonInput } from "../../protocol/json-input";
import type { AwsRequest } from "../../protocol/message";
import type { OperationSummary, Permission } from "../../protocol/operation";
import type { Queue } from "../queue";
import { missingParameter } from "../queue-errors";
import type { QueueService } from "../queue-service";

/**
 * One action of SQS. It is the same in both protocols: its input is made of JSON or of a form, its result is an object
 * that is rendered as JSON or XML.
 */
export interface SqsOperation extends OperationSummary {
  /** What the caller needs; an action on a queue needs it on that queue. */
  permissions(input: JsonInput, service: QueueService): readonly Permission[];
  run(input: JsonInput, service: QueueService, request: AwsRequest): Promise<object> | object;
}

/** An action on the queue that `QueueUrl` names. A batch needs the permission of the single action. */
export function onQueue(
  name: string,
  run: (queue: Queue, input: JsonInput, service: QueueService, request: AwsRequest) => Promise<object> | object,
): SqsOperation {
  return {
    name,
    permissions: (input, service) => [
      { action: `sqs:${name.replace(/Batch$/, "")}`, resource: queueOf(input, service).record.arn },
    ],
    run: (input, service, request) => run(queueOf(input, service), input, service, request),
  };
}

export function queueOf(input: JsonInput, service: QueueService): Queue {
  return service.find(required(input, "QueueUrl"));
}

/** A text that must be there. */
export function required(input: JsonInput, name: string): string {
  const value = input.optionalString(name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

/** The id of an entry of a batch; an empty one is refused with the others that are no ids. */
export function batchId(entry: JsonInput): string {
  const id = entry.optionalString("Id");
  if (id === undefined) throw missingParameter("Id");
  return id;
}

/** A map of texts: attributes, tags. */
export function textsOf(input: JsonInput, name: string): Record<string, string> | undefined {
  const map = input.optionalObject(name);
  if (map === undefined) return undefined;
  return Object.fromEntries(map.names().map((key) => [key, map.string(key)]));
}
