import type { Readable } from "node:stream";

import Busboy, { type BusboyFileStream } from "@fastify/busboy";

import { checkPostPolicy } from "../../identity/post-policy";
import { AwsError, type AwsResponse } from "../../protocol/message";
import { entityTooLarge, largestPut } from "../bucket-files";
import type { StoredObject } from "../object-record";
import { preconditionFailed } from "../s3-errors";
import {
  checksumHeaders,
  checkWriteHeaders,
  headersToKeep,
  metadataToKeep,
  quoted,
  writtenHeaders,
} from "./object-headers";
import { putPermissions, tagsToKeep } from "./tag-set";
import type { S3Context, S3Operation } from "./s3-operation";
import { S3Request } from "./s3-request";
import { renderXml } from "./xml";

/** The most that the fields of a form may have, in bytes. */
const largestFields = 20_000;

/** A form as far as its file, whose bytes are still to come. */
interface Form {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: BusboyFileStream;
  readonly fileName: string;
}

/** An upload by a browser's form (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html). */
const postObject: S3Operation = {
  name: "PostObject",
  method: "POST",
  level: "bucket",
  body: "object",
  // The form carries who signed its policy, so permissions are asked for once that is read.
  permissions: () => [],
  authenticates: true,
  async run(request, context) {
    context.store.bucket(request.bucket);
    const type = request.header("content-type") ?? "";
    if (!/^multipart\/form-data/i.test(type)) {
      throw preconditionFailed("Bucket POST must be of the enclosure-type multipart/form-data");
    }
    const form = await readForm(request.aws.body, type);
    try {
      return await upload(request, context, form);
    } finally {
      form.file.resume();
    }
  },
};

async function upload(request: S3Request, context: S3Context, { fields, file, fileName }: Form): Promise<AwsResponse> {
  const { store, identity, authorize } = context;
  const key = fields.get("key")?.replaceAll("${filename}", fileName) ?? "";
  if (key === "") {
    const message =
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.";
    throw new AwsError("InvalidArgument", message, 400, { ArgumentName: "key", ArgumentValue: "" });
  }
  const { caller, size } = checkPostPolicy(fields, request.bucket, identity, store.clock);
  const put = asPut(request, fields, key, caller);
  authorize(put.aws, "PostObject", putPermissions(put, context));
  checkWriteHeaders(put);
  const details = { headers: headersToKeep(put), metadata: metadataToKeep(put), tags: tagsToKeep(put) };
  const staged = await store.files.stage(
    request.bucket,
    file as AsyncIterable<Buffer>,
    ["crc64nvme"],
    Math.min(size.most, largestPut),
  );
  try {
    if (staged.size < size.least) {
      const message = "Your proposed upload is smaller than the minimum allowed size";
      const numbers = { ProposedSize: String(staged.size), MinSizeAllowed: String(size.least) };
      throw new AwsError("EntityTooSmall", message, 400, numbers);
    }
    if (file.truncated) throw entityTooLarge(staged.size, largestPut);
    const content = { ...staged, eTag: staged.md5 };
    const record = store.bucket(request.bucket);
    const object = store.writer.put(record, key, content, { ...details, checksums: staged.checksums }, "PostObject");
    return answer(request, context, fields, object);
  } catch (error) {
    store.files.discard(staged.file);
    throw error;
  }
}

/** The fields of a form mean what the headers of a put do. */
function asPut(request: S3Request, fields: Form["fields"], key: string, caller: S3Request["aws"]["caller"]): S3Request {
  const { host } = request.aws.headers;
  const rawPath = `/${request.bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
  const headers = { ...Object.fromEntries(fields), host: host?.replace(/^.*(?=localhost)/, "") };
  return new S3Request({ ...request.aws, method: "PUT", rawPath, headers, caller });
}

function answer(request: S3Request, context: S3Context, fields: Form["fields"], object: StoredObject): AwsResponse {
  const location = `${request.aws.endpoint}/${object.bucket}/${object.key.split("/").map(encodeURIComponent).join("/")}`;
  const ETag = quoted(object.eTag);
  const headers = {
    ...writtenHeaders(context.store, object),
    ...checksumHeaders(object.details.checksums, "FULL_OBJECT"),
    etag: ETag,
    location,
  };
  const redirect = fields.get("success_action_redirect") ?? fields.get("redirect");
  if (redirect !== undefined && URL.canParse(redirect)) {
    const url = new URL(redirect);
    for (const [name, value] of Object.entries({ bucket: object.bucket, key: object.key, etag: ETag }))
      url.searchParams.set(name, value);
    return { status: 303, headers: { ...headers, location: url.href } };
  }
  const status = fields.get("success_action_status");
  if (status === "200") return { status: 200, headers };
  if (status !== "201") return { status: 204, headers };
  const content = { Location: location, Bucket: object.bucket, Key: object.key, ETag };
  const body = renderXml("PostResponse", content, { hasNamespace: false });
  return { status: 201, headers: { ...headers, "content-type": "application/xml" }, body };
}

/** Reads a form's fields up to its file; what comes behind the file is ignored. */
function readForm(body: Readable, type: string): Promise<Form> {
  return new Promise((resolve, reject) => {
    const malformed = (): AwsError =>
      new AwsError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
    const fields = new Map<string, string>();
    let size = 0;
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = new Busboy({ headers: { "content-type": type }, limits: { files: 1, fieldSize: largestFields } });
    } catch {
      reject(malformed());
      return;
    }
    parser.on("field", (name, value) => {
      size += Buffer.byteLength(name) + Buffer.byteLength(value);
      if (size > largestFields) {
        const message = "Your POST request fields preceeding the upload file was too large.";
        reject(new AwsError("MaxPostPreDataLengthExceeded", message, 400));
      } else fields.set(name.toLowerCase(), value);
    });
    parser.on("file", (_name, file, fileName) => {
      body.once("error", (error) => file.destroy(error));
      file.on("error", () => undefined);
      resolve({ fields, file, fileName: fileName.replace(/^.*[\\/]/, "") });
    });
    parser.on("finish", () => {
      const message = "POST requires exactly one file upload per request.";
      reject(new AwsError("InvalidArgument", message, 400, { ArgumentName: "file", ArgumentValue: "0" }));
    });
    parser.on("error", () => reject(malformed()));
    body.once("error", reject);
    body.pipe(parser);
  });
}

export const formOperations: readonly S3Operation[] = [postObject];
