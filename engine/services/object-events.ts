import { isoSeconds } from "./clock";
import { arn, type Account } from "./account";
import type { EngineEvent } from "./engine-events";
import type { PublishedEvent } from "./events/event-service";
import type { ObjectEvent } from "./objects/object-record";

/** An object's event as S3 sends it to EventBridge (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). */
function forEventBridge(event: ObjectEvent, account: Account): PublishedEvent {
  const { bucket, key, size, eTag, versionId, sequencer } = event;
  return {
    id: event.id,
    source: "aws.s3",
    "detail-type": event.type === "put" ? "Object Created" : "Object Deleted",
    time: isoSeconds(event.time),
    resources: [arn(account, "s3", bucket)],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: {
        key,
        ...(size === undefined ? {} : { size }),
        ...(eTag === undefined ? {} : { etag: eTag }),
        ...(versionId === undefined ? {} : { "version-id": versionId }),
        sequencer,
      },
      "request-id": event.id,
      requester: account.id,
      "source-ip-address": "127.0.0.1",
      reason: event.reason,
      ...(event.type === "put" ? {} : { "deletion-type": event.deletionType ?? "Permanently Deleted" }),
    },
  };
}

function forPeople(
  { type, bucket, key, size }: ObjectEvent,
  name: string | undefined,
  path: string | undefined,
): EngineEvent {
  const detail = `${type} ${key}${size === undefined ? "" : ` (${size} bytes)`}`;
  return {
    type: "event",
    source: name ?? bucket,
    detail,
    ...(path === undefined ? {} : { path }),
    object: { type, bucket, key },
  };
}

export const objectEvent = { forEventBridge, forPeople };
