import type { Identity } from "../../identity/identity";
import type { Authorize, Operation } from "../../protocol/operation";
import { notImplemented } from "../s3-errors";
import type { ObjectStore } from "../object-store";
import type { Level, S3Request } from "./s3-request";

/** What S3's operations work with. */
export interface S3Context {
  readonly store: ObjectStore;
  readonly identity: Identity;
  /** For operations on several resources, each of which is allowed or denied by itself. */
  readonly authorize: Authorize;
}

/** An operation of S3, and the requests that mean it. */
export interface S3Operation extends Operation<S3Context, S3Request> {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly level: Level;
  /** Query parameters that a request for it has; the operation with the most of them is meant. */
  readonly selectors?: readonly string[];
  /** Whether it finds out by itself who sends a request, and then asks whether they may. @defaultValue `false` */
  readonly authenticates?: boolean;
  /** A header that a request for it has. */
  readonly selectingHeader?: string;
  /** Further query parameters that it understands. */
  readonly parameters?: readonly string[];
  /**
   * What the body of a request is. The bytes of an object are streamed by the operation. A document is read whole and
   * verified before the operation runs, into {@link S3Request.document}; most operations have an empty one.
   * `"document of an object"`: the checksums in the headers are those of the object that the request makes.
   * @defaultValue `"document"`
   */
  readonly body?: "object" | "document" | "document of an object";
}

/** What S3 has sub-resources for; none of them may be taken for the object or bucket itself. */
const subresources = new Set(
  `abac accelerate acl analytics append attributes cors delete encryption intelligent-tiering inventory legal-hold
  lifecycle location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics
  notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock renameObject replication
  requestPayment restore retention select select-type session tagging torrent uploadId uploads versionId versioning
  versions website`.split(/\s+/),
);

/** What SDKs add for their logs, and what the older signature adds, botocore's copies of headers included. */
const ofNoOperation = new Set(["x-id", "AWSAccessKeyId", "Signature", "Expires", "content-type", "content-md5"]);

/** Finds what a request means among `operations`; throws NotImplemented rather than guess. */
export function chooseOperation(operations: readonly S3Operation[], request: S3Request): S3Operation {
  const { method, query } = request.aws;
  const weight = (operation: S3Operation): number =>
    (operation.selectors?.length ?? 0) * 2 + (operation.selectingHeader ? 1 : 0);
  const [chosen] = operations
    .filter((operation) => operation.method === method && operation.level === request.level)
    .filter((operation) => (operation.selectors ?? []).every((name) => query.has(name)))
    .filter(({ selectingHeader }) => selectingHeader === undefined || request.header(selectingHeader) !== undefined)
    .sort((a, b) => weight(b) - weight(a));
  if (!chosen) throw notImplemented(`${method} ${[...query.keys()].join("&")}`.trim());
  const understood = new Set([...(chosen.selectors ?? []), ...(chosen.parameters ?? [])]);
  for (const [name, value] of query) {
    if (understood.has(name) || ofNoOperation.has(name) || name.toLowerCase().startsWith("x-amz-")) continue;
    // S3 ignores parameters that it does not know. Where the request would change something that is too much trust.
    const isHarmless = (method === "GET" || method === "HEAD") && value !== "" && !subresources.has(name);
    if (!isHarmless) throw notImplemented(name);
  }
  return chosen;
}

/** The ARN of a bucket. */
export function bucketArn({ store }: S3Context, bucket: string): string {
  return `arn:${store.account.partition}:s3:::${bucket}`;
}

/** The ARN of an object. */
export function objectArn(context: S3Context, bucket: string, key: string): string {
  return `${bucketArn(context, bucket)}/${key}`;
}
