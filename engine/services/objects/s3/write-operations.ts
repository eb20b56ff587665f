import {
  checksumHeaders,
  checkWriteHeaders,
  headersToKeep,
  metadataToKeep,
  quoted,
  writtenHeaders,
} from "./object-headers";
import { writeCondition } from "./conditions";
import { receiveBody } from "./received-body";
import type { S3Operation } from "./s3-operation";
import { putPermissions, tagsToKeep } from "./tag-set";

const putObject: S3Operation = {
  name: "PutObject",
  partly: "no Object Lock, no keys of the client's own, no append; access lists as private only",
  method: "PUT",
  level: "object",
  body: "object",
  permissions: putPermissions,
  async run(request, { store }) {
    const { bucket, key } = request;
    store.bucket(bucket);
    checkWriteHeaders(request);
    const condition = writeCondition(request);
    const [headers, metadata] = [headersToKeep(request), metadataToKeep(request)];
    const tags = tagsToKeep(request);
    const staged = await receiveBody(store, request, { isWholeObject: true });
    try {
      const details = { headers, metadata, tags, checksums: staged.checksums };
      const content = { ...staged, eTag: staged.md5 };
      const object = store.writer.put(store.bucket(bucket), key, content, details, "PutObject", condition);
      const checksums = checksumHeaders(staged.checksums, "FULL_OBJECT");
      return { status: 200, headers: { ...writtenHeaders(store, object), ...checksums, etag: quoted(object.eTag) } };
    } catch (error) {
      store.files.discard(staged.file);
      throw error;
    }
  },
};

export const writeOperations: readonly S3Operation[] = [putObject];
