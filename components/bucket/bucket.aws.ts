import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../shared/grants";
import { transformed } from "../shared/transform";
import { corsRules, type BucketArgs } from "./bucket.args";

/** Makes a private, encrypted bucket that only answers over TLS. */
export function createBucket(
  name: string,
  args: BucketArgs,
  parent: pulumi.Resource,
): { id: pulumi.Output<string>; arn: pulumi.Output<string> } {
  const { transform } = args;
  const bucket = new aws.s3.Bucket(
    name,
    transformed(transform, "bucket", {
      forceDestroy: args.forceDestroy ?? false,
      ...(args.tags === undefined ? {} : { tags: args.tags }),
    }),
    { parent },
  );
  // They go with the bucket, and stay where it does: one that is full is not destroyed, and is not to be left open.
  const setting = { parent, deletedWith: bucket };
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    transformed(transform, "encryption", {
      bucket: bucket.id,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    }),
    setting,
  );
  const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access-block`,
    transformed(transform, "publicAccessBlock", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
    setting,
  );
  new aws.s3.BucketPolicy(
    `${name}-policy`,
    transformed(transform, "policy", { bucket: bucket.id, policy: bucket.arn.apply(tlsOnly) }),
    // S3 refuses two changes of a bucket's access at one time (OperationAborted).
    { ...setting, dependsOn: [publicAccessBlock] },
  );
  if (args.versioned === true) createVersioning(name, args, bucket, setting);
  createLifecycle(name, args, bucket, setting);
  createCors(name, args, bucket, setting);
  return { id: bucket.id, arn: bucket.arn };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit */
function tlsOnly(arn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

function createVersioning(
  name: string,
  args: BucketArgs,
  bucket: aws.s3.Bucket,
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.s3.BucketVersioning(
    `${name}-versioning`,
    transformed(args.transform, "versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    }),
    opts,
  );
}

function createLifecycle(
  name: string,
  args: BucketArgs,
  bucket: aws.s3.Bucket,
  opts: pulumi.CustomResourceOptions,
): void {
  const { expiration } = args;
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    transformed(args.transform, "lifecycle", {
      bucket: bucket.id,
      rules: [
        // Unfinished uploads are invisible in listings and cost as much as objects.
        {
          id: "unfinished-uploads",
          status: "Enabled",
          filter: {},
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
        ...(expiration === undefined
          ? []
          : [
              {
                id: "expiration",
                status: "Enabled",
                filter: {},
                expiration: { days: expiration },
                noncurrentVersionExpiration: { noncurrentDays: expiration },
              },
            ]),
      ],
    }),
    opts,
  );
}

function createCors(name: string, args: BucketArgs, bucket: aws.s3.Bucket, opts: pulumi.CustomResourceOptions): void {
  const rules = corsRules(args);
  if (rules.length === 0) return;
  new aws.s3.BucketCorsConfiguration(
    `${name}-cors`,
    transformed(args.transform, "cors", {
      bucket: bucket.id,
      corsRules: rules.map((rule) => ({
        allowedOrigins: rule.origins,
        allowedMethods: rule.methods ?? ["GET"],
        allowedHeaders: rule.headers ?? ["*"],
        exposeHeaders: rule.exposeHeaders ?? ["ETag"],
        maxAgeSeconds: rule.maxAge ?? 3600,
      })),
    }),
    opts,
  );
}

/** Makes the bucket tell EventBridge of its objects. A bucket has one such setting, for all its subscriptions. */
export function createNotification(
  name: string,
  args: BucketArgs,
  id: pulumi.Output<string>,
  parent: pulumi.Resource,
): void {
  new aws.s3.BucketNotification(
    `${name}-notification`,
    transformed(args.transform, "notification", { bucket: id, eventbridge: true }),
    { parent },
  );
}

/** What each runtime method needs. Without ListBucket, S3 answers 403 instead of 404 for a key that is not there. */
export function bucketStatements(
  name: string,
  arn: pulumi.Output<string>,
  prefix = "",
): Record<"get" | "put" | "delete" | "list" | "exists", Statement[]> {
  const objects = [pulumi.interpolate`${arn}/${prefix}*`];
  const list: Statement = {
    actions: ["s3:ListBucket"],
    resources: [arn],
    ...(prefix === "" ? {} : { conditions: { StringLike: { "s3:prefix": `${prefix}*` } } }),
  };
  return {
    get: [{ actions: ["s3:GetObject"], resources: objects }],
    put: [{ actions: ["s3:PutObject", "s3:AbortMultipartUpload"], resources: objects, origin: `${name}:put` }],
    delete: [{ actions: ["s3:DeleteObject"], resources: objects, origin: `${name}:delete` }],
    list: [list],
    exists: [{ actions: ["s3:GetObject"], resources: objects }, list],
  };
}
