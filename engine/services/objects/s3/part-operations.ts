import { AwsError } from "../../protocol/message";
import { checksumAlgorithm } from "../checksums";
import { invalidArgument, invalidRequest } from "../s3-errors";
import { xmlResponse } from "./bucket-operations";
import { parseRange } from "./conditions";
import { copyPermissions, findCopySource } from "./copy-source";
import { checksumElements, checksumHeaders, quoted, versionHeader } from "./object-headers";
import { receiveBody } from "./received-body";
import { objectArn, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";

const uploadPart: S3Operation = {
  name: "UploadPart",
  method: "PUT",
  level: "object",
  selectors: ["partNumber", "uploadId"],
  permissions: (request, context) => [
    { action: "s3:PutObject", resource: objectArn(context, request.bucket, request.key) },
  ],
  async run(request, { store }) {
    const number = partNumber(request);
    const upload = store.uploads.get(request.bucket, request.key, request.parameter("uploadId") ?? "");
    const { algorithm } = upload.details;
    const trailer = request.header("x-amz-trailer")?.trim();
    const sent = Object.keys(request.headersFrom("x-amz-checksum-")).map(checksumAlgorithm).find(Boolean);
    const given = trailer ? checksumAlgorithm(trailer.replace(/^x-amz-checksum-/i, "")) : sent;
    if (algorithm && given && given !== algorithm) {
      const message = `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${given}`;
      throw invalidRequest(message);
    }
    const staged = await receiveBody(store, request, algorithm);
    try {
      const part = store.uploads.putPart(upload, number, staged);
      return { status: 200, headers: { etag: quoted(part.eTag), ...checksumHeaders(part.checksums) } };
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
      const LastModified = new Date(part.modified).toISOString();
      const headers = { "x-amz-copy-source-version-id": versionHeader(store, source) };
      return xmlResponse(
        "CopyPartResult",
        { ETag: quoted(part.eTag), LastModified, ...checksumElements(part.checksums) },
        headers,
      );
    } catch (error) {
      store.files.discard(staged.file);
      throw error;
    }
  },
};

function partNumber(request: S3Request): number {
  const number = request.numberParameter("partNumber", 1, 10_000);
  if (number !== undefined) return number;
  const message = "Part number must be an integer between 1 and 10000, inclusive";
  throw new AwsError("InvalidArgument", message, 400, { ArgumentName: "partNumber" });
}

export const partOperations: readonly S3Operation[] = [uploadPart, uploadPartCopy];
