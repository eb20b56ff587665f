/** What a bucket's subscriptions hear of. */
export interface BucketEvent {
  readonly type: "put" | "delete";
  /** The bucket's physical name. */
  readonly bucket: string;
  /** The object's key, decoded: as it was given to `put`. */
  readonly key: string;
  /** Bytes; undefined for a delete. */
  readonly size?: number;
  readonly eTag?: string;
  readonly versionId?: string;
  readonly time: Date;
}

/** Which keys a subscription listens to. */
export interface KeyFilter {
  /** Keys that start with this, e.g. `videos/`. */
  readonly keyPrefix?: string;
  /** Keys that end with this, e.g. `.mp4`. */
  readonly keySuffix?: string;
}

/** An object event as EventBridge delivers it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). */
interface EventBridgeObjectEvent {
  readonly "detail-type": string;
  readonly time: string;
  readonly detail: {
    readonly bucket: { readonly name: string };
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly etag?: string;
      readonly "version-id"?: string;
    };
  };
}

/** What the running handler listens to, so that its own `put` can refuse to call it again. */
interface Listening extends KeyFilter {
  readonly variable: string;
}

const listeningKey = Symbol.for("tandem.listening");
const shared = globalThis as unknown as Record<typeof listeningKey, Listening | undefined>;

/** Turns EventBridge's event into a {@link BucketEvent}. */
export function toBucketEvent(options: { readonly listening?: Listening }): (event: unknown) => BucketEvent {
  shared[listeningKey] = options.listening;
  return (event) => {
    const { "detail-type": type, time, detail } = event as EventBridgeObjectEvent;
    const { key, size, etag, "version-id": versionId } = detail.object;
    return {
      type: type === "Object Created" ? "put" : "delete",
      bucket: detail.bucket.name,
      key,
      ...(size === undefined ? {} : { size }),
      ...(etag === undefined ? {} : { eTag: etag }),
      ...(versionId === undefined ? {} : { versionId }),
      time: new Date(time),
    };
  };
}

/** Whether writing `key` would start the running handler again, without end. */
export function wouldLoop(variable: string, key: string): boolean {
  const listening = shared[listeningKey];
  return (
    listening !== undefined &&
    listening.variable === variable &&
    key.startsWith(listening.keyPrefix ?? "") &&
    key.endsWith(listening.keySuffix ?? "")
  );
}
