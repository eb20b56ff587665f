import { AwsError } from "../protocol/message";
import type { Queue } from "./queue";
import { invalidParameter } from "./queue-errors";
import type { QueueSettings } from "./queue-settings";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
export function checkQueueName(name: string, isFifo: boolean): void {
  if (isFifo) {
    if (name.length <= 80 && /^[\w-]+\.fifo$/.test(name)) return;
    throw invalidParameter(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  }
  if (/^[\w-]{1,80}$/.test(name)) return;
  throw invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

/** Whether a queue may have the dead-letter queue that it is to have. */
export function checkRedrive(
  queueArn: string,
  { redrivePolicy, isFifo }: QueueSettings,
  byArn: (arn: string) => Queue | undefined,
): void {
  if (redrivePolicy === undefined) return;
  const refuse = (reason: string): never => {
    const value = JSON.stringify(redrivePolicy);
    throw invalidParameter(`Value ${value} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  };
  // AWS takes that, too: what is given up stays where it is.
  if (redrivePolicy.deadLetterTargetArn === queueArn) return;
  const target = byArn(redrivePolicy.deadLetterTargetArn);
  if (target === undefined) throw refuse("Dead letter target does not exist.");
  if (target.isFifo !== isFifo) refuse("Dead-letter queue must be same type of queue as the source.");
  const { redrivePermission, sourceQueueArns } = target.settings.redriveAllowPolicy;
  if (redrivePermission === "denyAll" || (redrivePermission === "byQueue" && !sourceQueueArns.includes(queueArn)))
    refuse("Dead-letter queue does not allow this queue as a source: see its RedriveAllowPolicy.");
}

/** What may be an id in a batch. */
export function checkBatch(ids: readonly string[]): void {
  if (ids.length === 0) throw new AwsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (ids.length > 10) {
    const message = `Maximum number of entries per request are 10. You have sent ${ids.length}.`;
    throw new AwsError("TooManyEntriesInBatchRequest", message);
  }
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id))) {
    throw new AwsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${repeated} repeated.`);
}
