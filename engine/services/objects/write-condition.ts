import type { StoredObject } from "./object-record";
import { conditionalConflict, noSuchKey, preconditionFailed } from "./s3-errors";

/** What has to hold for a write, at the moment it is made; ETags without quotes. */
export interface WriteCondition {
  /** The current object must have this ETag; `*` takes any. */
  readonly ifMatch?: string;
  /** There must be no current object. */
  readonly ifAbsent?: boolean;
  /** The key was written or deleted since the client decided on its condition: while it uploaded parts. */
  readonly isOutdated?: boolean;
}

/** Throws as S3 does (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). */
export function checkWriteCondition(
  key: string,
  current: StoredObject | undefined,
  { ifMatch, ifAbsent, isOutdated = false }: WriteCondition,
): void {
  const exists = current !== undefined && !current.isDeleteMarker;
  if (ifAbsent && exists) throw preconditionFailed("If-None-Match");
  if (ifAbsent && isOutdated) throw conditionalConflict(key, "If-None-Match");
  if (ifMatch === undefined) return;
  if (!exists) throw noSuchKey(key);
  if (ifMatch !== "*" && ifMatch !== current.eTag) throw preconditionFailed("If-Match");
  if (isOutdated) throw conditionalConflict(key, "If-Match");
}
