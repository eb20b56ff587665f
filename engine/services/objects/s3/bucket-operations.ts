import { AwsError } from "../../protocol/message";
import type { BucketRecord } from "../buckets";
import { invalidArgument, notImplementedHeader } from "../s3-errors";
import { bucketArn, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { renderXml } from "./xml";
import { isoTime, owner, xmlResponse } from "./xml-answers";

const listBuckets: S3Operation = {
  name: "ListBuckets",
  method: "GET",
  level: "service",
  parameters: ["prefix", "max-buckets", "continuation-token", "bucket-region"],
  permissions: () => [{ action: "s3:ListAllMyBuckets", resource: "*" }],
  run(request, { store }) {
    const prefix = request.parameter("prefix") ?? "";
    const region = request.parameter("bucket-region");
    const after = readToken(request.parameter("continuation-token"));
    const limit = request.numberParameter("max-buckets", 1, 10_000) ?? 10_000;
    const regionOf = ({ settings }: BucketRecord): string => settings.location ?? store.account.region;
    const found = store
      .buckets()
      .filter((bucket) => bucket.name.startsWith(prefix) && bucket.name > after)
      .filter((bucket) => region === undefined || regionOf(bucket) === region);
    const page = found.slice(0, limit);
    // Only requests for pages are told of regions.
    const isPaged = ["max-buckets", "continuation-token", "bucket-region"].some((name) => request.aws.query.has(name));
    const Bucket = page.map((bucket) => ({
      Name: bucket.name,
      CreationDate: isoTime(bucket.created),
      BucketRegion: isPaged ? regionOf(bucket) : undefined,
      BucketArn: `arn:${store.account.partition}:s3:::${bucket.name}`,
    }));
    const last = found.length > limit ? page.at(-1) : undefined;
    const ContinuationToken = last && Buffer.from(last.name).toString("base64url");
    const Prefix = request.parameter("prefix");
    const content = { Owner: owner(store), Buckets: { Bucket }, Prefix, ContinuationToken };
    return Promise.resolve(xmlResponse("ListAllMyBucketsResult", content));
  },
};

const createBucket: S3Operation = {
  name: "CreateBucket",
  partly: "a bucket of any region answers here; no Object Lock, no access lists",
  method: "PUT",
  level: "bucket",
  permissions: (request, context) => [{ action: "s3:CreateBucket", resource: bucketArn(context, request.bucket) }],
  async run(request, { store }) {
    if (request.header("x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true") {
      throw notImplementedHeader("x-amz-bucket-object-lock-enabled");
    }
    const { region } = store.account;
    const location = readLocation(request, region);
    // In us-east-1, to create again what one has is no error, and changes nothing.
    if (!store.hasBucket(request.bucket)) await store.createBucket(request.bucket, { location });
    else if ((location ?? region) !== "us-east-1") {
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
    const { location = store.account.region } = store.bucket(request.bucket).settings;
    const headers = {
      "x-amz-bucket-region": location,
      "x-amz-access-point-alias": "false",
      "content-type": "application/xml",
    };
    return Promise.resolve({ status: 200, headers });
  },
};

const deleteBucket: S3Operation = {
  name: "DeleteBucket",
  method: "DELETE",
  level: "bucket",
  permissions: (request, context) => [{ action: "s3:DeleteBucket", resource: bucketArn(context, request.bucket) }],
  run(request, { store }) {
    const { versioning } = store.bucket(request.bucket);
    const { kept } = store.deleteBucket(request.bucket);
    if (kept === undefined) return Promise.resolve({ status: 204 });
    const versions = versioning === undefined ? "" : ". You must delete all versions in the bucket.";
    const message = `The bucket you tried to delete is not empty${versions}`;
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
    const region = store.bucket(request.bucket).settings.location ?? store.account.region;
    // The oldest region has no name here.
    const body = renderXml("LocationConstraint", {}).replace("></", `>${region === "us-east-1" ? "" : region}</`);
    return Promise.resolve({ status: 200, headers: { "content-type": "application/xml" }, body });
  },
};

/** The region that the document of a new bucket names; undefined where it names none. */
function readLocation(request: S3Request, region: string): string | undefined {
  const document = request.document === "" ? undefined : request.parse("CreateBucketConfiguration");
  const location = document?.text("LocationConstraint");
  if (location === undefined || location === "") {
    if (region === "us-east-1") return undefined;
    throw illegalLocation("unspecified");
  }
  // EU is what Ireland was called first.
  const named = location === "EU" ? "eu-west-1" : location;
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(named) || named === "us-east-1") {
    const message = "The specified location-constraint is not valid";
    throw new AwsError("InvalidLocationConstraint", message, 400, { LocationConstraint: location });
  }
  if (region !== "us-east-1" && named !== region) throw illegalLocation(location);
  return named;
}

function illegalLocation(location: string): AwsError {
  const message = `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`;
  return new AwsError("IllegalLocationConstraintException", message, 400);
}

/** The bucket after which a listing goes on. */
function readToken(token: string | undefined): string {
  if (token === undefined) return "";
  const name = Buffer.from(token, "base64url").toString("utf8");
  if (token !== "" && Buffer.from(name).toString("base64url") === token) return name;
  throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token);
}

export const bucketOperations: readonly S3Operation[] = [
  listBuckets,
  createBucket,
  headBucket,
  deleteBucket,
  getBucketLocation,
];
