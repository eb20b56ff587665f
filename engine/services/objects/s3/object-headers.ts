import { AwsError } from "../../protocol/message";
import type { Checksums, ChecksumType } from "../checksums";
import type { StoredObject } from "../object-record";
import type { ObjectStore } from "../object-store";
import { expiryTime } from "../expiration";
import { invalidArgument, notImplementedHeader } from "../s3-errors";
import type { S3Request } from "./s3-request";

/** The most that the user's metadata may have, in bytes, names and values together. */
const largestMetadata = 2048;

/** Headers that are kept with an object and given back. */
const keptHeaders = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-language",
  "expires",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
] as const;

/** Headers that would mean something this store does not do: to ignore them would be to pretend. */
const refusedHeaders = [
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-copy-source-server-side-encryption-customer-algorithm",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
  "x-amz-write-offset-bytes",
] as const;

const responseOverrides: Record<string, string> = {
  "response-content-type": "content-type",
  "response-content-language": "content-language",
  "response-expires": "expires",
  "response-cache-control": "cache-control",
  "response-content-disposition": "content-disposition",
  "response-content-encoding": "content-encoding",
};

/** The query parameters by which a reader replaces headers of the answer. */
export const responseParameters = Object.keys(responseOverrides);

const storageClasses = [
  ...["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR"],
  "DEEP_ARCHIVE",
];
const encryptions = ["AES256", "aws:kms", "aws:kms:dsse"];

/** Refuses headers whose meaning this store does not have, and values that S3 does not take. */
export function checkWriteHeaders(request: S3Request): void {
  for (const name of refusedHeaders) if (request.header(name) !== undefined) throw notImplementedHeader(name);
  const storageClass = request.header("x-amz-storage-class");
  if (storageClass !== undefined && !storageClasses.includes(storageClass)) {
    const details = { StorageClassRequested: storageClass };
    throw new AwsError("InvalidStorageClass", "The storage class you specified is not valid", 400, details);
  }
  const encryption = request.header("x-amz-server-side-encryption");
  if (encryption !== undefined && !encryptions.includes(encryption)) {
    const message = `The encryption request that you specified is not valid. Supported values: ${encryptions.join(", ")}`;
    throw invalidArgument(message, "x-amz-server-side-encryption", encryption);
  }
  const acl = request.header("x-amz-acl") ?? "private";
  const grants = Object.keys(request.headersFrom("x-amz-grant-"));
  // As in every bucket made since April 2023: its owner owns all objects and access lists are off.
  if (grants.length > 0 || !["private", "bucket-owner-full-control"].includes(acl)) {
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
  }
}

/** The headers of a put that the object keeps. `aws-chunked` only described the body on its way. */
export function headersToKeep(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "binary/octet-stream" };
  for (const name of keptHeaders) {
    const value = request.header(name);
    if (value !== undefined && value !== "") headers[name] = value;
  }
  const encodings = (request.header("content-encoding") ?? "").split(",").map((encoding) => encoding.trim());
  const encoding = encodings.filter((name) => name !== "" && name.toLowerCase() !== "aws-chunked").join(",");
  if (encoding !== "") headers["content-encoding"] = encoding;
  return headers;
}

/** The user's metadata of a put; HTTP carries it as bytes, which are meant as UTF-8. */
export function metadataToKeep(request: S3Request): Record<string, string> {
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(request.headersFrom("x-amz-meta-"))) {
    metadata[name] = /[\u0080-\u00ff]/.test(value) ? Buffer.from(value, "latin1").toString("utf8") : value;
    size += Buffer.byteLength(name) + Buffer.byteLength(metadata[name]);
  }
  if (size <= largestMetadata) return metadata;
  const details = { Size: String(size), MaxSizeAllowed: String(largestMetadata) };
  throw new AwsError(
    "MetadataTooLarge",
    "Your metadata headers exceed the maximum allowed metadata size",
    400,
    details,
  );
}

/** What a read answers about an object, besides its bytes. */
export function objectHeaders(
  store: ObjectStore,
  request: S3Request,
  object: StoredObject,
  { withChecksums = request.header("x-amz-checksum-mode")?.toUpperCase() === "ENABLED" } = {},
): Record<string, string | undefined> {
  const { details } = object;
  const tags = Object.keys(details.tags ?? {}).length;
  const headers: Record<string, string | undefined> = {
    ...encryptionHeaders(store, object.bucket),
    ...details.headers,
    "x-amz-tagging-count": tags === 0 ? undefined : String(tags),
    etag: quoted(object.eTag),
    "last-modified": new Date(object.modified).toUTCString(),
    "accept-ranges": "bytes",
    "x-amz-expiration": expirationHeader(store, object),
    "x-amz-version-id": versionHeader(store, object),
  };
  if (details.headers["x-amz-storage-class"] === "STANDARD") headers["x-amz-storage-class"] = undefined;
  for (const [name, value] of Object.entries(details.metadata)) headers[`x-amz-meta-${name}`] = encodeMetadata(value);
  if (withChecksums) Object.assign(headers, checksumHeaders(details.checksums, checksumTypeOf(object)));
  for (const [parameter, name] of Object.entries(responseOverrides)) {
    const value = request.parameter(parameter);
    if (value === undefined) continue;
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw invalidArgument("Header value cannot be represented", parameter, "");
    // Otherwise a link that anybody may open could make a browser take an object for a page of the application.
    if (!request.aws.caller) {
      const message = "Request specific response headers cannot be used for anonymous GET requests.";
      throw new AwsError("InvalidRequest", message, 400);
    }
    headers[name] = value;
  }
  return headers;
}

/** `x-amz-checksum-…` of an object or part; the type is an object's alone. */
export function checksumHeaders(checksums: Checksums, type?: ChecksumType): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [algorithm, value] of Object.entries(checksums)) headers[`x-amz-checksum-${algorithm}`] = value;
  if (type && Object.keys(headers).length > 0) headers["x-amz-checksum-type"] = type;
  return headers;
}

/** The same as elements of a document: `ChecksumSHA256` and so on. */
export function checksumElements(checksums: Checksums, type?: ChecksumType): Record<string, string> {
  const elements: Record<string, string> = {};
  for (const [name, value] of Object.entries(checksums)) elements[`Checksum${name.toUpperCase()}`] = value;
  if (type && Object.keys(elements).length > 0) elements.ChecksumType = type;
  return elements;
}

/** Whether an object's checksums cover it whole or by its parts. */
export function checksumTypeOf({ details }: StoredObject): ChecksumType {
  return details.checksumType ?? "FULL_OBJECT";
}

/** What a put, copy or completed upload answers of the new object. */
export function writtenHeaders(store: ObjectStore, object: StoredObject): Record<string, string | undefined> {
  return {
    ...encryptionOf(store, object.bucket, object.details.headers),
    "x-amz-expiration": expirationHeader(store, object),
    "x-amz-version-id": versionHeader(store, object),
  };
}

/** How an object or part is encrypted: as its request said, else as its bucket encrypts. */
export function encryptionOf(
  store: ObjectStore,
  bucket: string,
  kept: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const given = Object.entries(kept).filter(([name]) => name.startsWith("x-amz-server-side-"));
  return { ...encryptionHeaders(store, bucket), ...Object.fromEntries(given) };
}

/** S3 has encrypted every object since January 2023 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html). */
function encryptionHeaders(store: ObjectStore, bucket: string): Record<string, string | undefined> {
  const { algorithm = "AES256", kmsKeyId, bucketKey } = store.bucket(bucket).settings.declared?.encryption ?? {};
  return {
    "x-amz-server-side-encryption": algorithm,
    "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
    "x-amz-server-side-encryption-bucket-key-enabled": bucketKey === true ? "true" : undefined,
  };
}

/** `x-amz-version-id`, which buckets that never had versions leave out. */
export function versionHeader(store: ObjectStore, object: StoredObject): string | undefined {
  return store.bucket(object.bucket).versioning === undefined ? undefined : object.versionId;
}

/** An ETag as headers and documents carry it. */
export function quoted(eTag: string): string {
  return `"${eTag}"`;
}

/** An ETag as a client sent it, without quotes. */
export function unquoted(eTag: string): string {
  return eTag.trim().replace(/^(W\/)?"(.*)"$/, "$2");
}

function expirationHeader(store: ObjectStore, object: StoredObject): string | undefined {
  const { expirationDays } = store.bucket(object.bucket).settings;
  if (expirationDays === undefined || !object.isCurrent) return undefined;
  const date = new Date(expiryTime(object.modified, expirationDays)).toUTCString();
  return `expiry-date="${date}", rule-id="expiration"`;
}

/** S3 gives back what is not ASCII in the form of RFC 2047. */
function encodeMetadata(value: string): string {
  return /^[\x20-\x7e\t]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
}
