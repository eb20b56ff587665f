import { uriDecode } from "../../identity/canonical-request";
import { AwsError } from "../../protocol/message";
import type { Permission } from "../../protocol/operation";
import type { StoredObject } from "../object-record";
import type { ObjectStore } from "../object-store";
import { invalidArgument, invalidRequest, preconditionFailed } from "../s3-errors";
import { isNotModified } from "./conditions";
import { objectArn, type S3Context } from "./s3-operation";
import type { S3Request } from "./s3-request";

/** The object that a copy is made from. */
interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Reads `x-amz-copy-source`: `/bucket/key?versionId=…`, percent-encoded. */
function readCopySource(request: S3Request): CopySource {
  const header = request.header("x-amz-copy-source") ?? "";
  const [path = "", versionId] = header.split("?versionId=");
  const decoded = uriDecode(path.replaceAll("+", " ")).replace(/^\//, "");
  const slash = decoded.indexOf("/");
  if (slash < 1 || slash === decoded.length - 1) {
    const message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
    throw invalidArgument(message, "x-amz-copy-source", header);
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId };
}

/** Finds the object that is copied and checks the conditions that the request has on it. */
export async function findCopySource(store: ObjectStore, request: S3Request): Promise<StoredObject> {
  const { bucket, key, versionId } = readCopySource(request);
  const owner = request.header("x-amz-source-expected-bucket-owner");
  if (owner !== undefined && owner !== store.account.id) throw new AwsError("AccessDenied", "Access Denied", 403);
  const source = await store.head(bucket, key, versionId);
  if (source.isDeleteMarker) {
    throw invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  const isUnchanged = isNotModified(request, source, store.clock.now(), "x-amz-copy-source-");
  if (isUnchanged) throw preconditionFailed("x-amz-copy-source-If-None-Match");
  return source;
}

/** What a copy needs: to read its source and to write its target. */
export function copyPermissions(request: S3Request, context: S3Context): readonly Permission[] {
  const source = readCopySource(request);
  const action = source.versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  return [
    { action, resource: objectArn(context, source.bucket, source.key) },
    { action: "s3:PutObject", resource: objectArn(context, request.bucket, request.key) },
  ];
}
