import type { StoredObject } from "./object-record";
import { noSuchKey, preconditionFailed } from "./s3-errors";

/** What has to hold for a write, at the moment it is made; ETags without quotes. */
export interface WriteCondition {
  /** The current object must have this ETag; `*` takes any. */
  readonly ifMatch?: string;
  /** There must be no current object. */
  readonly ifAbsent?: boolean;
}

/** Throws as S3 does (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). */
export function checkWriteCondition(
  key: string,
  current: StoredObject | undefined,
  { ifMatch, ifAbsent }: WriteCondition,
): void {
  const exists = current !== undefined && !current.isDeleteMarker;
  if (ifAbsent && exists) throw preconditionFailed("If-None-Match");
  if (ifMatch === undefined) return;
  if (!exists) throw noSuchKey(key);
  if (ifMatch !== "*" && ifMatch !== current.eTag) throw preconditionFailed("If-Match");
}
