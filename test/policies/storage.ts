import { at, isOpen, list, refusesPlainHttp, types, type Policy, type Stack } from "./policy";
import type { RecordedResource } from "../../engine/graph/resource";

const about = [types.bucket];

/** The setting of a kind that a bucket has, or an empty one. */
function setting(kind: string, { id }: RecordedResource, stack: Stack): RecordedResource["inputs"] {
  return stack.naming(`aws:s3/bucket${kind}:Bucket${kind}`, "bucket", id)[0]?.inputs ?? {};
}

/** How a bucket encrypts what is put into it. */
function encryption(bucket: RecordedResource, stack: Stack): unknown {
  const inputs = setting("ServerSideEncryptionConfiguration", bucket, stack);
  return at(inputs, "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm");
}

/** What is asked of buckets, and kept. */
export const bucketPolicies: readonly Policy[] = [
  {
    controls: ["CKV_AWS_19"],
    title: "buckets are encrypted at rest",
    types: about,
    holds: (bucket, stack) => ["AES256", "aws:kms"].includes(String(encryption(bucket, stack))),
  },
  {
    controls: ["S3.2", "S3.3", "S3.8", "CKV2_AWS_6"],
    title: "buckets block public access",
    types: about,
    holds: (bucket, stack) => {
      const block = setting("PublicAccessBlock", bucket, stack);
      const settings = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
      return settings.every((name) => block[name] === true);
    },
  },
  {
    controls: ["S3.5"],
    title: "buckets answer over TLS only",
    types: about,
    holds: (bucket, stack) => {
      const arn = String(bucket.outputs["arn"]);
      return refusesPlainHttp(setting("Policy", bucket, stack)["policy"], "s3", [arn, `${arn}/*`]);
    },
  },
  {
    controls: ["S3.6", "CKV_AWS_70", "s3-bucket-least-privilege"],
    title: "policies of buckets let nobody else in",
    types: about,
    holds: (bucket, stack) => !isOpen(setting("Policy", bucket, stack)["policy"]),
  },
  {
    controls: ["S3.12"],
    title: "buckets have no access lists",
    types: about,
    holds: (bucket, stack) =>
      bucket.inputs["acl"] === undefined && Object.keys(setting("Acl", bucket, stack)).length === 0,
  },
  {
    controls: ["S3.13", "CKV2_AWS_61", "CKV_AWS_300"],
    title: "buckets have a lifecycle, which ends unfinished uploads",
    types: about,
    holds: (bucket, stack) =>
      list(setting("LifecycleConfiguration", bucket, stack)["rules"]).some(
        (rule) =>
          at(rule, "status") === "Enabled" &&
          Number(at(rule, "abortIncompleteMultipartUpload", "daysAfterInitiation")) <= 7,
      ),
  },
];

/** What is asked of buckets, and not done by itself: docs/policies.md says why. */
export const unmetBucketPolicies: readonly Policy[] = [
  {
    controls: ["S3.14", "CKV_AWS_21"],
    title: "buckets keep earlier versions",
    types: about,
    holds: (bucket, stack) =>
      at(setting("Versioning", bucket, stack), "versioningConfiguration", "status") === "Enabled",
  },
  {
    controls: ["S3.20"],
    title: "deleting a version needs a second factor",
    types: about,
    holds: (bucket, stack) =>
      at(setting("Versioning", bucket, stack), "versioningConfiguration", "mfaDelete") === "Enabled",
  },
  {
    controls: ["S3.9", "CKV_AWS_18", "s3BucketLoggingEnabled"],
    title: "buckets log each request",
    types: about,
    holds: (bucket, stack) => setting("Logging", bucket, stack)["targetBucket"] !== undefined,
  },
  {
    controls: ["S3.17", "CKV_AWS_145"],
    title: "buckets are encrypted with a key of one's own",
    types: about,
    holds: (bucket, stack) => encryption(bucket, stack) === "aws:kms",
  },
  {
    controls: ["S3.15"],
    title: "buckets have Object Lock",
    types: about,
    holds: ({ inputs }) => inputs["objectLockEnabled"] === true,
  },
  {
    controls: ["S3.7", "CKV_AWS_144"],
    title: "buckets are replicated to another region",
    types: about,
    holds: (bucket, stack) =>
      stack.naming("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "bucket", bucket.id).length > 0,
  },
];
