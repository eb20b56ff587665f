import { largestPut } from "../bucket-files";
import { checksumAlgorithm, type ChecksumAlgorithm } from "../checksums";
import type { ObjectDetails, StoredObject } from "../object-record";
import { invalidArgument, invalidRequest } from "../s3-errors";
import { writeCondition } from "./conditions";
import { copyPermissions, findCopySource } from "./copy-source";
import {
  checksumElements,
  checkWriteHeaders,
  headersToKeep,
  metadataToKeep,
  quoted,
  versionHeader,
  writtenHeaders,
} from "./object-headers";
import type { S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { tagsToKeep } from "./tag-set";
import { isoTime, xmlResponse } from "./xml-answers";

const copyObject: S3Operation = {
  name: "CopyObject",
  method: "PUT",
  level: "object",
  selectingHeader: "x-amz-copy-source",
  permissions: copyPermissions,
  async run(request, { store }) {
    const { bucket, key } = request;
    store.bucket(bucket);
    checkWriteHeaders(request);
    const condition = writeCondition(request);
    const source = await findCopySource(store, request);
    const kept = detailsOfCopy(request, source);
    if (source.size > largestPut) {
      const message = "The specified copy source is larger than the maximum allowable size for a copy source";
      throw invalidRequest(`${message}: ${largestPut}`);
    }
    const asked = checksumAlgorithm(request.header("x-amz-checksum-algorithm"));
    const known = Object.keys(source.details.checksums) as ChecksumAlgorithm[];
    const algorithms = asked ? [asked] : known.length > 0 ? known : (["crc64nvme"] as const);
    const staged = await store.files.stage(bucket, store.read(source), algorithms);
    try {
      const details = { ...kept, checksums: staged.checksums };
      const content = { ...staged, eTag: staged.md5 };
      const object = store.writer.put(store.bucket(bucket), key, content, details, "CopyObject", condition);
      const result = {
        ETag: quoted(object.eTag),
        LastModified: isoTime(object.modified),
        ...checksumElements(staged.checksums, "FULL_OBJECT"),
      };
      const headers = {
        ...writtenHeaders(store, object),
        "x-amz-copy-source-version-id": versionHeader(store, source),
      };
      return xmlResponse("CopyObjectResult", result, headers);
    } catch (error) {
      store.files.discard(staged.file);
      throw error;
    }
  },
};

/** What the copy carries: as the source, or as the request says. */
function detailsOfCopy(request: S3Request, source: StoredObject): Omit<ObjectDetails, "checksums"> {
  const directive = request.header("x-amz-metadata-directive") ?? "COPY";
  const tagging = request.header("x-amz-tagging-directive") ?? "COPY";
  if (tagging !== "COPY" && tagging !== "REPLACE") {
    throw invalidArgument("Unknown tagging directive.", "x-amz-tagging-directive", tagging);
  }
  const tags = tagging === "REPLACE" ? tagsToKeep(request) : source.details.tags;
  if (directive === "REPLACE") return { headers: headersToKeep(request), metadata: metadataToKeep(request), tags };
  if (directive !== "COPY") {
    throw invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", directive);
  }
  // These belong to the object that is written; all else is copied.
  const given = Object.entries(headersToKeep(request)).filter(([name]) => name.startsWith("x-amz-"));
  const isSame = source.bucket === request.bucket && source.key === request.key && source.isCurrent;
  if (isSame && given.length === 0 && tagging === "COPY" && request.header("x-amz-checksum-algorithm") === undefined) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        "metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const copied = Object.entries(source.details.headers).filter(([name]) => !name.startsWith("x-amz-"));
  return { headers: Object.fromEntries([...copied, ...given]), metadata: source.details.metadata, tags };
}

export const copyOperations: readonly S3Operation[] = [copyObject];
