import type * as s3 from "@pulumi/aws/s3";
import type * as pulumi from "@pulumi/pulumi";
import {
  checkKnown,
  checkOneOf,
  checkRange,
  isFilledList,
  isPlain,
  plainList,
  show,
  type NameRule,
} from "../shared/checks";
import type { Problem } from "../shared/errors";
import { checkCount, checkTags } from "../shared/limits";
import type { Transforms } from "../shared/transform";
import type { KeyFilter } from "./bucket-event.runtime";
import { eventPattern } from "./event-pattern";

/** The resources of a bucket, by the names under which `transform` reaches them. */
export interface BucketChildren {
  readonly bucket: s3.BucketArgs;
  readonly encryption: s3.BucketServerSideEncryptionConfigurationArgs;
  readonly publicAccessBlock: s3.BucketPublicAccessBlockArgs;
  readonly policy: s3.BucketPolicyArgs;
  readonly versioning: s3.BucketVersioningArgs;
  readonly lifecycle: s3.BucketLifecycleConfigurationArgs;
  readonly cors: s3.BucketCorsConfigurationArgs;
  readonly notification: s3.BucketNotificationArgs;
}

/** Which pages of other sites may read or write the bucket from a browser. */
export interface BucketCors {
  /** e.g. `https://example.com`. */
  readonly origins: pulumi.Input<pulumi.Input<string>[]>;
  /** Methods that a page may use. @defaultValue `["GET"]` */
  readonly methods?: pulumi.Input<pulumi.Input<"GET" | "PUT" | "POST" | "DELETE" | "HEAD">[]>;
  /** Request headers that a page may send. @defaultValue `["*"]` */
  readonly headers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Response headers that a page may read. @defaultValue `["ETag"]` */
  readonly exposeHeaders?: pulumi.Input<pulumi.Input<string>[]>;
  /** Seconds that a browser keeps the answer. @defaultValue `3600` */
  readonly maxAge?: pulumi.Input<number>;
}

/** Settings of a bucket. */
export interface BucketArgs {
  /**
   * Keeps every earlier version of an object.
   * @defaultValue `false`
   */
  readonly versioned?: boolean;
  /**
   * Lets pages of other sites use the bucket from a browser.
   * @defaultValue off
   */
  readonly cors?: BucketCors | BucketCors[];
  /**
   * Days after which objects are deleted (earlier versions too). Unfinished uploads always go after 7 days.
   * @defaultValue never
   */
  readonly expiration?: pulumi.Input<number>;
  /**
   * Deletes all objects when the bucket is destroyed. Without it, a bucket with objects is not destroyed.
   * @defaultValue `false`
   */
  readonly forceDestroy?: pulumi.Input<boolean>;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Changes a child's arguments before it is made. */
  readonly transform?: Transforms<BucketChildren>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, with room for Pulumi's suffix. */
export const bucketName: NameRule = {
  pattern: /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!.*(\.-|-\.))[A-Za-z0-9][A-Za-z0-9.-]*$/,
  longest: 48,
  words:
    "2 to 48 letters, digits, hyphens and single dots, starting with a letter or digit (it becomes lower-case in the bucket's own name)",
};

const known: readonly (keyof BucketArgs)[] = ["versioned", "cors", "expiration", "forceDestroy", "tags", "transform"];

/** Finds what is wrong with `args`. */
export function checkBucketArgs(whose: string, args: BucketArgs): Problem[] {
  return [
    ...checkKnown(whose, args, known),
    ...checkOneOf(whose, "versioned", args.versioned, [true, false]),
    ...checkOneOf(whose, "forceDestroy", args.forceDestroy, [true, false]),
    ...checkRange(whose, "expiration", args.expiration, { least: 1, most: 2147483647, unit: "days" }),
    ...checkTags(whose, args.tags),
    ...checkCount(whose, "cors rules", args.cors, 100, "put origins with the same settings into one rule"),
    ...corsRules(args).flatMap((rule) => checkCors(whose, rule)),
  ];
}

/** The cors argument as a list. */
export function corsRules({ cors }: BucketArgs): BucketCors[] {
  return cors === undefined ? [] : Array.isArray(cors) ? cors : [cors];
}

const corsMethods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

function checkCors(whose: string, rule: BucketCors): Problem[] {
  if (typeof rule !== "object" || rule === null || !isFilledList(rule.origins)) {
    return [
      {
        code: "ERR_ARGUMENT_TYPE",
        message: `${whose} was given a cors rule without origins`,
        got: `cors = ${show(rule)}`,
        fix: 'list the sites, like { origins: ["https://example.com"] }',
      },
    ];
  }
  return [
    ...checkKnown(whose, rule, ["origins", "methods", "headers", "exposeHeaders", "maxAge"]),
    ...plainList(rule.methods).flatMap((method) => checkOneOf(whose, "cors method", method, corsMethods)),
    ...checkRange(whose, "cors maxAge", rule.maxAge, { least: 0, most: 86400, unit: "seconds" }),
  ];
}

/** The longest key that S3 takes, in bytes of UTF-8. */
const longestKey = 1024;

/** Finds what is wrong with a subscription's filter: what is refused here could never match a key. */
export function checkKeyFilter(whose: string, filter: KeyFilter): Problem[] {
  const refuse = (got: string, fix: string): Problem => ({
    code: "ERR_BUCKET_FILTER",
    message: `${whose} was given a filter that can never match`,
    got,
    fix,
  });
  const problems = checkKnown(whose, filter, ["keyPrefix", "keySuffix"]);
  for (const part of ["keyPrefix", "keySuffix"] as const) {
    const value: unknown = filter[part];
    if (value === undefined) continue;
    const got = `${part} = ${show(value)}`;
    if (typeof value !== "string") problems.push(refuse(got, `use a plain string, like ${part}: ${example[part]}`));
    else if (value === "") problems.push(refuse(got, `leave ${part} out to listen to all keys`));
    else if (value.includes("*")) {
      problems.push(
        refuse(got, `write it without wildcards, like ${part}: ${example[part]}: it is compared letter by letter`),
      );
    } else if (/^(s3:\/\/|arn:|\/)/.test(value) && part === "keyPrefix") {
      problems.push(refuse(got, "write the start of the key itself, without the bucket and without a leading slash"));
    }
  }
  const length = Buffer.byteLength(`${String(filter.keyPrefix ?? "")}${String(filter.keySuffix ?? "")}`);
  if (isPlain(filter) && length > longestKey) {
    problems.push(refuse(`${length} bytes in all`, `use at most ${longestKey} bytes: no key is longer`));
  }
  return problems.length > 0 ? problems : checkPatternSize(whose, filter);
}

const example = { keyPrefix: '"videos/"', keySuffix: '".mp4"' };

/** The most that EventBridge takes of a rule's pattern, in characters (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). */
const patternLimit = 2048;

/** In a pattern, what JSON and wildcards have a meaning for is written with backslashes. */
function checkPatternSize(whose: string, filter: KeyFilter): Problem[] {
  const { length } = eventPattern("b".repeat(63), "delete", filter);
  if (length <= patternLimit) return [];
  return [
    {
      code: "ERR_LIMIT",
      message: `${whose} was given a filter that is longer than EventBridge takes`,
      got: `a pattern of ${length} characters, at most ${patternLimit} are taken`,
      fix: "use a shorter keyPrefix or keySuffix",
    },
  ];
}
