import type { JsonInput } from "../../protocol/json-input";
import type { MoveTask } from "../move-tasks";
import type { Queue } from "../queue";
import { checkRange, missingParameter } from "../queue-errors";
import { AwsError } from "../../protocol/message";
import type { QueueService } from "../queue-service";
import { required, type SqsOperation } from "./sqs-operation";

const startMessageMoveTask: SqsOperation = {
  name: "StartMessageMoveTask",
  permissions: (input, service) => {
    const source = sourceOf(input, service);
    const target = input.optionalString("DestinationArn") ?? "*";
    return [
      ...["sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage"].map((action) => ({
        action,
        resource: source.record.arn,
      })),
      { action: "sqs:SendMessage", resource: target },
    ];
  },
  run: (input, service) => {
    const target = input.optionalString("DestinationArn");
    const destination = target === undefined ? undefined : byArn(target, service);
    const name = "MaxNumberOfMessagesPerSecond";
    const rate = checkRange(input.optionalNumber(name), name, 1, 500);
    return { TaskHandle: service.moveTasks.start(sourceOf(input, service), destination, rate).handle };
  },
};

const cancelMessageMoveTask: SqsOperation = {
  name: "CancelMessageMoveTask",
  permissions: () => [{ action: "sqs:CancelMessageMoveTask", resource: "*" }],
  run: (input, service) => {
    const { moved } = service.moveTasks.cancel(required(input, "TaskHandle"));
    return { ApproximateNumberOfMessagesMoved: moved };
  },
};

const listMessageMoveTasks: SqsOperation = {
  name: "ListMessageMoveTasks",
  permissions: (input, service) => [
    { action: "sqs:ListMessageMoveTasks", resource: sourceOf(input, service).record.arn },
  ],
  run: (input, service) => {
    const limit = checkRange(input.optionalNumber("MaxResults"), "MaxResults", 1, 10) ?? 1;
    return { Results: service.moveTasks.list(sourceOf(input, service)).slice(0, limit).map(shown) };
  },
};

export const movingOperations = [startMessageMoveTask, cancelMessageMoveTask, listMessageMoveTasks];

function shown(task: MoveTask): object {
  return {
    // A task that has ended cannot be cancelled, and so needs no handle.
    ...(task.status === "RUNNING" && { TaskHandle: task.handle }),
    Status: task.status,
    SourceArn: task.source.record.arn,
    ...(task.destination !== undefined && { DestinationArn: task.destination.record.arn }),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failureReason !== undefined && { FailureReason: task.failureReason }),
    StartedTimestamp: task.started,
  };
}

function sourceOf(input: JsonInput, service: QueueService): Queue {
  const source = input.optionalString("SourceArn");
  if (source === undefined) throw missingParameter("SourceArn");
  return byArn(source, service);
}

function byArn(queueArn: string, service: QueueService): Queue {
  const queue = service.byArn(queueArn);
  if (queue !== undefined) return queue;
  throw new AwsError(
    "ResourceNotFoundException",
    "The resource that you specified for the SourceArn parameter doesn't exist.",
    404,
  );
}
