import { AwsError } from "../../protocol/message";
import type { Permission } from "../../protocol/operation";
import { checksumAlgorithms } from "../checksums";
import { checkKey } from "../key-path";
import type { Deletion } from "../object-writer";
import { invalidArgument, invalidRequest, malformedXml, noSuchVersion } from "../s3-errors";
import { deleteCondition } from "./conditions";
import { unquoted } from "./object-headers";
import { objectArn, type S3Context, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import type { XmlElement, XmlNode } from "./xml";
import { xmlResponse } from "./xml-answers";

/** The most keys that one request may delete. */
const mostKeys = 1000;

const deleteObject: S3Operation = {
  name: "DeleteObject",
  method: "DELETE",
  level: "object",
  parameters: ["versionId"],
  permissions: (request, context) => [deletePermission(context, request.bucket, request.key, request.versionId)],
  run(request, { store }) {
    const bucket = store.bucket(request.bucket);
    const condition = deleteCondition(request);
    if (bucket.versioning === undefined && (request.versionId ?? "null") !== "null") {
      throw invalidArgument("Invalid version id specified", "versionId", request.versionId ?? "");
    }
    const deletion = store.writer.delete(bucket, request.key, request.versionId, "DeleteObject", condition);
    return Promise.resolve({ status: 204, headers: deletionHeaders(deletion, bucket.versioning !== undefined) });
  },
};

const deleteObjects: S3Operation = {
  name: "DeleteObjects",
  method: "POST",
  level: "bucket",
  selectors: ["delete"],
  // Each key is allowed or denied by itself, once the document is read: S3 deletes what it may and names the rest.
  permissions: () => [],
  run(request, context) {
    const { store } = context;
    store.bucket(request.bucket);
    checkIsProven(request);
    const document = request.parse("Delete");
    const objects = document.children("Object");
    if (objects.length === 0 || objects.length > mostKeys) throw malformedXml();
    const isQuiet = document.text("Quiet")?.trim() === "true";
    const results = objects.map((object) => deleteOne(request, context, object));
    const Deleted = isQuiet ? [] : results.flatMap((result) => result.deleted ?? []);
    const content = { Deleted, Error: results.flatMap((result) => result.failed ?? []) };
    return Promise.resolve(xmlResponse("DeleteResult", content));
  },
};

function deleteOne(
  request: S3Request,
  context: S3Context,
  object: XmlNode,
): { deleted?: XmlElement; failed?: XmlElement } {
  const { store, authorize } = context;
  const Key = object.text("Key");
  if (Key === undefined) throw malformedXml();
  const VersionId = object.text("VersionId") || undefined;
  const eTag = object.text("ETag");
  try {
    checkKey(Key);
    authorize(request.aws, "DeleteObjects", [deletePermission(context, request.bucket, Key, VersionId)]);
    const condition = eTag === undefined ? {} : { ifMatch: unquoted(eTag) };
    const bucket = store.bucket(request.bucket);
    if (bucket.versioning === undefined && (VersionId ?? "null") !== "null") throw noSuchVersion(Key, VersionId ?? "");
    const deletion = store.writer.delete(bucket, Key, VersionId, "DeleteObject", condition);
    const marker = deletion.object?.isDeleteMarker ? deletion.object : undefined;
    return {
      deleted: {
        Key,
        VersionId,
        DeleteMarker: marker ? true : undefined,
        DeleteMarkerVersionId: marker?.versionId,
      },
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { failed: { Key, VersionId, Code: error.code, Message: error.message } };
  }
}

/** A document that deletes must come with something that proves it arrived as it was sent. */
function checkIsProven(request: S3Request): void {
  const headers = ["content-md5", "x-amz-trailer", ...checksumAlgorithms.map((name) => `x-amz-checksum-${name}`)];
  const isHashed = /^[0-9a-f]{64}$/.test(request.aws.signature?.payloadHash ?? "");
  if (isHashed || headers.some((name) => request.header(name) !== undefined)) return;
  throw invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

function deletionHeaders({ object }: Deletion, isVersioned: boolean): Record<string, string | undefined> {
  if (!object || !isVersioned) return {};
  return {
    "x-amz-version-id": object.versionId,
    "x-amz-delete-marker": object.isDeleteMarker ? "true" : undefined,
  };
}

function deletePermission(context: S3Context, bucket: string, key: string, versionId: string | undefined): Permission {
  const action = versionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
  return { action, resource: objectArn(context, bucket, key) };
}

export const deleteOperations: readonly S3Operation[] = [deleteObject, deleteObjects];
