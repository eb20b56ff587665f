import { checksumAlgorithm } from "../checksums";
import { invalidArgument, invalidRequest } from "../s3-errors";
import { parseRange } from "./conditions";
import { copyPermissions, findCopySource } from "./copy-source";
import { checksumElements, checksumHeaders, encryptionOf, quoted, versionHeader } from "./object-headers";
import { receiveBody } from "./received-body";
import { objectArn, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { isoTime, xmlResponse } from "./xml-answers";

const uploadPart: S3Operation = {
  name: "UploadPart",
  method: "PUT",
  level: "object",
  selectors: ["partNumber", "uploadId"],
  body: "object",
  permissions: (request, context) => [
    { action: "s3:PutObject", resource: objectArn(context, request.bucket, request.key) },
  ],
  async run(request, { store }) {
    const number = partNumber(request);
    const upload = store.uploads.get(request.bucket, request.key, request.parameter("uploadId") ?? "");
    const { algorithm, checksumType, headers } = upload.details;
    const trailer = request.header("x-amz-trailer")?.trim();
    const sent = Object.keys(request.headersFrom("x-amz-checksum-")).map(checksumAlgorithm).find(Boolean);
    const given = trailer ? checksumAlgorithm(trailer.replace(/^x-amz-checksum-/i, "")) : sent;
    // Checksums of the whole object may be computed here; those of parts are what the client says.
    const isMissing = given === undefined && checksumType === "COMPOSITE";
    if (algorithm && (isMissing || (given && given !== algorithm))) {
      const message = `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${given ?? "null"}`;
      throw invalidRequest(message);
    }
    const staged = await receiveBody(store, request, { algorithm });
    try {
      const part = store.uploads.putPart(upload, number, staged);
      const encryption = encryptionOf(store, request.bucket, headers);
      return { status: 200, headers: { ...encryption, etag: quoted(part.eTag), ...checksumHeaders(part.checksums) } };
    } catch (error) {
      store.files.discard(staged.file);
      throw error;
    }
  },
};

const uploadPartCopy: S3Operation = {
  name: "UploadPartCopy",
  method: "PUT",
  level: "object",
  selectors: ["partNumber", "uploadId"],
  selectingHeader: "x-amz-copy-source",
  permissions: copyPermissions,
  async run(request, { store }) {
    const number = partNumber(request);
    const upload = store.uploads.get(request.bucket, request.key, request.parameter("uploadId") ?? "");
    const source = await findCopySource(store, request);
    const header = request.header("x-amz-copy-source-range");
    const range = parseRange(header, source.size);
    if (header !== undefined && (!range || !/^bytes=\d+-\d+$/.test(header) || !header.endsWith(`-${range.end}`))) {
      const message =
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the " +
        "zero-based offsets of the first and last bytes to copy";
      throw invalidArgument(message, "x-amz-copy-source-range", header);
    }
    const { algorithm } = upload.details;
    const staged = await store.files.stage(request.bucket, store.read(source, range), algorithm ? [algorithm] : []);
    try {
      const part = store.uploads.putPart(upload, number, staged);
      const LastModified = isoTime(part.modified);
      const headers = {
        ...encryptionOf(store, request.bucket, upload.details.headers),
        "x-amz-copy-source-version-id": versionHeader(store, source),
      };
      const result = { ETag: quoted(part.eTag), LastModified, ...checksumElements(part.checksums) };
      return xmlResponse("CopyPartResult", result, headers);
    } catch (error) {
      store.files.discard(staged.file);
      throw error;
    }
  },
};

function partNumber(request: S3Request): number {
  const text = request.parameter("partNumber") ?? "";
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 10_000) return Number(text);
  throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text);
}

export const partOperations: readonly S3Operation[] = [uploadPart, uploadPartCopy];
