import type { DeclaredElement, DeclaredSettings } from "../services/objects/buckets";
import { parseObject } from "../services/protocol/json-input";
import { AwsError } from "../services/protocol/message";
import type { Properties, Value } from "../graph/resource";
import { flag, list, number, object, text } from "../graph/values";

/** What a program declares about a bucket, as S3 answers it to questions. */

export function declaredPolicy(inputs: Properties): DeclaredSettings {
  const { policy } = inputs;
  if (policy === undefined) return { policy };
  const text = typeof policy === "string" ? policy : JSON.stringify(policy);
  // As PutBucketPolicy refuses it: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
  if (parseObject(text) === undefined) {
    throw new AwsError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", 400);
  }
  return { policy: text };
}

export function declaredAccessBlock(inputs: Properties | undefined): DeclaredSettings {
  if (inputs === undefined) return { publicAccessBlock: undefined };
  const blocks = (name: string): boolean => flag(inputs, name);
  return {
    publicAccessBlock: {
      blockPublicAcls: blocks("blockPublicAcls"),
      ignorePublicAcls: blocks("ignorePublicAcls"),
      blockPublicPolicy: blocks("blockPublicPolicy"),
      restrictPublicBuckets: blocks("restrictPublicBuckets"),
    },
  };
}

export function declaredEncryption(inputs: Properties): DeclaredSettings {
  const [rule] = list(inputs, "rules") as readonly Properties[];
  if (rule === undefined) return { encryption: undefined };
  const defaults = object(rule, "applyServerSideEncryptionByDefault");
  return {
    encryption: {
      algorithm: text(defaults, "sseAlgorithm") || "AES256",
      kmsKeyId: text(defaults, "kmsMasterKeyId") || undefined,
      bucketKey: flag(rule, "bucketKeyEnabled"),
    },
  };
}

export function declaredOwnership(inputs: Properties): DeclaredSettings {
  return { objectOwnership: text(object(inputs, "rule"), "objectOwnership") || undefined };
}

/** Rules as elements of a `LifecycleConfiguration`. */
export function declaredLifecycle(inputs: Properties): DeclaredSettings {
  const rules = list(inputs, "rules") as readonly Properties[];
  if (rules.length === 0) return { lifecycle: undefined };
  return {
    lifecycle: rules.map((rule) => ({
      ID: text(rule, "id") || undefined,
      Filter: filterElement(rule),
      Status: text(rule, "status"),
      Expiration: elements(object(rule, "expiration"), {
        days: "Days",
        date: "Date",
        expiredObjectDeleteMarker: "ExpiredObjectDeleteMarker",
      }),
      Transition: list(rule, "transitions").map(
        (each) => elements(each as Properties, { days: "Days", date: "Date", storageClass: "StorageClass" }) ?? {},
      ),
      NoncurrentVersionExpiration: elements(object(rule, "noncurrentVersionExpiration"), {
        noncurrentDays: "NoncurrentDays",
        newerNoncurrentVersions: "NewerNoncurrentVersions",
      }),
      AbortIncompleteMultipartUpload: elements(object(rule, "abortIncompleteMultipartUpload"), {
        daysAfterInitiation: "DaysAfterInitiation",
      }),
    })),
  };
}

function filterElement(rule: Properties): DeclaredElement {
  const filter = object(rule, "filter");
  const tagOf = (tag: Properties): DeclaredElement => ({ Key: text(tag, "key"), Value: text(tag, "value") });
  const tag = object(filter, "tag");
  const and = object(filter, "and");
  const tags = Object.entries(object(and, "tags")).map(([Key, value]) => ({ Key, Value: String(value) }));
  const prefix = "prefix" in filter ? text(filter, "prefix") : text(rule, "prefix");
  if (Object.keys(and).length > 0) return { And: { Prefix: text(and, "prefix") || undefined, Tag: tags } };
  if (Object.keys(tag).length > 0) return { Tag: tagOf(tag) };
  const larger = number(filter, "objectSizeGreaterThan");
  if (larger !== undefined) return { ObjectSizeGreaterThan: larger };
  const smaller = number(filter, "objectSizeLessThan");
  return smaller === undefined ? { Prefix: prefix } : { ObjectSizeLessThan: smaller };
}

/** The content of a `NotificationConfiguration`. */
export function declaredNotification(inputs: Properties): DeclaredSettings {
  const target = (element: string, arn: string) => (entry: Value) => {
    const each = entry as Properties;
    const rules = [
      ["prefix", text(each, "filterPrefix")],
      ["suffix", text(each, "filterSuffix")],
    ].filter(([, value]) => value !== "");
    return {
      Id: text(each, "id") || undefined,
      [element]: text(each, arn),
      Event: list(each, "events").map(String),
      Filter:
        rules.length === 0
          ? undefined
          : { S3Key: { FilterRule: rules.map(([Name, value]) => ({ Name, Value: value })) } },
    };
  };
  return {
    notification: {
      TopicConfiguration: list(inputs, "topics").map(target("Topic", "topicArn")),
      QueueConfiguration: list(inputs, "queues").map(target("Queue", "queueArn")),
      CloudFunctionConfiguration: list(inputs, "lambdaFunctions").map(target("CloudFunction", "lambdaFunctionArn")),
      EventBridgeConfiguration: flag(inputs, "eventbridge") ? {} : undefined,
    },
  };
}

/** Those properties that are set, under the names that S3 has for them; undefined where none is. */
function elements(properties: Properties, names: Readonly<Record<string, string>>): DeclaredElement | undefined {
  const found = Object.entries(names).flatMap(([property, element]): [string, string | number | boolean][] => {
    const value = properties[property];
    const isSet = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return isSet && value !== 0 && value !== "" && value !== false ? [[element, value]] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
