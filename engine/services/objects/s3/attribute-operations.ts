import type { StoredObject } from "../object-record";
import { invalidArgument, invalidRequest } from "../s3-errors";
import { checksumElements, checksumTypeOf, versionHeader } from "./object-headers";
import { findForReading } from "./read-operations";
import { objectArn, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { accessControlPolicy, xmlResponse, type XmlElement } from "./xml-answers";

const attributes = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const;
/** The most parts that one answer lists. */
const largestPage = 1000;

const getObjectAttributes: S3Operation = {
  name: "GetObjectAttributes",
  method: "GET",
  level: "object",
  selectors: ["attributes"],
  parameters: ["versionId"],
  permissions(request, context) {
    const resource = objectArn(context, request.bucket, request.key);
    const version = request.versionId === undefined ? "" : "Version";
    return [
      { action: `s3:GetObject${version}`, resource },
      { action: `s3:GetObject${version}Attributes`, resource },
    ];
  },
  async run(request, { store }) {
    const asked = askedAttributes(request);
    const object = await findForReading(request, { store });
    const { details } = object;
    const has = (name: (typeof attributes)[number]): boolean => asked.includes(name);
    const checksum = checksumElements(details.checksums, checksumTypeOf(object));
    const content = {
      ETag: has("ETag") ? object.eTag : undefined,
      Checksum: has("Checksum") && Object.keys(checksum).length > 0 ? checksum : undefined,
      ObjectParts: has("ObjectParts") ? describeParts(request, object) : undefined,
      StorageClass: has("StorageClass") ? (details.headers["x-amz-storage-class"] ?? "STANDARD") : undefined,
      ObjectSize: has("ObjectSize") ? object.size : undefined,
    };
    return xmlResponse("GetObjectAttributesResponse", content, {
      "last-modified": new Date(object.modified).toUTCString(),
      "x-amz-version-id": versionHeader(store, object),
    });
  },
};

const getObjectAcl: S3Operation = {
  name: "GetObjectAcl",
  method: "GET",
  level: "object",
  selectors: ["acl"],
  parameters: ["versionId"],
  permissions: (request, context) => [
    { action: "s3:GetObjectAcl", resource: objectArn(context, request.bucket, request.key) },
  ],
  async run(request, { store }) {
    const object = await findForReading(request, { store });
    const headers = { "x-amz-version-id": versionHeader(store, object) };
    return xmlResponse("AccessControlPolicy", accessControlPolicy(store), headers);
  },
};

function askedAttributes(request: S3Request): readonly string[] {
  const header = request.header("x-amz-object-attributes") ?? "";
  const asked = header.split(",").map((name) => name.trim());
  if (header.trim() === "") {
    const message =
      "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty";
    throw invalidRequest(message);
  }
  const unknown = asked.find((name) => !(attributes as readonly string[]).includes(name));
  if (unknown === undefined) return asked;
  throw invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", unknown);
}

/**
 * The parts of an object that was uploaded in parts. S3 lists them one by one only if they were uploaded with checksums
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html).
 */
function describeParts(request: S3Request, { details }: StoredObject): XmlElement | undefined {
  const { parts, partChecksums } = details;
  if (parts === undefined) return undefined;
  if (partChecksums === undefined) return { PartsCount: parts.length };
  const limit = Math.min(headerNumber(request, "x-amz-max-parts") ?? largestPage, largestPage);
  const marker = headerNumber(request, "x-amz-part-number-marker") ?? 0;
  const all = partChecksums.map(({ number, checksums }, index) => ({
    PartNumber: number,
    Size: parts[index],
    ...checksumElements(checksums),
  }));
  const after = all.filter(({ PartNumber }) => PartNumber > marker);
  const page = after.slice(0, limit);
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.PartNumber ?? 0,
    MaxParts: limit,
    IsTruncated: after.length > page.length,
    Part: page,
  };
}

function headerNumber(request: S3Request, name: string): number | undefined {
  const text = request.header(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

export const attributeOperations: readonly S3Operation[] = [getObjectAttributes, getObjectAcl];
