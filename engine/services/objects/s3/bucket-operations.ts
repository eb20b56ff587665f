import { createHash } from "node:crypto";

import { AwsError, type AwsResponse } from "../../protocol/message";
import { notImplemented } from "../s3-errors";
import type { ObjectStore } from "../object-store";
import { bucketArn, type S3Operation } from "./s3-operation";
import { renderXml, type XmlElement } from "./xml";

/** An answer with a document. */
export function xmlResponse(root: string, content: XmlElement, headers: AwsResponse["headers"] = {}): AwsResponse {
  return { status: 200, headers: { "content-type": "application/xml", ...headers }, body: renderXml(root, content) };
}

/** The owner of everything: the account, in the 64 digits that S3 uses for it. */
export function owner({ account }: ObjectStore): XmlElement {
  return { ID: createHash("sha256").update(account.id).digest("hex") };
}

const listBuckets: S3Operation = {
  name: "ListBuckets",
  method: "GET",
  level: "service",
  parameters: ["prefix", "max-buckets", "continuation-token", "bucket-region"],
  permissions: () => [{ action: "s3:ListAllMyBuckets", resource: "*" }],
  run(request, { store }) {
    const prefix = request.parameter("prefix") ?? "";
    const after = request.parameter("continuation-token") ?? "";
    const limit = request.numberParameter("max-buckets", 1, 10_000) ?? 10_000;
    const found = store.buckets().filter(({ name }) => name.startsWith(prefix) && name > after);
    const page = found.slice(0, limit);
    const Bucket = page.map(({ name, created }) => ({
      Name: name,
      CreationDate: new Date(created).toISOString(),
      BucketRegion: store.account.region,
    }));
    const ContinuationToken = found.length > limit ? page.at(-1)?.name : undefined;
    const content = { Owner: owner(store), Buckets: { Bucket }, ContinuationToken };
    return Promise.resolve(xmlResponse("ListAllMyBucketsResult", content));
  },
};

const createBucket: S3Operation = {
  name: "CreateBucket",
  method: "PUT",
  level: "bucket",
  permissions: (request, context) => [{ action: "s3:CreateBucket", resource: bucketArn(context, request.bucket) }],
  async run(request, { store }) {
    if (request.header("x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true") {
      throw notImplemented("x-amz-bucket-object-lock-enabled");
    }
    // In us-east-1, to create again what one has is no error, and changes nothing.
    if (!store.hasBucket(request.bucket)) await store.createBucket(request.bucket);
    else if (store.account.region !== "us-east-1") {
      const message = "Your previous request to create the named bucket succeeded and you already own it.";
      throw new AwsError("BucketAlreadyOwnedByYou", message, 409, { BucketName: request.bucket });
    }
    return { status: 200, headers: { location: `/${request.bucket}` } };
  },
};

const headBucket: S3Operation = {
  name: "HeadBucket",
  method: "HEAD",
  level: "bucket",
  permissions: (request, context) => [{ action: "s3:ListBucket", resource: bucketArn(context, request.bucket) }],
  run(request, { store }) {
    store.bucket(request.bucket);
    const headers = { "x-amz-bucket-region": store.account.region, "content-type": "application/xml" };
    return Promise.resolve({ status: 200, headers });
  },
};

const deleteBucket: S3Operation = {
  name: "DeleteBucket",
  method: "DELETE",
  level: "bucket",
  permissions: (request, context) => [{ action: "s3:DeleteBucket", resource: bucketArn(context, request.bucket) }],
  run(request, { store }) {
    const { kept } = store.deleteBucket(request.bucket);
    if (kept === undefined) return Promise.resolve({ status: 204 });
    const message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
    throw new AwsError("BucketNotEmpty", message, 409, { BucketName: request.bucket });
  },
};

const getBucketLocation: S3Operation = {
  name: "GetBucketLocation",
  method: "GET",
  level: "bucket",
  selectors: ["location"],
  permissions: (request, context) => [{ action: "s3:GetBucketLocation", resource: bucketArn(context, request.bucket) }],
  run(request, { store }) {
    store.bucket(request.bucket);
    const { region } = store.account;
    // The oldest region has no name here.
    const body = renderXml("LocationConstraint", {}).replace("></", `>${region === "us-east-1" ? "" : region}</`);
    return Promise.resolve({ status: 200, headers: { "content-type": "application/xml" }, body });
  },
};

const getBucketVersioning: S3Operation = {
  name: "GetBucketVersioning",
  method: "GET",
  level: "bucket",
  selectors: ["versioning"],
  permissions: (request, context) => [
    { action: "s3:GetBucketVersioning", resource: bucketArn(context, request.bucket) },
  ],
  run(request, { store }) {
    const Status = store.bucket(request.bucket).versioning;
    return Promise.resolve(xmlResponse("VersioningConfiguration", { Status }));
  },
};

export const bucketOperations: readonly S3Operation[] = [
  listBuckets,
  createBucket,
  headBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
];
