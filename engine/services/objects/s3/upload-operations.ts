import type { AwsResponse } from "../../protocol/message";
import { checksumAlgorithm, checksumAlgorithms, type ChecksumAlgorithm, type ChecksumType } from "../checksums";
import type { StoredObject } from "../object-record";
import type { ObjectStore } from "../object-store";
import { invalidRequest, malformedXml } from "../s3-errors";
import { chooseParts, joinParts, type ListedPart } from "../upload-completion";
import type { UploadDetails, UploadedPart } from "../uploads";
import { writeCondition } from "./conditions";
import {
  checksumElements,
  checksumTypeOf,
  checkWriteHeaders,
  encryptionOf,
  headersToKeep,
  metadataToKeep,
  quoted,
  unquoted,
  writtenHeaders,
} from "./object-headers";
import { compareChecksums, declaredChecksums } from "./received-body";
import { objectArn, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { putPermissions, tagsToKeep } from "./tag-set";
import { xmlResponse } from "./xml-answers";

const createMultipartUpload: S3Operation = {
  name: "CreateMultipartUpload",
  method: "POST",
  level: "object",
  selectors: ["uploads"],
  permissions: putPermissions,
  run(request, { store }) {
    store.bucket(request.bucket);
    checkWriteHeaders(request);
    const kept = { headers: headersToKeep(request), metadata: metadataToKeep(request), tags: tagsToKeep(request) };
    const details = { ...kept, ...checksumPlan(request) };
    const upload = store.uploads.create(request.bucket, request.key, details);
    const { algorithm, checksumType } = details;
    const headers = {
      "x-amz-checksum-algorithm": algorithm?.toUpperCase(),
      "x-amz-checksum-type": checksumType,
      ...encryptionOf(store, request.bucket, details.headers),
    };
    const result = { Bucket: request.bucket, Key: request.key, UploadId: upload.id };
    return Promise.resolve(xmlResponse("InitiateMultipartUploadResult", result, headers));
  },
};

const completeMultipartUpload: S3Operation = {
  name: "CompleteMultipartUpload",
  method: "POST",
  level: "object",
  selectors: ["uploadId"],
  body: "document of an object",
  permissions: (request, context) => [
    { action: "s3:PutObject", resource: objectArn(context, request.bucket, request.key) },
  ],
  async run(request, { store }) {
    const { bucket, key } = request;
    const condition = writeCondition(request);
    const id = request.parameter("uploadId") ?? "";
    store.bucket(bucket);
    const made = store.index.byId(store.uploads.completedAs(bucket, key, id) ?? 0);
    // A client that saw no answer asks again.
    if (made) return completed(request, store, made);
    const upload = store.uploads.get(bucket, key, id);
    // What these headers declare is the object's checksum, not that of the document.
    const declared = declaredChecksums(request);
    const parts = chooseParts(upload, store.uploads.parts(upload), readParts(request));
    checkDeclaredSize(request, parts);
    const joined = await joinParts(store.files, upload, parts);
    try {
      compareChecksums(declared, { ...declared, ...joined.checksums });
      const { headers, metadata, tags, algorithm, checksumType = "FULL_OBJECT" } = upload.details;
      const details = {
        headers,
        metadata,
        tags,
        checksums: joined.checksums,
        checksumType,
        parts: parts.map((part) => part.size),
        partChecksums: algorithm && parts.map(({ number, checksums }) => ({ number, checksums })),
      };
      // Two requests may complete an upload at once: the first makes the object.
      const isOutdated = store.uploads.isTouched(store.uploads.get(bucket, key, upload.id));
      const record = store.bucket(bucket);
      const conditions = { ...condition, isOutdated };
      const object = store.writer.put(record, key, joined, details, "CompleteMultipartUpload", conditions);
      store.uploads.complete(upload, object.id);
      return completed(request, store, object);
    } catch (error) {
      store.files.discard(joined.file);
      throw error;
    }
  },
};

/** The answer to the request that completed an upload. */
function completed(request: S3Request, store: ObjectStore, object: StoredObject): AwsResponse {
  const { bucket, key, details, eTag } = object;
  const result = {
    Location: `${request.aws.endpoint}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
    Bucket: bucket,
    Key: key,
    ETag: quoted(eTag),
    ...checksumElements(details.checksums, checksumTypeOf(object)),
  };
  return xmlResponse("CompleteMultipartUploadResult", result, writtenHeaders(store, object));
}

/** Clients may say how large the whole object must be. */
function checkDeclaredSize(request: S3Request, parts: readonly UploadedPart[]): void {
  const text = request.header("x-amz-mp-object-size");
  if (text === undefined) return;
  if (!/^\d{1,15}$/.test(text)) throw invalidRequest("Value for x-amz-mp-object-size header is invalid.");
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size === Number(text)) return;
  const message = `The provided 'x-amz-mp-object-size' header value ${text} does not match what was computed: ${size}`;
  throw invalidRequest(message);
}

const abortMultipartUpload: S3Operation = {
  name: "AbortMultipartUpload",
  method: "DELETE",
  level: "object",
  selectors: ["uploadId"],
  permissions: (request, context) => [
    { action: "s3:AbortMultipartUpload", resource: objectArn(context, request.bucket, request.key) },
  ],
  run(request, { store }) {
    store.bucket(request.bucket);
    store.uploads.remove(store.uploads.get(request.bucket, request.key, request.parameter("uploadId") ?? ""));
    return Promise.resolve({ status: 204 });
  },
};

/**
 * Which checksum the object will have. CRC-64/NVME covers whole objects only, SHA only the parts' checksums
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
 */
function checksumPlan(request: S3Request): Pick<UploadDetails, "algorithm" | "checksumType"> {
  const name = request.header("x-amz-checksum-algorithm");
  const type = request.header("x-amz-checksum-type")?.toUpperCase();
  if (name === undefined) {
    if (type !== undefined)
      throw invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
    return {};
  }
  const algorithm = checksumAlgorithm(name);
  if (!algorithm) {
    throw invalidRequest(
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  }
  const allowed: Record<ChecksumAlgorithm, readonly ChecksumType[]> = {
    crc32: ["COMPOSITE", "FULL_OBJECT"],
    crc32c: ["COMPOSITE", "FULL_OBJECT"],
    crc64nvme: ["FULL_OBJECT"],
    sha1: ["COMPOSITE"],
    sha256: ["COMPOSITE"],
  };
  const checksumType = type === undefined ? allowed[algorithm][0] : allowed[algorithm].find((known) => known === type);
  if (checksumType) return { algorithm, checksumType };
  throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
}

function readParts(request: S3Request): ListedPart[] {
  const parts = request.parse("CompleteMultipartUpload").children("Part");
  if (parts.length === 0) throw invalidRequest("You must specify at least one part");
  if (parts.length > 10_000) throw malformedXml();
  return parts.map((part) => {
    const number = part.text("PartNumber")?.trim() ?? "";
    const eTag = part.text("ETag");
    if (!/^\d{1,5}$/.test(number) || eTag === undefined) throw malformedXml();
    const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
    for (const algorithm of checksumAlgorithms) {
      const value = part.text(`Checksum${algorithm.toUpperCase()}`);
      if (value !== undefined) checksums[algorithm] = value;
    }
    return { number: Number(number), eTag: unquoted(eTag), checksums };
  });
}

export const uploadOperations: readonly S3Operation[] = [
  createMultipartUpload,
  completeMultipartUpload,
  abortMultipartUpload,
];
