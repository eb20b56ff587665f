import { AwsError } from "../protocol/message";

// S3's errors in its own words: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

export function noSuchBucket(bucket: string): AwsError {
  return new AwsError("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName: bucket });
}

export function noSuchKey(key: string): AwsError {
  return new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key: key });
}

export function noSuchVersion(key: string, versionId: string): AwsError {
  const message = "The specified version does not exist.";
  return new AwsError("NoSuchVersion", message, 404, { Key: key, VersionId: versionId });
}

export function noSuchUpload(uploadId: string): AwsError {
  const message =
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
  return new AwsError("NoSuchUpload", message, 404, { UploadId: uploadId });
}

export function preconditionFailed(condition: string): AwsError {
  const message = "At least one of the pre-conditions you specified did not hold";
  return new AwsError("PreconditionFailed", message, 412, { Condition: condition });
}

export function conditionalConflict(key: string, condition: string): AwsError {
  const message = "The conditional request cannot succeed due to a conflicting operation against this resource.";
  return new AwsError("ConditionalRequestConflict", message, 409, { Condition: condition, Key: key });
}

export function invalidArgument(message: string, name: string, value: string): AwsError {
  return new AwsError("InvalidArgument", message, 400, { ArgumentName: name, ArgumentValue: value });
}

export function invalidRequest(message: string): AwsError {
  return new AwsError("InvalidRequest", message, 400);
}

export function malformedXml(): AwsError {
  const message = "The XML you provided was not well-formed or did not validate against our published schema";
  return new AwsError("MalformedXML", message, 400);
}

/** The error for a request whose query means something that this store does not do. */
export function notImplemented(what: string): AwsError {
  const message = "A header or query you provided implies functionality that is not implemented";
  return new AwsError("NotImplemented", `${message}: ${what}`, 501, { Query: what });
}

/** The error for a header that means something that this store does not do, or that S3 does not do. */
export function notImplementedHeader(name: string): AwsError {
  const message = "A header you provided implies functionality that is not implemented";
  return new AwsError("NotImplemented", message, 501, { Header: name });
}

export function incompleteBody(): AwsError {
  const message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
  return new AwsError("IncompleteBody", message, 400);
}

/** S3's disks are never full; HTTP has a status for those that are. */
function diskFull(): AwsError {
  const message = "There is no space left on this machine's disk for the object; nothing was changed.";
  return new AwsError("InsufficientStorage", message, 507);
}

/** `error`, or what S3 should say of it where the disk or its quota is full. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errcode } = error as NodeJS.ErrnoException & { errcode?: number };
  // 13 is SQLITE_FULL (https://www.sqlite.org/rescode.html#full).
  return code === "ENOSPC" || code === "EDQUOT" || errcode === 13 ? diskFull() : error;
}
