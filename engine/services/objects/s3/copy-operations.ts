import { largestPut } from "../bucket-files";
import { checksumAlgorithm, type ChecksumAlgorithm } from "../checksums";
import type { ObjectDetails, StoredObject } from "../object-record";
import { invalidArgument, invalidRequest } from "../s3-errors";
import { xmlResponse } from "./bucket-operations";
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
    const algorithms = asked ? [asked] : (Object.keys(source.details.checksums) as ChecksumAlgorithm[]);
    const staged = await store.files.stage(bucket, store.read(source), algorithms);
    try {
      const details = { ...kept, checksums: staged.checksums };
      const content = { ...staged, eTag: staged.md5 };
      const object = store.writer.put(store.bucket(bucket), key, content, details, "CopyObject", condition);
      const result = {
        ETag: quoted(object.eTag),
        LastModified: new Date(object.modified).toISOString(),
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
  if (directive === "REPLACE") return { headers: headersToKeep(request), metadata: metadataToKeep(request) };
  if (directive !== "COPY") {
    throw invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", directive);
  }
  // These belong to the object that is written; all else is copied.
  const given = Object.entries(headersToKeep(request)).filter(([name]) => name.startsWith("x-amz-"));
  const isSame = source.bucket === request.bucket && source.key === request.key && source.isCurrent;
  if (isSame && given.length === 0 && request.header("x-amz-checksum-algorithm") === undefined) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        "metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const copied = Object.entries(source.details.headers).filter(([name]) => !name.startsWith("x-amz-"));
  return { headers: Object.fromEntries([...copied, ...given]), metadata: source.details.metadata };
}

export const copyOperations: readonly S3Operation[] = [copyObject];
