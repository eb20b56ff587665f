import * as fs from "node:fs";
import { contentOf } from "../assets/archive-file";
import { Archive, type Properties, type RecordedResource } from "../graph/resource";
import { arn } from "../services/account";
import type { Services } from "../services/services";
import { type Twin } from "./twin";
import { text, texts } from "../graph/values";

/** Inputs that are headers of the object, with their names on the wire. */
const headerInputs = {
  cacheControl: "cache-control",
  contentDisposition: "content-disposition",
  contentEncoding: "content-encoding",
  contentLanguage: "content-language",
  storageClass: "x-amz-storage-class",
} as const;

/** An object that the program itself puts into a bucket. */
export const s3Objects: readonly Twin[] = [
  "aws:s3/bucketObject:BucketObject",
  "aws:s3/bucketObjectv2:BucketObjectv2",
].map((type) => ({
  type,
  inputs: {
    bucket: true,
    bucketKeyEnabled: true,
    cacheControl: true,
    content: true,
    contentBase64: true,
    contentDisposition: true,
    contentEncoding: true,
    contentLanguage: true,
    contentType: true,
    etag: true,
    forceDestroy: true,
    key: true,
    kmsKeyId: true,
    metadata: true,
    serverSideEncryption: true,
    source: true,
    sourceHash: true,
    storageClass: true,
    tags: true,
  },
  identify({ inputs, name }, account) {
    const key = text(inputs, "key") || name;
    return { id: key, outputs: { key, arn: arn(account, "s3", `${text(inputs, "bucket")}/${key}`) } };
  },
  create: put,
  update: (resource, _old, services) => put(resource, services),
  delete({ id, inputs }, { objects }) {
    const bucket = text(inputs, "bucket");
    if (objects.hasBucket(bucket)) objects.delete(bucket, id);
  },
}));

async function put({ id, inputs }: RecordedResource, { objects }: Services): Promise<void> {
  const content = inputs["source"] instanceof Archive ? contentOf(inputs["source"]) : { bytes: textOf(inputs) };
  const body = "file" in content ? fs.createReadStream(content.file) : Buffer.from(content.bytes);
  const contentType = text(inputs, "contentType");
  const headers = Object.entries(headerInputs).flatMap(([input, header]) =>
    text(inputs, input) === "" ? [] : [[header, text(inputs, input)] as const],
  );
  await objects.put(text(inputs, "bucket"), id, body, {
    metadata: texts(inputs, "metadata"),
    headers: Object.fromEntries(headers),
    ...(contentType === "" ? {} : { contentType }),
  });
}

function textOf(inputs: Properties): Buffer {
  const base64 = text(inputs, "contentBase64");
  return base64 === "" ? Buffer.from(text(inputs, "content")) : Buffer.from(base64, "base64");
}
