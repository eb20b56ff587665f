import type { Upload } from "../uploads";
import { keyEncoding } from "./list-operations";
import { checksumElements, quoted } from "./object-headers";
import { bucketArn, objectArn, type S3Operation } from "./s3-operation";
import { isoTime, owner, xmlResponse } from "./xml-answers";

/** The most that one page has. */
const largestPage = 1000;

const listParts: S3Operation = {
  name: "ListParts",
  method: "GET",
  level: "object",
  selectors: ["uploadId"],
  parameters: ["max-parts", "part-number-marker", "encoding-type"],
  permissions: (request, context) => [
    { action: "s3:ListMultipartUploadParts", resource: objectArn(context, request.bucket, request.key) },
  ],
  run(request, { store }) {
    store.bucket(request.bucket);
    const upload = store.uploads.get(request.bucket, request.key, request.parameter("uploadId") ?? "");
    const limit = Math.min(request.numberParameter("max-parts", 0, 2 ** 31 - 1) ?? largestPage, largestPage);
    const marker = request.numberParameter("part-number-marker", 0, 2 ** 31 - 1) ?? 0;
    const found = store.uploads.parts(upload, marker, limit + 1);
    const page = found.slice(0, limit);
    const { algorithm, checksumType, headers } = upload.details;
    const content = {
      Bucket: request.bucket,
      Key: keyEncoding(request)(request.key),
      UploadId: upload.id,
      Initiator: owner(store),
      Owner: owner(store),
      StorageClass: headers["x-amz-storage-class"] ?? "STANDARD",
      ChecksumAlgorithm: algorithm?.toUpperCase(),
      ChecksumType: checksumType,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.number ?? marker,
      MaxParts: limit,
      IsTruncated: found.length > limit && limit > 0,
      Part: page.map((part) => ({
        PartNumber: part.number,
        LastModified: isoTime(part.modified),
        ETag: quoted(part.eTag),
        Size: part.size,
        ...checksumElements(part.checksums),
      })),
    };
    return Promise.resolve(xmlResponse("ListPartsResult", content));
  },
};

const listMultipartUploads: S3Operation = {
  name: "ListMultipartUploads",
  method: "GET",
  level: "bucket",
  selectors: ["uploads"],
  parameters: ["prefix", "delimiter", "max-uploads", "key-marker", "upload-id-marker", "encoding-type"],
  permissions: (request, context) => [
    { action: "s3:ListBucketMultipartUploads", resource: bucketArn(context, request.bucket) },
  ],
  run(request, { store }) {
    store.bucket(request.bucket);
    const [prefix, delimiter] = [request.parameter("prefix") ?? "", request.parameter("delimiter") ?? ""];
    const limit = Math.min(request.numberParameter("max-uploads", 1, 2 ** 31 - 1) ?? largestPage, largestPage);
    const [afterKey, afterUpload] = [request.parameter("key-marker"), request.parameter("upload-id-marker")];
    const encode = keyEncoding(request);
    const rolled = roll(
      store.uploads.list(request.bucket, { prefix, afterKey, afterUpload }),
      prefix,
      delimiter,
      afterKey ?? "",
    );
    const page = rolled.slice(0, limit);
    const last = rolled.length > limit ? page.at(-1) : undefined;
    const content = {
      Bucket: request.bucket,
      KeyMarker: encode(afterKey ?? ""),
      UploadIdMarker: afterUpload ?? "",
      NextKeyMarker: last && encode(typeof last === "string" ? last : last.key),
      NextUploadIdMarker: typeof last === "object" ? last.id : undefined,
      Prefix: encode(prefix),
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      EncodingType: request.parameter("encoding-type"),
      MaxUploads: limit,
      IsTruncated: last !== undefined,
      Upload: page
        .filter((entry) => typeof entry !== "string")
        .map(({ key, id, started, details }) => ({
          Key: encode(key),
          UploadId: id,
          Initiator: owner(store),
          Owner: owner(store),
          StorageClass: details.headers["x-amz-storage-class"] ?? "STANDARD",
          Initiated: isoTime(started),
          ChecksumAlgorithm: details.algorithm?.toUpperCase(),
          ChecksumType: details.checksumType,
        })),
      CommonPrefixes: page.filter((entry) => typeof entry === "string").map((Prefix) => ({ Prefix: encode(Prefix) })),
    };
    return Promise.resolve(xmlResponse("ListMultipartUploadsResult", content));
  },
};

/** Uploads in their order, with those whose keys go on past a delimiter as one common prefix each. */
function roll(uploads: Iterable<Upload>, prefix: string, delimiter: string, after: string): (Upload | string)[] {
  const rolled: (Upload | string)[] = [];
  for (const upload of uploads) {
    const cut = delimiter === "" ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const common = upload.key.slice(0, cut + delimiter.length);
    if (cut < 0) rolled.push(upload);
    else if (rolled.at(-1) !== common && !after.startsWith(common)) rolled.push(common);
  }
  return rolled;
}

export const uploadListOperations: readonly S3Operation[] = [listParts, listMultipartUploads];
