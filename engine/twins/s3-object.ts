import * as fs from "node:fs";
import { Archive, type RecordedResource } from "../graph/resource";
import { arn } from "../services/account";
import type { Services } from "../services/services";
import { text, texts, type Twin } from "./twin";

/** An object that the program itself puts into a bucket. */
export const s3Objects: readonly Twin[] = [
  "aws:s3/bucketObject:BucketObject",
  "aws:s3/bucketObjectv2:BucketObjectv2",
].map((type) => ({
  type,
  inputs: {
    bucket: true,
    content: true,
    contentBase64: true,
    contentType: true,
    key: true,
    metadata: true,
    source: true,
    sourceHash: true,
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
  const { source } = inputs;
  const file = source instanceof Archive ? source.path : undefined;
  const content = (source instanceof Archive ? source.text : undefined) ?? text(inputs, "content");
  const body =
    file !== undefined
      ? fs.createReadStream(file)
      : Buffer.from(text(inputs, "contentBase64") || content, text(inputs, "contentBase64") === "" ? "utf8" : "base64");
  const contentType = text(inputs, "contentType");
  await objects.put(text(inputs, "bucket"), id, body, {
    metadata: texts(inputs, "metadata"),
    ...(contentType === "" ? {} : { contentType }),
  });
}
