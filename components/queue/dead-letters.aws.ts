import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { fromArn } from "../shared/arn";
import { transformed } from "../shared/transform";
import type { DeadLetterArgs } from "./dead-letters.args";
import { defaultVisibility, type CreatedQueue } from "./queue-facts";
import type { QueueArgs } from "./queue.args";
import { tlsOnly } from "./queue.aws";

/** Makes the queue that keeps what `source` could not get processed. */
export function createDeadLetterQueue(name: string, source: QueueArgs, parent: pulumi.Resource): CreatedQueue {
  const { transform, fifo = false } = source;
  const { retention = 1_209_600 } = (source.deadLetters ?? {}) as DeadLetterArgs;
  const queue = new aws.sqs.Queue(
    name,
    transformed(transform, "deadLetterQueue", {
      sqsManagedSseEnabled: true,
      visibilityTimeoutSeconds: defaultVisibility,
      messageRetentionSeconds: retention,
      ...(fifo ? { fifoQueue: true, contentBasedDeduplication: true } : {}),
      ...(source.tags === undefined ? {} : { tags: source.tags }),
    }),
    { parent },
  );
  new aws.sqs.QueuePolicy(
    `${name}-policy`,
    transformed(transform, "deadLetterPolicy", { queueUrl: queue.url, policy: queue.arn.apply(tlsOnly) }),
    { parent },
  );
  return { url: queue.url, arn: queue.arn };
}

/** Lets only the queue of `sourceArn` use a dead-letter queue as its own. */
export function createRedriveAllowPolicy(
  name: string,
  args: QueueArgs,
  deadLetters: CreatedQueue & pulumi.Resource,
  sourceArn: pulumi.Output<string>,
): void {
  new aws.sqs.RedriveAllowPolicy(
    `${name}-redrive-allow`,
    transformed(args.transform, "redriveAllowPolicy", {
      queueUrl: deadLetters.url,
      redriveAllowPolicy: pulumi.jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [sourceArn] }),
    }),
    // Gone while its queue is replaced: SQS makes no queue whose dead letters refuse it.
    { parent: deadLetters, deleteBeforeReplace: true, replaceOnChanges: ["redriveAllowPolicy"] },
  );
}

/** Makes the alarm on a queue's dead letters, unless it is not wanted. */
export function createAlarm(name: string, args: QueueArgs, deadLetters: CreatedQueue & pulumi.Resource): void {
  const { alarm = true } = (args.deadLetters ?? {}) as DeadLetterArgs;
  if (alarm === false) return;
  const { actions = [], threshold = 1 } = alarm === true ? {} : alarm;
  new aws.cloudwatch.MetricAlarm(
    `${name}-alarm`,
    transformed(args.transform, "alarm", {
      alarmDescription: "Messages that could not be processed wait in the dead letters",
      namespace: "AWS/SQS",
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: fromArn(deadLetters.arn, (arn) => arn.slice(arn.lastIndexOf(":") + 1)) },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold,
      treatMissingData: "notBreaching",
      alarmActions: actions,
    }),
    { parent: deadLetters },
  );
}
