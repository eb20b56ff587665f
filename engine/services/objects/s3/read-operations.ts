import type { AwsResponse } from "../../protocol/message";
import type { Permission } from "../../protocol/operation";
import { AwsError } from "../../protocol/message";
import type { StoredObject } from "../object-record";
import type { ByteRange } from "../object-store";
import { noSuchKey } from "../s3-errors";
import { isNotModified, parseRange } from "./conditions";
import { objectHeaders, responseParameters } from "./object-headers";
import { objectArn, type S3Context, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";

const parameters = ["versionId", "partNumber", ...responseParameters];

const getObject: S3Operation = {
  name: "GetObject",
  method: "GET",
  level: "object",
  parameters,
  permissions: readPermissions,
  async run(request, context) {
    const { object, answer, range } = await read(request, context);
    if (answer.status === 304 || object.size === 0) return answer;
    return { ...answer, body: context.store.readSmall(object, range) };
  },
};

const headObject: S3Operation = {
  name: "HeadObject",
  method: "HEAD",
  level: "object",
  parameters,
  permissions: readPermissions,
  async run(request, context) {
    return (await read(request, context)).answer;
  },
};

/** The status and headers of a read, and which bytes it means. */
async function read(
  request: S3Request,
  { store }: S3Context,
): Promise<{ object: StoredObject; answer: AwsResponse; range: ByteRange | undefined }> {
  const object = await findForReading(request, { store });
  if (isNotModified(request, object, store.clock.now())) {
    const { etag, "last-modified": modified, ...rest } = objectHeaders(store, request, object);
    const headers = { etag, "last-modified": modified, "x-amz-version-id": rest["x-amz-version-id"] };
    return { object, answer: { status: 304, headers }, range: undefined };
  }
  const part = partRange(request, object);
  const range = part ?? parseRange(request.header("range"), object.size);
  const isPartial = range !== undefined && range.end - range.start + 1 < object.size;
  // A client checks what it is given against the checksum, and the object's is not that of a part.
  const headers = objectHeaders(store, request, object, isPartial ? { withChecksums: false } : {});
  if (!range) return { object, answer: { status: 200, headers: { ...headers, "content-length": object.size } }, range };
  const { start, end } = range;
  const answer = {
    status: 206,
    headers: {
      ...headers,
      "content-length": end - start + 1,
      "content-range": `bytes ${start}-${end}/${object.size}`,
      "x-amz-mp-parts-count": part ? object.details.parts?.length : undefined,
    },
  };
  return { object, answer, range };
}

/** The object that a request reads; throws for a delete marker, with the headers that name it. */
export async function findForReading(request: S3Request, { store }: Pick<S3Context, "store">): Promise<StoredObject> {
  const { bucket, key, versionId } = request;
  const current = store.bucket(bucket) && store.index.current(bucket, key);
  if (versionId === undefined && current?.isDeleteMarker) {
    const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": current.versionId };
    const { code, message, status, details } = noSuchKey(key);
    throw new AwsError(code, message, status, details, headers);
  }
  const object = await store.head(bucket, key, versionId);
  if (!object.isDeleteMarker) return object;
  const headers = {
    "x-amz-delete-marker": "true",
    "x-amz-version-id": object.versionId,
    allow: "DELETE",
    "last-modified": new Date(object.modified).toUTCString(),
  };
  const message = "The specified method is not allowed against this resource.";
  throw new AwsError("MethodNotAllowed", message, 405, { ResourceType: "DeleteMarker" }, headers);
}

/** The bytes of one part of an object that was uploaded in parts; the whole object is the first part of any other. */
function partRange(request: S3Request, object: StoredObject): ByteRange | undefined {
  const number = request.numberParameter("partNumber", 1, 10_000);
  if (number === undefined) return undefined;
  if (request.header("range") !== undefined) {
    throw new AwsError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter", 400);
  }
  const sizes = object.details.parts ?? [object.size];
  const size = sizes[number - 1];
  if (size === undefined) {
    const details = { ActualPartCount: String(sizes.length), PartNumberRequested: String(number) };
    throw new AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, details);
  }
  const start = sizes.slice(0, number - 1).reduce((sum, before) => sum + before, 0);
  return size === 0 ? undefined : { start, end: start + size - 1 };
}

function readPermissions(request: S3Request, context: S3Context): readonly Permission[] {
  const action = request.versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  return [{ action, resource: objectArn(context, request.bucket, request.key) }];
}

export const readOperations: readonly S3Operation[] = [getObject, headObject];
