import { checksumAlgorithm, checksumAlgorithms, type ChecksumAlgorithm, type ChecksumType } from "../checksums";
import { invalidRequest, malformedXml } from "../s3-errors";
import { chooseParts, joinParts, type ListedPart } from "../upload-completion";
import type { UploadDetails } from "../uploads";
import { xmlResponse } from "./bucket-operations";
import { writeCondition } from "./conditions";
import {
  checksumElements,
  checkWriteHeaders,
  headersToKeep,
  metadataToKeep,
  quoted,
  unquoted,
  writtenHeaders,
} from "./object-headers";
import { compareChecksums, declaredChecksums, receiveText } from "./received-body";
import { objectArn, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { XmlNode } from "./xml";

/** The most that a list of 10,000 parts may have, in bytes. */
const largestDocument = 4 * 1024 * 1024;

const createMultipartUpload: S3Operation = {
  name: "CreateMultipartUpload",
  method: "POST",
  level: "object",
  selectors: ["uploads"],
  permissions: (request, context) => [
    { action: "s3:PutObject", resource: objectArn(context, request.bucket, request.key) },
  ],
  run(request, { store }) {
    store.bucket(request.bucket);
    checkWriteHeaders(request);
    const details = { headers: headersToKeep(request), metadata: metadataToKeep(request), ...checksumPlan(request) };
    const upload = store.uploads.create(request.bucket, request.key, details);
    const { algorithm, checksumType } = details;
    const headers = {
      "x-amz-checksum-algorithm": algorithm?.toUpperCase(),
      "x-amz-checksum-type": checksumType,
      "x-amz-server-side-encryption": details.headers["x-amz-server-side-encryption"],
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
  permissions: (request, context) => [
    { action: "s3:PutObject", resource: objectArn(context, request.bucket, request.key) },
  ],
  async run(request, { store }) {
    const { bucket, key } = request;
    const condition = writeCondition(request);
    const upload = store.uploads.get(bucket, key, request.parameter("uploadId") ?? "");
    // What these headers declare is the object's checksum, not that of the document.
    const declared = declaredChecksums(request);
    const listed = readParts(await receiveText(request, largestDocument, { hasOwnChecksums: false }));
    const parts = chooseParts(upload, store.uploads.parts(upload), listed);
    const joined = await joinParts(store.files, upload, parts);
    try {
      compareChecksums(declared, { ...declared, ...joined.checksums });
      const { headers, metadata, checksumType } = upload.details;
      const sizes = parts.map((part) => part.size);
      const details = { headers, metadata, checksums: joined.checksums, checksumType, parts: sizes };
      // Two requests may complete an upload at once: the first makes the object.
      store.uploads.get(bucket, key, upload.id);
      const record = store.bucket(bucket);
      const object = store.writer.put(record, key, joined, details, "CompleteMultipartUpload", condition);
      store.uploads.remove(upload);
      const result = {
        Location: `${request.aws.endpoint}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
        Bucket: bucket,
        Key: key,
        ETag: quoted(object.eTag),
        ...checksumElements(joined.checksums, checksumType),
      };
      return xmlResponse("CompleteMultipartUploadResult", result, writtenHeaders(store, object));
    } catch (error) {
      store.files.discard(joined.file);
      throw error;
    }
  },
};

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

function readParts(text: string): ListedPart[] {
  const parts = XmlNode.parse(text, "CompleteMultipartUpload").children("Part");
  if (parts.length === 0 || parts.length > 10_000) throw malformedXml();
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
