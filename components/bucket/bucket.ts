import * as pulumi from "@pulumi/pulumi";
import type { Readable } from "node:stream";
import { checkFunctionArgs, type FunctionArgs } from "../function/function.args";
import { checkHandler, type Handler } from "../function/handler";
import { checkNames } from "../shared/capabilities";
import { checkKnown, checkName, functionName, show } from "../shared/checks";
import { variableOf } from "../shared/environment";
import { throwProblems } from "../shared/errors";
import { grantOf, type Grant } from "../shared/grants";
import { askedBy, reachingChildren } from "../shared/options";
import { checkPlatform } from "../shared/settings";
import { checkDuplicate, EventSubscription, type SubscriptionOptions } from "../function/subscription";
import { bucketMethods, writesBack, type BucketMethods } from "./bucket.methods";
import { bucketStatements, createBucket, createNotification } from "./bucket.aws";
import { eventPattern } from "./event-pattern";
import { existingBucket } from "./existing-bucket.aws";
import { bucketName, checkBucketArgs, checkKeyFilter, type BucketArgs } from "./bucket.args";
import type { BucketEvent, KeyFilter } from "./bucket-event.runtime";
import type { ListedObject, ObjectHead, PutOptions, SignedUrlOptions } from "./bucket.runtime";

/** What can be granted on a {@link Bucket}. */
export type BucketVerb = "get" | "put" | "delete" | "list";

/**
 * Keeps objects, and tells handlers when one is put or deleted.
 *
 * @example
 * ```ts
 * const bucket = new Bucket("media");
 * bucket.onPut("onNewVideo", async (video) => console.log(video.key, video.size), { keySuffix: ".mp4" });
 * ```
 */
export class Bucket extends pulumi.ComponentResource implements BucketMethods {
  /** The bucket's own name in the cloud. */
  public readonly id: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;

  // Own properties that close over plain values only: each can be captured by itself, and is a permission by itself.
  /** Reads a whole object. Works inside handlers, like all methods down to `signedUrl`. */
  public readonly get: (key: string) => Promise<Buffer>;
  /** Reads a whole object as UTF-8 text. */
  public readonly getText: (key: string) => Promise<string>;
  /** Reads an object piece by piece, for those too large for memory. */
  public readonly getStream: (key: string) => Promise<Readable>;
  /** Writes an object; a stream goes up in parts. */
  public readonly put: (
    key: string,
    body: string | Uint8Array | Readable,
    options?: PutOptions,
  ) => Promise<{ eTag: string; versionId?: string }>;
  /** Deletes an object; one that is not there is no error. */
  public readonly delete: (key: string) => Promise<void>;
  public readonly exists: (key: string) => Promise<boolean>;
  /** Reads what is known of an object, without its content. */
  public readonly head: (key: string) => Promise<ObjectHead>;
  /** Lists objects in the order of their keys. */
  public readonly list: (prefix?: string) => AsyncIterable<ListedObject>;
  /** An address that lets whoever has it read or write one object for some time. */
  public readonly signedUrl: (key: string, options: SignedUrlOptions) => Promise<string>;

  private readonly logicalName: string;
  private readonly args: BucketArgs;
  private readonly managed: boolean;
  private readonly subscriptions = new Set<string>();

  /** @throws `ERR_NAME_INVALID`, `ERR_ARGUMENT_…` */
  public constructor(name: string, args: BucketArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const existing = existingName(args);
    throwProblems([
      ...checkName("bucket", name, bucketName),
      ...(existing === undefined ? checkBucketArgs(`bucket "${name}"`, args) : []),
    ]);
    super("tandem:index:Bucket", name, {}, tellingImports(name, reachingChildren(opts)));
    checkPlatform();
    this.logicalName = name;
    this.args = args;
    this.managed = existing === undefined;
    const { id, arn } =
      existing === undefined ? createBucket(name, args, this) : existingBucket(existing, askedBy(this, opts));
    this.id = id;
    this.arn = arn;
    const methods = bucketMethods(name, id, arn);
    this.get = methods.get;
    this.getText = methods.getText;
    this.getStream = methods.getStream;
    this.put = methods.put;
    this.delete = methods.delete;
    this.exists = methods.exists;
    this.head = methods.head;
    this.list = methods.list;
    this.signedUrl = methods.signedUrl;
    this.registerOutputs({ id, arn });
  }

  /**
   * A bucket that exists already and stays unmanaged. For subscriptions to it, its EventBridge notifications must be
   * on: a bucket has one notification setting, and taking it over would drop what it holds.
   */
  public static fromName(
    name: string,
    bucketName: pulumi.Input<string>,
    opts?: pulumi.ComponentResourceOptions,
  ): Bucket {
    return new Bucket(name, { [existingKey]: bucketName } as BucketArgs, opts);
  }

  /**
   * Runs `handler` for every object that is put: by `put`, a copy, or an upload in parts.
   * @param name the handler's name, in logs and as the function's name
   * @throws `ERR_SUBSCRIPTION_DUPLICATE`, `ERR_BUCKET_FILTER`, `ERR_HANDLER_…`, `ERR_ARGUMENT_…`; when the handler is
   * packaged, `ERR_BUCKET_LOOP`, `ERR_CAPTURE_…` and `ERR_BUNDLE_…`
   */
  public onPut(
    name: string,
    handler: Handler<BucketEvent>,
    filter: KeyFilter = {},
    args: FunctionArgs = {},
    opts?: SubscriptionOptions,
  ): EventSubscription {
    return this.subscribe("put", name, handler, filter, args, opts);
  }

  /** Runs `handler` for every object that is deleted, by hand or by expiration; otherwise like {@link Bucket.onPut}. */
  public onDelete(
    name: string,
    handler: Handler<BucketEvent>,
    filter: KeyFilter = {},
    args: FunctionArgs = {},
    opts?: SubscriptionOptions,
  ): EventSubscription {
    return this.subscribe("delete", name, handler, filter, args, opts);
  }

  /**
   * A permission to pass in another component's `grants`.
   * @param verbs what is allowed; last, `{ prefix }` narrows it to keys that start so
   */
  public can(...verbs: [...BucketVerb[], BucketVerb | { readonly prefix: string }]): Grant {
    const narrowed = verbs.filter((verb) => typeof verb === "object");
    const { get, put, delete: remove, list } = bucketStatements(this.logicalName, this.arn, narrowed[0]?.prefix);
    throwProblems(narrowed.flatMap((options) => checkKnown(`bucket "${this.logicalName}"`, options, ["prefix"])));
    const asked = verbs.filter((verb) => typeof verb !== "object");
    return grantOf(`bucket "${this.logicalName}"`, { get, put, delete: remove, list }, asked);
  }

  private subscribe(
    type: "put" | "delete",
    name: string,
    handler: Handler<BucketEvent>,
    filter: KeyFilter,
    args: FunctionArgs,
    opts: SubscriptionOptions | undefined,
  ): EventSubscription {
    const whose = `handler "${name}"`;
    throwProblems([
      ...checkName("subscription", name, functionName),
      ...checkDuplicate(`bucket "${this.logicalName}"`, this.subscriptions, name),
      ...checkHandler(whose, handler),
      ...checkKeyFilter(whose, filter),
      ...checkFunctionArgs(whose, args),
    ]);
    if (this.subscriptions.size === 0 && this.managed) createNotification(this.logicalName, this.args, this.id, this);
    this.subscriptions.add(name);
    const variable = variableOf("BUCKET", this.logicalName);
    return new EventSubscription(
      name,
      {
        pattern: this.id.apply((id) => eventPattern(id, type, filter)),
        handler,
        args,
        adapter: "bucket/bucket-event#toBucketEvent",
        adapterOptions: type === "put" ? { listening: { variable, ...filter } } : {},
        check: (capabilities, grants) => {
          // Another bucket of this name would look like this one.
          const here = { component: this.logicalName, environment: { [variable]: this.id } };
          const problems = checkNames(whose, [here, ...capabilities]);
          const loop = { whose, bucket: this.logicalName, type, filter, capabilities, grants };
          return problems.length > 0 ? problems : writesBack(loop);
        },
      },
      { ...reachingChildren(opts), parent: this },
    );
  }
}

/** Says what becomes of a bucket that is taken over with `import`: its settings are the program's from then on. */
function tellingImports(name: string, opts: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions {
  const tell: pulumi.ResourceTransformation = ({ type, opts: own }) => {
    const id = (own as pulumi.CustomResourceOptions).import;
    if (type === "aws:s3/bucket:Bucket" && id !== undefined) {
      void pulumi.log.warn(
        `bucket "${name}" takes over ${show(id)}: the policy, encryption, public access block, lifecycle, CORS and notifications that it has are replaced by those of the program`,
      );
    }
    return undefined;
  };
  return { ...opts, transformations: [...(opts.transformations ?? []), tell] };
}

// Not among the arguments that users see: only `Bucket.fromName` sets it.
const existingKey = Symbol("existing bucket");

function existingName(args: BucketArgs): pulumi.Input<string> | undefined {
  return (args as { [existingKey]?: pulumi.Input<string> })[existingKey];
}
