import { isRecord, parseObject } from "../../protocol/json-input";
import { AwsError, type AwsResponse } from "../../protocol/message";
import type { BucketRecord, DeclaredSettings } from "../buckets";
import { notImplemented } from "../s3-errors";
import { corsElements, readCorsRules } from "./cors-document";
import { bucketArn, type S3Context, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { tagElements, readTags } from "./tag-set";
import { accessControlPolicy, xmlResponse, type XmlElement } from "./xml-answers";

/** What a question about a bucket is answered: a document, or the error that S3 has for "none". */
type Answer = { readonly root: string; readonly content: XmlElement } | AwsError;

interface Question {
  readonly name: string;
  /** The sub-resource, as the query names it. */
  readonly selector: string;
  readonly action: string;
  readonly parameters?: readonly string[];
  answer(bucket: BucketRecord, context: S3Context, request: S3Request): Answer;
}

/** S3's error for a configuration that a bucket does not have. */
function none(code: string, message: string, { name }: BucketRecord): AwsError {
  return new AwsError(code, message, 404, { BucketName: name });
}

/** The settings that every bucket has had by default since April 2023: closed to the public, owned by its account. */
const closed = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
} as const;

function declared(bucket: BucketRecord): DeclaredSettings {
  return bucket.settings.declared ?? {};
}

/**
 * Questions about a bucket whose answer follows from what the program declared, or is the default of S3.
 * Each is listed at https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html.
 */
const questions: readonly Question[] = [
  {
    name: "GetBucketAcl",
    selector: "acl",
    action: "s3:GetBucketAcl",
    answer: (_bucket, { store }) => ({ root: "AccessControlPolicy", content: accessControlPolicy(store) }),
  },
  {
    name: "GetBucketTagging",
    selector: "tagging",
    action: "s3:GetBucketTagging",
    answer(bucket) {
      const tags = bucket.settings.tags ?? {};
      if (Object.keys(tags).length === 0) return none("NoSuchTagSet", "The TagSet does not exist", bucket);
      return { root: "Tagging", content: tagElements(tags) };
    },
  },
  {
    name: "GetBucketPolicyStatus",
    selector: "policyStatus",
    action: "s3:GetBucketPolicyStatus",
    answer(bucket) {
      const { policy } = declared(bucket);
      if (policy === undefined) return noPolicy(bucket);
      return { root: "PolicyStatus", content: { IsPublic: isPublic(policy) } };
    },
  },
  {
    name: "GetBucketCors",
    selector: "cors",
    action: "s3:GetBucketCORS",
    answer(bucket) {
      const rules = bucket.settings.cors ?? [];
      if (rules.length > 0) return { root: "CORSConfiguration", content: corsElements(rules) };
      return none("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket);
    },
  },
  {
    name: "GetBucketLifecycleConfiguration",
    selector: "lifecycle",
    action: "s3:GetLifecycleConfiguration",
    answer(bucket) {
      const { lifecycle } = declared(bucket);
      if (lifecycle !== undefined) return { root: "LifecycleConfiguration", content: { Rule: lifecycle } };
      return none("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket);
    },
  },
  {
    name: "GetBucketWebsite",
    selector: "website",
    action: "s3:GetBucketWebsite",
    answer: (bucket) =>
      none("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket),
  },
  {
    name: "GetBucketReplication",
    selector: "replication",
    action: "s3:GetReplicationConfiguration",
    answer: (bucket) =>
      none("ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket),
  },
  {
    name: "GetObjectLockConfiguration",
    selector: "object-lock",
    action: "s3:GetBucketObjectLockConfiguration",
    answer(bucket) {
      const message = "Object Lock configuration does not exist for this bucket";
      return none("ObjectLockConfigurationNotFoundError", message, bucket);
    },
  },
  {
    name: "GetBucketEncryption",
    selector: "encryption",
    action: "s3:GetEncryptionConfiguration",
    answer(bucket) {
      const { algorithm = "AES256", kmsKeyId, bucketKey = false } = declared(bucket).encryption ?? {};
      const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: algorithm, KMSMasterKeyID: kmsKeyId };
      const Rule = { ApplyServerSideEncryptionByDefault, BucketKeyEnabled: bucketKey };
      return { root: "ServerSideEncryptionConfiguration", content: { Rule } };
    },
  },
  {
    name: "GetPublicAccessBlock",
    selector: "publicAccessBlock",
    action: "s3:GetBucketPublicAccessBlock",
    answer(bucket) {
      const block = declared(bucket).publicAccessBlock ?? closed;
      const content = {
        BlockPublicAcls: block.blockPublicAcls,
        IgnorePublicAcls: block.ignorePublicAcls,
        BlockPublicPolicy: block.blockPublicPolicy,
        RestrictPublicBuckets: block.restrictPublicBuckets,
      };
      return { root: "PublicAccessBlockConfiguration", content };
    },
  },
  {
    name: "GetBucketOwnershipControls",
    selector: "ownershipControls",
    action: "s3:GetBucketOwnershipControls",
    answer(bucket) {
      const ObjectOwnership = declared(bucket).objectOwnership ?? "BucketOwnerEnforced";
      return { root: "OwnershipControls", content: { Rule: { ObjectOwnership } } };
    },
  },
  {
    name: "GetBucketVersioning",
    selector: "versioning",
    action: "s3:GetBucketVersioning",
    answer: ({ versioning }) => ({ root: "VersioningConfiguration", content: { Status: versioning } }),
  },
  {
    name: "GetBucketNotificationConfiguration",
    selector: "notification",
    action: "s3:GetBucketNotification",
    answer: (bucket) => ({ root: "NotificationConfiguration", content: declared(bucket).notification ?? {} }),
  },
  {
    name: "GetBucketLogging",
    selector: "logging",
    action: "s3:GetBucketLogging",
    answer: () => ({ root: "BucketLoggingStatus", content: {} }),
  },
  {
    name: "GetBucketRequestPayment",
    selector: "requestPayment",
    action: "s3:GetBucketRequestPayment",
    answer: () => ({ root: "RequestPaymentConfiguration", content: { Payer: "BucketOwner" } }),
  },
  {
    name: "GetBucketAccelerateConfiguration",
    selector: "accelerate",
    action: "s3:GetAccelerateConfiguration",
    answer: () => ({ root: "AccelerateConfiguration", content: {} }),
  },
  ...configurationLists(),
];

/** Lists of configurations of which no bucket here has any; one that is asked for by its id does not exist. */
function configurationLists(): Question[] {
  const kinds = [
    ["Analytics", "analytics", "s3:GetAnalyticsConfiguration", "ListBucketAnalyticsConfigurationResult"],
    ["Inventory", "inventory", "s3:GetInventoryConfiguration", "ListInventoryConfigurationsResult"],
    ["Metrics", "metrics", "s3:GetMetricsConfiguration", "ListMetricsConfigurationsResult"],
    [
      "IntelligentTiering",
      "intelligent-tiering",
      "s3:GetIntelligentTieringConfiguration",
      "ListBucketIntelligentTieringConfigurationsOutput",
    ],
  ] as const;
  return kinds.map(([kind, selector, action, root]) => ({
    name: `ListBucket${kind}Configurations`,
    selector,
    action,
    parameters: ["id", "continuation-token"],
    answer(bucket, _context, request) {
      if (request.parameter("id") === undefined) return { root, content: { IsTruncated: false } };
      return none("NoSuchConfiguration", "The specified configuration does not exist.", bucket);
    },
  }));
}

const questionOperations = questions.map(({ name, selector, action, parameters, answer }): S3Operation => ({
  name,
  method: "GET",
  level: "bucket",
  selectors: [selector],
  parameters,
  permissions: (request, context) => [{ action, resource: bucketArn(context, request.bucket) }],
  run(request, context) {
    const answered = answer(context.store.bucket(request.bucket), context, request);
    if (answered instanceof AwsError) return Promise.reject(answered);
    return Promise.resolve(xmlResponse(answered.root, answered.content));
  },
}));

const getBucketPolicy: S3Operation = {
  name: "GetBucketPolicy",
  method: "GET",
  level: "bucket",
  selectors: ["policy"],
  permissions: (request, context) => [{ action: "s3:GetBucketPolicy", resource: bucketArn(context, request.bucket) }],
  run(request, { store }) {
    const bucket = store.bucket(request.bucket);
    const { policy } = declared(bucket);
    if (policy === undefined) return Promise.reject(noPolicy(bucket));
    return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body: policy });
  },
};

function noPolicy(bucket: BucketRecord): AwsError {
  return none("NoSuchBucketPolicy", "The bucket policy does not exist", bucket);
}

/** Whether a policy lets anybody do anything (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status). */
function isPublic(policy: string): boolean {
  const { Statement } = parseObject(policy) ?? {};
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return statements.filter(isRecord).some(({ Effect, Principal, Condition }) => {
    const everybody =
      JSON.stringify(Principal) === '"*"' || /^\{"AWS":(\["\*"\]|"\*")\}$/.test(JSON.stringify(Principal));
    return Effect === "Allow" && everybody && Condition === undefined;
  });
}

/** A change of a bucket that this store makes. Others are declared in the program, and refused here. */
function change(
  name: string,
  method: "PUT" | "DELETE",
  selector: string,
  action: string,
  make: (request: S3Request, bucket: BucketRecord) => Partial<BucketRecord["settings"]>,
): S3Operation {
  return {
    name,
    method,
    level: "bucket",
    selectors: [selector],
    permissions: (request, context) => [{ action, resource: bucketArn(context, request.bucket) }],
    run(request, { store }): Promise<AwsResponse> {
      const bucket = store.bucket(request.bucket);
      store.updateBucket(bucket.name, { ...bucket.settings, ...make(request, bucket) });
      return Promise.resolve({ status: method === "DELETE" ? 204 : 200 });
    },
  };
}

/** A configuration that only the program changes: to delete one that is not there changes nothing. */
function removal(name: string, selector: string, action: string, setting?: keyof DeclaredSettings): S3Operation {
  const partly = "of a bucket without one; one that the program declares is removed there";
  const operation = change(name, "DELETE", selector, action, (_request, bucket) => {
    if (setting !== undefined && declared(bucket)[setting] !== undefined) {
      throw notImplemented(`DELETE ${selector}, which the program declares`);
    }
    return {};
  });
  return { ...operation, partly };
}

const changes: readonly S3Operation[] = [
  change("PutBucketVersioning", "PUT", "versioning", "s3:PutBucketVersioning", (request) => {
    const document = request.parse("VersioningConfiguration");
    const status = document.text("Status");
    if (status !== "Enabled" && status !== "Suspended") {
      const message = "The Versioning element must be specified";
      throw new AwsError("IllegalVersioningConfigurationException", message, 400);
    }
    if (document.text("MfaDelete") === "Enabled") throw notImplemented("MfaDelete");
    return { versioning: status === "Enabled" };
  }),
  change("PutBucketTagging", "PUT", "tagging", "s3:PutBucketTagging", (request) => ({
    tags: readTags(request.parse("Tagging"), 50),
  })),
  change("DeleteBucketTagging", "DELETE", "tagging", "s3:PutBucketTagging", () => ({ tags: {} })),
  change("PutBucketCors", "PUT", "cors", "s3:PutBucketCORS", (request) => ({
    cors: readCorsRules(request.parse("CORSConfiguration")),
  })),
  change("DeleteBucketCors", "DELETE", "cors", "s3:PutBucketCORS", () => ({ cors: [] })),
  {
    ...change("PutBucketAcl", "PUT", "acl", "s3:PutBucketAcl", () => {
      throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
    }),
    partly: "refused with the error of a bucket without access lists",
  },
  removal("DeleteBucketPolicy", "policy", "s3:DeleteBucketPolicy", "policy"),
  removal("DeleteBucketLifecycle", "lifecycle", "s3:PutLifecycleConfiguration", "lifecycle"),
  removal("DeleteBucketEncryption", "encryption", "s3:PutEncryptionConfiguration", "encryption"),
  removal("DeletePublicAccessBlock", "publicAccessBlock", "s3:PutBucketPublicAccessBlock", "publicAccessBlock"),
  removal("DeleteBucketOwnershipControls", "ownershipControls", "s3:PutBucketOwnershipControls", "objectOwnership"),
  removal("DeleteBucketWebsite", "website", "s3:DeleteBucketWebsite"),
  removal("DeleteBucketReplication", "replication", "s3:PutReplicationConfiguration"),
];

/** What a bucket is asked about its settings, and the changes of them that are made here. */
export const bucketSettingOperations: readonly S3Operation[] = [...questionOperations, getBucketPolicy, ...changes];
