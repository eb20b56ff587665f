import { uriEncode } from "../../identity/canonical-request";
import { AwsError, type AwsResponse } from "../../protocol/message";
import type { Permission } from "../../protocol/operation";
import type { ObjectPage } from "../object-listing";
import type { StoredObject } from "../object-record";
import { invalidArgument } from "../s3-errors";
import { quoted } from "./object-headers";
import { bucketArn, type S3Context, type S3Operation } from "./s3-operation";
import { checkedVersionId, type S3Request } from "./s3-request";
import { isoTime, owner, xmlResponse, type XmlElement } from "./xml-answers";

/** The most that one page has. */
const largestPage = 1000;
const paging = ["prefix", "delimiter", "max-keys", "encoding-type"];

const listObjects: S3Operation = {
  name: "ListObjects",
  method: "GET",
  level: "bucket",
  parameters: [...paging, "marker"],
  permissions: (request, context) => listPermissions("s3:ListBucket", request, context),
  run(request, { store }) {
    const query = readQuery(request);
    const marker = request.parameter("marker") ?? "";
    const page = store.list(request.bucket, { ...query.options, after: marker });
    const { encode } = query;
    const content = {
      ...describe(request, page, encode),
      Marker: encode(marker),
      // S3 gives the next marker only where a delimiter makes it something else than the last key.
      NextMarker: page.next !== undefined && query.options.delimiter ? encode(page.next) : undefined,
      Contents: page.objects.map((object) => ({ ...describeObject(object, encode), Owner: owner(store) })),
    };
    return answer("ListBucketResult", content);
  },
};

const listObjectsV2: S3Operation = {
  name: "ListObjectsV2",
  method: "GET",
  level: "bucket",
  selectors: ["list-type"],
  parameters: [...paging, "continuation-token", "start-after", "fetch-owner"],
  permissions: (request, context) => listPermissions("s3:ListBucket", request, context),
  run(request, { store }) {
    const type = request.parameter("list-type") ?? "";
    if (type !== "2") throw invalidArgument("Invalid List Type specified in Request", "list-type", type);
    const { options, encode } = readQuery(request);
    const token = request.parameter("continuation-token");
    const startAfter = request.parameter("start-after");
    const after = token === undefined ? startAfter : readToken(token);
    const page = store.list(request.bucket, { ...options, after });
    const Owner = request.parameter("fetch-owner") === "true" ? owner(store) : undefined;
    const content = {
      ...describe(request, page, encode),
      KeyCount: page.objects.length + page.commonPrefixes.length,
      ContinuationToken: token,
      NextContinuationToken: page.next === undefined ? undefined : Buffer.from(page.next).toString("base64url"),
      StartAfter: startAfter === undefined || token !== undefined ? undefined : encode(startAfter),
      Contents: page.objects.map((object) => ({ ...describeObject(object, encode), Owner })),
    };
    return answer("ListBucketResult", content);
  },
};

const listObjectVersions: S3Operation = {
  name: "ListObjectVersions",
  method: "GET",
  level: "bucket",
  selectors: ["versions"],
  parameters: [...paging, "key-marker", "version-id-marker"],
  permissions: (request, context) => listPermissions("s3:ListBucketVersions", request, context),
  run(request, { store }) {
    const { options, encode } = readQuery(request);
    const keyMarker = request.parameter("key-marker") ?? "";
    const afterVersion = request.parameter("version-id-marker") || undefined;
    if (afterVersion !== undefined && keyMarker === "") {
      const message = "A version-id marker cannot be specified without a key marker.";
      throw invalidArgument(message, "version-id-marker", afterVersion);
    }
    if (afterVersion !== undefined) checkedVersionId(afterVersion, "version-id-marker");
    const page = store.listVersions(request.bucket, { ...options, after: keyMarker, afterVersion });
    const describeVersion = (object: StoredObject): XmlElement => ({
      ...(object.isDeleteMarker
        ? { Key: encode(object.key), LastModified: isoTime(object.modified) }
        : describeObject(object, encode)),
      VersionId: object.versionId,
      IsLatest: object.isCurrent,
      Owner: owner(store),
    });
    const content = {
      ...describe(request, page, encode),
      KeyMarker: encode(keyMarker),
      VersionIdMarker: afterVersion ?? "",
      NextKeyMarker: page.next === undefined ? undefined : encode(page.next),
      NextVersionIdMarker: page.next === undefined ? undefined : page.nextVersion,
      Version: page.objects.filter((object) => !object.isDeleteMarker).map(describeVersion),
      DeleteMarker: page.objects.filter((object) => object.isDeleteMarker).map(describeVersion),
    };
    return answer("ListVersionsResult", content);
  },
};

function answer(root: string, content: XmlElement): Promise<AwsResponse> {
  return Promise.resolve(xmlResponse(root, content));
}

/** How keys are written in a listing: as they are, or, as the request may ask, percent-encoded but for slashes. */
export function keyEncoding(request: S3Request): (key: string) => string {
  const type = request.parameter("encoding-type");
  if (type === undefined) return (key) => key;
  if (type !== "url") throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
  return (key) => key.split("/").map(uriEncode).join("/");
}

function readQuery(request: S3Request): {
  options: { prefix: string; delimiter: string; limit: number };
  encode: (key: string) => string;
} {
  const prefix = request.parameter("prefix") ?? "";
  const delimiter = request.parameter("delimiter") ?? "";
  const asked = request.numberParameter("max-keys", 0, 2 ** 31 - 1) ?? largestPage;
  return { options: { prefix, delimiter, limit: Math.min(asked, largestPage) }, encode: keyEncoding(request) };
}

function describe(request: S3Request, page: ObjectPage, encode: (key: string) => string): XmlElement {
  const { options } = readQuery(request);
  return {
    Name: request.bucket,
    Prefix: encode(options.prefix),
    Delimiter: options.delimiter === "" ? undefined : encode(options.delimiter),
    MaxKeys: options.limit,
    EncodingType: request.parameter("encoding-type"),
    IsTruncated: page.next !== undefined,
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function describeObject(object: StoredObject, encode: (key: string) => string): XmlElement {
  const { checksums, checksumType = "FULL_OBJECT", headers } = object.details;
  const algorithms = Object.keys(checksums).map((name) => name.toUpperCase());
  return {
    Key: encode(object.key),
    LastModified: isoTime(object.modified),
    ETag: quoted(object.eTag),
    ChecksumAlgorithm: algorithms,
    ChecksumType: algorithms.length > 0 ? checksumType : undefined,
    Size: object.size,
    StorageClass: headers["x-amz-storage-class"] ?? "STANDARD",
  };
}

function readToken(token: string): string {
  const key = Buffer.from(token, "base64url").toString("utf8");
  if (token !== "" && Buffer.from(key).toString("base64url") === token) return key;
  const details = { ArgumentName: "continuation-token" };
  throw new AwsError("InvalidArgument", "The continuation token provided is incorrect", 400, details);
}

function listPermissions(action: string, request: S3Request, context: S3Context): readonly Permission[] {
  const conditions: Record<string, string> = {};
  for (const name of ["prefix", "delimiter", "max-keys"]) {
    const value = request.parameter(name);
    if (value !== undefined) conditions[`s3:${name}`] = value;
  }
  return [{ action, resource: bucketArn(context, request.bucket), context: conditions }];
}

export const listOperations: readonly S3Operation[] = [listObjects, listObjectsV2, listObjectVersions];
