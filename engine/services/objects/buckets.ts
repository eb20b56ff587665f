import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Clock } from "../clock";
import { AwsError } from "../protocol/message";
import { noSuchBucket } from "./s3-errors";

/** One rule of who may read answers in a browser (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html). */
export interface CorsRule {
  readonly id?: string;
  /** `*` may stand once in each for any characters. */
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** How long a browser may keep the answer, in seconds. */
  readonly maxAgeSeconds?: number;
}

export interface BucketSettings {
  /** Whether versions are kept; false suspends them: what was kept stays. Default: the bucket never had versions. */
  readonly versioning?: boolean;
  readonly cors?: readonly CorsRule[];
  /** Days after which objects are deleted; undefined keeps them. */
  readonly expirationDays?: number;
  /** Whether puts and deletes are published: the switch that S3 calls EventBridge notifications. Default false. */
  readonly publishEvents?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /** Where the bucket is, if whoever made it said so. Default the account's region. */
  readonly location?: string;
  /** What the program says of a bucket and nothing here acts on: questions about it are answered. */
  readonly declared?: DeclaredSettings;
}

/** Part of an XML document of S3. */
export interface DeclaredElement {
  readonly [name: string]:
    string | number | boolean | undefined | DeclaredElement | readonly (string | DeclaredElement)[];
}

/** Settings of a bucket as the program declares them; undefined is what a bucket has by itself. */
export interface DeclaredSettings {
  /** JSON. */
  readonly policy?: string;
  readonly publicAccessBlock?: Readonly<
    Record<"blockPublicAcls" | "ignorePublicAcls" | "blockPublicPolicy" | "restrictPublicBuckets", boolean>
  >;
  readonly encryption?: { readonly algorithm: string; readonly kmsKeyId?: string; readonly bucketKey?: boolean };
  readonly objectOwnership?: string;
  /** Rules, as elements of a `LifecycleConfiguration`. */
  readonly lifecycle?: readonly DeclaredElement[];
  /** The content of a `NotificationConfiguration`. */
  readonly notification?: DeclaredElement;
}

export interface BucketRecord {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly settings: BucketSettings;
  /** Undefined for a bucket that never had versions. */
  readonly versioning: "Enabled" | "Suspended" | undefined;
}

type KeptSettings = BucketSettings & { readonly wasVersioned?: boolean };

/** The stack's buckets and their settings. */
export class Buckets {
  private readonly records = new Map<string, BucketRecord>();
  private readonly insertRow: StatementSync;
  private readonly updateRow: StatementSync;
  private readonly deleteRow: StatementSync;

  public constructor(
    database: DatabaseSync,
    private readonly clock: Clock,
  ) {
    this.insertRow = database.prepare("INSERT INTO s3_buckets (name, created, settings) VALUES (?, ?, ?)");
    this.updateRow = database.prepare("UPDATE s3_buckets SET settings = ? WHERE name = ?");
    this.deleteRow = database.prepare("DELETE FROM s3_buckets WHERE name = ?");
    for (const row of database.prepare("SELECT name, created, settings FROM s3_buckets").all()) {
      this.remember(String(row.name), Number(row.created), JSON.parse(String(row.settings)) as KeptSettings);
    }
  }

  /** The bucket `name`; throws NoSuchBucket. */
  public get(name: string): BucketRecord {
    const record = this.records.get(name);
    if (!record) throw noSuchBucket(name);
    return record;
  }

  public has(name: string): boolean {
    return this.records.has(name);
  }

  /** By name. */
  public all(): BucketRecord[] {
    return [...this.records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Adds the bucket, or gives an existing one these settings. */
  public set(name: string, settings: BucketSettings): BucketRecord {
    checkBucketName(name);
    const existing = this.records.get(name);
    const wasVersioned = settings.versioning !== undefined || existing?.versioning !== undefined;
    const kept: KeptSettings = { ...settings, wasVersioned };
    const created = existing?.created ?? this.clock.now();
    if (existing) this.updateRow.run(JSON.stringify(kept), name);
    else this.insertRow.run(name, created, JSON.stringify(kept));
    return this.remember(name, created, kept);
  }

  public delete(name: string): void {
    this.deleteRow.run(name);
    this.records.delete(name);
  }

  private remember(name: string, created: number, kept: KeptSettings): BucketRecord {
    const { wasVersioned, ...settings } = kept;
    const versioning = settings.versioning ? "Enabled" : wasVersioned ? "Suspended" : undefined;
    const record: BucketRecord = { name, created, settings, versioning };
    this.records.set(name, record);
    return record;
  }
}

/** Throws InvalidBucketName (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html). */
function checkBucketName(name: string): void {
  const wellFormed = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\./.test(name);
  const isReserved = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (wellFormed && !isReserved && !/^\d+\.\d+\.\d+\.\d+$/.test(name)) return;
  throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, { BucketName: name });
}
