import { arn, type Account } from "./account";
import type { ObjectEvent } from "./objects/object-record";

/** A bucket's direct notification of a function or a queue: the older way, beside EventBridge. */
export interface BucketNotification {
  /** The ARN of the function or queue. */
  readonly targetArn: string;
  /** e.g. `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`. */
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

/** Whom a bucket tells of its objects. */
export interface BucketNotifications {
  readonly eventBridge: boolean;
  readonly targets: readonly BucketNotification[];
}

/** Whether a notification is for an event. */
export function isNotified({ events, prefix, suffix }: BucketNotification, event: ObjectEvent): boolean {
  const name = eventName(event);
  const isWanted = events.some((wanted) => wanted === `s3:${name}` || wanted === `s3:${name.split(":")[0]}:*`);
  return isWanted && event.key.startsWith(prefix) && event.key.endsWith(suffix);
}

/** The event as functions and queues get it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html). */
export function notificationOf(event: ObjectEvent, account: Account): object {
  const { bucket, key, size, eTag, versionId, sequencer } = event;
  return {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: account.region,
        eventTime: new Date(event.time).toISOString(),
        eventName: eventName(event),
        userIdentity: { principalId: account.id },
        requestParameters: { sourceIPAddress: "127.0.0.1" },
        responseElements: { "x-amz-request-id": event.id },
        s3: {
          s3SchemaVersion: "1.0",
          bucket: { name: bucket, ownerIdentity: { principalId: account.id }, arn: arn(account, "s3", bucket) },
          object: {
            // Encoded as in a form: a space is a plus.
            key: encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/"),
            ...(size === undefined ? {} : { size }),
            ...(eTag === undefined ? {} : { eTag }),
            ...(versionId === undefined ? {} : { versionId }),
            sequencer,
          },
        },
      },
    ],
  };
}

function eventName({ type, reason, deletionType }: ObjectEvent): string {
  if (type === "delete")
    return deletionType === "Delete Marker Created" ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectRemoved:Delete";
  if (reason === "CopyObject") return "ObjectCreated:Copy";
  return reason === "CompleteMultipartUpload" ? "ObjectCreated:CompleteMultipartUpload" : "ObjectCreated:Put";
}
