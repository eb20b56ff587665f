import { arn } from "../services/account";
import type { BucketNotification } from "../services/bucket-notifications";
import type { BucketSettings, CorsRule, DeclaredSettings } from "../services/objects/buckets";
import type { ObjectStore } from "../services/objects/object-store";
import type { KnownInputs, Twin } from "./twin";
import {
  declaredAccessBlock,
  declaredEncryption,
  declaredLifecycle,
  declaredNotification,
  declaredOwnership,
  declaredPolicy,
} from "./s3-declared";
import { physicalName, settingOf } from "./twin";
import { flag, list, number, object, text, texts } from "../graph/values";
import type { Properties } from "../graph/resource";

/** A bucket: a folder of the object store. */
export const s3Bucket: Twin = {
  type: "aws:s3/bucket:Bucket",
  inputs: { bucket: true, bucketPrefix: true, forceDestroy: true, serverSideEncryptionConfiguration: true, tags: true },
  identify(resource, account) {
    const { inputs } = resource;
    const bucket = physicalName(resource, inputs["bucket"], 63, text(inputs, "bucketPrefix")).toLowerCase();
    return {
      id: bucket,
      outputs: {
        bucket,
        arn: arn(account, "s3", bucket),
        bucketDomainName: `${bucket}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${bucket}.s3.${account.region}.amazonaws.com`,
        region: account.region,
      },
    };
  },
  async create(resource, { objects, bucketNames }) {
    bucketNames.set(resource.id, resource.name);
    await objects.createBucket(resource.id, { tags: texts(resource.inputs, "tags") });
  },
  update(resource, _old, { objects }) {
    // forceDestroy changes nothing here.
    change(objects, resource.id, { tags: texts(resource.inputs, "tags") });
  },
  delete(resource, { objects, engineEvents }) {
    const { kept } = objects.deleteBucket(resource.id, { force: flag(resource.inputs, "forceDestroy") });
    if (kept === undefined) return;
    engineEvents.emit({
      type: "notice",
      level: "warning",
      message: `bucket ${resource.name} is gone from the program; its objects stay in ${kept}`,
    });
  },
};

const targetInputs = { id: true, events: true, filterPrefix: true, filterSuffix: true } as const;
const notificationInputs: KnownInputs = {
  eventbridge: true,
  lambdaFunctions: { ...targetInputs, lambdaFunctionArn: true },
  queues: { ...targetInputs, queueArn: true },
  // Not served, and said so below.
  topics: true,
};
const corsInputs: KnownInputs = {
  id: true,
  allowedHeaders: true,
  allowedMethods: true,
  allowedOrigins: true,
  exposeHeaders: true,
  maxAgeSeconds: true,
};
const lifecycleInputs: KnownInputs = {
  id: true,
  abortIncompleteMultipartUpload: true,
  expiration: { days: true },
  filter: true,
  prefix: true,
  noncurrentVersionExpiration: true,
  status: true,
};

/** Whether versions are kept, by the words of a versioning configuration; a disabled one never kept any. */
const versioned: Readonly<Record<string, boolean>> = { Enabled: true, Suspended: false };

/** The settings of a bucket that change how it behaves here. */
export const s3BucketSettings: readonly Twin[] = [
  settingOf(
    "aws:s3/bucketVersioning:BucketVersioning",
    "bucket",
    { expectedBucketOwner: true, versioningConfiguration: { status: true } },
    ({ objects }, bucket, inputs) =>
      change(objects, bucket, {
        versioning: versioned[text(object(inputs ?? {}, "versioningConfiguration"), "status") ?? ""],
      }),
  ),
  settingOf(
    "aws:s3/bucketNotification:BucketNotification",
    "bucket",
    notificationInputs,
    (services, bucket, inputs = {}) => {
      const targets = [
        ...list(inputs, "lambdaFunctions").map((entry) => notification(entry as Properties, "lambdaFunctionArn")),
        ...list(inputs, "queues").map((entry) => notification(entry as Properties, "queueArn")),
      ];
      const eventBridge = flag(inputs, "eventbridge");
      declare(services.objects, bucket, declaredNotification(inputs));
      services.bucketNotifications.set(bucket, { eventBridge, targets });
      change(services.objects, bucket, { publishEvents: eventBridge || targets.length > 0 });
      if (list(inputs, "topics").length === 0) return;
      services.engineEvents.emit({
        type: "notice",
        level: "warning",
        message: `bucket ${services.bucketNames.get(bucket) ?? bucket} does not notify topics here: only functions, queues, and EventBridge`,
      });
    },
  ),
  settingOf(
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "bucket",
    { corsRules: corsInputs, expectedBucketOwner: true },
    ({ objects }, bucket, inputs) =>
      change(objects, bucket, { cors: list(inputs ?? {}, "corsRules").map((rule) => corsRule(rule as Properties)) }),
  ),
  settingOf(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucket",
    { expectedBucketOwner: true, rules: lifecycleInputs },
    ({ objects, bucketNames, engineEvents }, bucket, inputs = {}) => {
      declare(objects, bucket, declaredLifecycle(inputs));
      const expiring = (list(inputs, "rules") as readonly Properties[]).flatMap((rule) => {
        const days = number(object(rule, "expiration"), "days");
        return text(rule, "status") !== "Enabled" || days === undefined ? [] : [{ rule, days }];
      });
      const days = expiring.filter(({ rule }) => isForAll(rule)).map((each) => each.days);
      change(objects, bucket, { expirationDays: days.length === 0 ? undefined : Math.min(...days) });
      for (const { rule } of expiring.filter((each) => !isForAll(each.rule))) {
        const names = `rule ${text(rule, "id")} of bucket ${bucketNames.get(bucket) ?? bucket}`;
        const message = `${names} is for some of its objects, and does not run here: none of them expire`;
        engineEvents.emit({ type: "notice", level: "warning", message });
      }
    },
  ),
];

/** Settings that have no effect on this machine, one person's own files on one's own disk; but S3 is asked about them. */
export const s3BucketDeclaredSettings: readonly Twin[] = [
  declaring("aws:s3/bucketPolicy:BucketPolicy", { policy: true }, (inputs = {}) => declaredPolicy(inputs)),
  declaring(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
      skipDestroy: true,
    },
    declaredAccessBlock,
  ),
  declaring(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    { expectedBucketOwner: true, rules: true },
    (inputs = {}) => declaredEncryption(inputs),
  ),
  declaring("aws:s3/bucketOwnershipControls:BucketOwnershipControls", { rule: true }, (inputs = {}) =>
    declaredOwnership(inputs),
  ),
];

/** A setting that is remembered for questions about the bucket. */
function declaring(
  type: string,
  inputs: KnownInputs,
  read: (inputs: Properties | undefined) => DeclaredSettings,
): Twin {
  return settingOf(type, "bucket", inputs, ({ objects }, bucket, values) => declare(objects, bucket, read(values)));
}

function declare(objects: ObjectStore, bucket: string, declared: DeclaredSettings): void {
  if (!objects.hasBucket(bucket)) return;
  change(objects, bucket, { declared: { ...objects.bucket(bucket).settings.declared, ...declared } });
}

/** Whether a lifecycle rule leaves no object out. */
function isForAll(rule: Properties): boolean {
  const filter = object(rule, "filter");
  return text(rule, "prefix") === "" && Object.keys(filter).every((name) => name === "prefix" && filter[name] === "");
}

/** Changes some settings of a bucket. One that is gone with its settings has none left to change. */
function change(objects: ObjectStore, bucket: string, settings: BucketSettings): void {
  if (objects.hasBucket(bucket)) objects.updateBucket(bucket, { ...objects.bucket(bucket).settings, ...settings });
}

function notification(entry: Properties, target: string): BucketNotification {
  return {
    targetArn: text(entry, target),
    events: list(entry, "events").map(String),
    prefix: text(entry, "filterPrefix"),
    suffix: text(entry, "filterSuffix"),
  };
}

function corsRule(rule: Properties): CorsRule {
  const maxAge = number(rule, "maxAgeSeconds");
  return {
    allowedOrigins: list(rule, "allowedOrigins").map(String),
    allowedMethods: list(rule, "allowedMethods").map(String),
    allowedHeaders: list(rule, "allowedHeaders").map(String),
    exposeHeaders: list(rule, "exposeHeaders").map(String),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: maxAge }),
  };
}
