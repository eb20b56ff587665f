import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../shared/grants";
import { transformed } from "../shared/transform";
import { defaultMaxReceiveCount, defaultVisibility, type CreatedQueue } from "./queue-facts";
import type { QueueArgs } from "./queue.args";

/** Makes an encrypted queue that only answers over TLS, and hands messages that fail to `deadLetterArn`. */
export function createQueue(
  name: string,
  args: QueueArgs,
  deadLetterArn: pulumi.Output<string>,
  parent: pulumi.Resource,
): CreatedQueue {
  const { transform, fifo = false } = args;
  const queue = new aws.sqs.Queue(
    name,
    transformed(transform, "queue", {
      sqsManagedSseEnabled: true,
      visibilityTimeoutSeconds: args.visibilityTimeout ?? defaultVisibility,
      messageRetentionSeconds: args.retention ?? 345_600,
      delaySeconds: args.delay ?? 0,
      redrivePolicy: pulumi.jsonStringify({
        deadLetterTargetArn: deadLetterArn,
        maxReceiveCount: args.maxReceiveCount ?? defaultMaxReceiveCount,
      }),
      ...(fifo ? { fifoQueue: true, contentBasedDeduplication: args.deduplicate !== "id" } : {}),
      ...(args.tags === undefined ? {} : { tags: args.tags }),
    }),
    // The dead letters take from this queue only: another one in its place comes once they take from none.
    { parent, deleteBeforeReplace: true },
  );
  new aws.sqs.QueuePolicy(
    `${name}-policy`,
    transformed(transform, "policy", { queueUrl: queue.url, policy: queue.arn.apply(tlsOnly) }),
    { parent },
  );
  return { url: queue.url, arn: queue.arn };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html */
export function tlsOnly(arn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: arn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/** What each runtime method needs. `sources` are the queues whose dead letters these are, also those that come later. */
export function queueStatements(
  arn: pulumi.Output<string>,
  sources: readonly pulumi.Output<string>[],
): Record<"send" | "receive" | "redrive", Statement[]> {
  return {
    send: [{ actions: ["sqs:SendMessage"], resources: [arn] }],
    receive: [
      {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
        resources: [arn],
      },
    ],
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    redrive: [
      {
        actions: [
          "sqs:StartMessageMoveTask",
          "sqs:ListMessageMoveTasks",
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
        ],
        resources: [arn],
      },
      { actions: ["sqs:SendMessage"], resources: sources },
    ],
  };
}
