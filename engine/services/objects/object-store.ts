import type { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";

import type { Account } from "../account";
import { systemClock, type Clock } from "../clock";
import { BucketFiles, largestWhole, type ByteSource } from "./bucket-files";
import { Buckets, type BucketRecord, type BucketSettings } from "./buckets";
import type { ChecksumAlgorithm } from "./checksums";
import { DroppedFiles } from "./dropped-files";
import { Expiration } from "./expiration";
import { FileMoves } from "./file-moves";
import { FolderWatch } from "./folder-watch";
import { checkKey } from "./key-path";
import { LeftOutFiles } from "./left-out-files";
import { ObjectIndex } from "./object-index";
import { ObjectListing, type ListOptions, type ObjectPage } from "./object-listing";
import { ObjectWriter, type Deletion } from "./object-writer";
import { Outbox, type DeliverEvent } from "./outbox";
import type { StoredObject } from "./object-record";
import { noSuchKey, noSuchVersion } from "./s3-errors";
import { createTables } from "./schema";
import { Uploads } from "./uploads";
import type { WriteCondition } from "./write-condition";

export interface ObjectStoreOptions {
  /** Where `buckets/` (for people to open) and `objects/` (for the store alone) lie; on one file system. */
  readonly folder: string;
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly account: Account;
  readonly deliver: DeliverEvent;
  /** Told of what fails with nobody waiting for it: watching the folders, reading a dropped file. */
  readonly onFault?: (error: unknown) => void;
  /** Told, once, of each file in a bucket's folder that becomes no object: its path there, and why. */
  readonly onLeftOut?: (bucket: string, path: string, reason: string) => void;
}

export interface PutOptions {
  /** Default `binary/octet-stream`, as in S3. */
  readonly contentType?: string;
  /** Further headers to keep, e.g. `cache-control`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly checksums?: readonly ChecksumAlgorithm[];
  readonly condition?: WriteCondition;
}

/** Bytes of an object from `start` to and including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The object store: buckets that are folders a person can open, and an index of what they hold. */
export class ObjectStore {
  public readonly account: Account;
  public readonly clock: Clock;
  public readonly index: ObjectIndex;
  public readonly files: BucketFiles;
  public readonly writer: ObjectWriter;
  public readonly uploads: Uploads;
  public readonly dropped: DroppedFiles;
  private readonly records: Buckets;
  private readonly listing: ObjectListing;
  private readonly outbox: Outbox;
  private readonly expiration: Expiration;
  private readonly watch: FolderWatch;
  private readonly fault: (error: unknown) => void;
  private isStarted = false;

  /** Opens the store and finishes what a crash interrupted; it can be used at once, but publishes nothing yet. */
  public constructor({ folder, database, clock, account, deliver, onFault, onLeftOut }: ObjectStoreOptions) {
    createTables(database);
    this.account = account;
    this.clock = clock;
    this.fault = onFault ?? (() => undefined);
    this.files = new BucketFiles(folder);
    this.records = new Buckets(database, clock);
    this.index = new ObjectIndex(database);
    this.listing = new ObjectListing(database);
    this.uploads = new Uploads(database, this.files, clock);
    this.outbox = new Outbox(database, clock, deliver);
    const moves = new FileMoves(folder, database);
    this.writer = new ObjectWriter(database, this.index, this.files, moves, this.outbox, this.uploads, clock);
    const leftOut = new LeftOutFiles(onLeftOut ?? (() => undefined));
    this.dropped = new DroppedFiles(this.records, this.files, this.index, this.writer, leftOut);
    this.expiration = new Expiration(database, this.records, this.writer, clock);
    this.watch = new FolderWatch({
      folder: this.files.bucketsFolder(),
      clock: systemClock,
      isKnown: (bucket, key, stats) => this.dropped.isKnown(bucket, key, stats),
      keysIn: (name, at) => this.index.naturalKeysIn(name, at),
      changed: (bucket, key) => void this.dropped.indexFile(bucket, key).catch(this.fault),
      found: (bucket, key, stats) => {
        if (this.records.has(bucket)) leftOut.look(bucket, key, stats);
      },
      failed: this.fault,
    });
    for (const { name } of this.records.all()) this.files.makeFolders(name);
    moves.finish();
    for (const { name } of this.records.all()) this.files.sweep(name, this.index.hiddenFiles(name));
  }

  /**
   * Begins to deliver events (first those left from before), to notice what people do in the folders, and to expire
   * objects. Start it once whoever takes the events is ready.
   */
  public async start(): Promise<void> {
    this.isStarted = true;
    this.watch.start();
    for (const { name } of this.records.all()) await this.dropped.reconcile(name);
    this.outbox.start();
    this.expiration.start();
  }

  /** Stops all of that. Everything acknowledged is on the disk already. */
  public async close(): Promise<void> {
    this.outbox.close();
    this.expiration.close();
    this.watch.close();
    await this.dropped.settle();
  }

  /** Makes a bucket, or gives an existing one these settings. Files that lie in its folder already become objects. */
  public async createBucket(name: string, settings: BucketSettings = {}): Promise<BucketRecord> {
    const record = this.records.set(name, settings);
    this.files.makeFolders(name);
    if (this.isStarted) await this.dropped.reconcile(name);
    return record;
  }

  /** Replaces the settings of a bucket. */
  public updateBucket(name: string, settings: BucketSettings): BucketRecord {
    this.records.get(name);
    return this.records.set(name, settings);
  }

  /**
   * Removes a bucket. One that holds anything stays as it is, and `kept` says where, unless `force` removes all that
   * is in it: versions, unfinished uploads, and every file in its folder.
   */
  public deleteBucket(name: string, { force = false } = {}): { kept: string | undefined } {
    this.records.get(name);
    const isEmpty = this.index.isEmpty(name) && this.files.isEmpty(name);
    if (!isEmpty && !force) return { kept: this.files.bucketFolder(name) };
    this.records.delete(name);
    this.files.removeFolders(name);
    return { kept: undefined };
  }

  /** A bucket's settings; throws NoSuchBucket. */
  public bucket(name: string): BucketRecord {
    return this.records.get(name);
  }

  public hasBucket(name: string): boolean {
    return this.records.has(name);
  }

  /** Every bucket, by name. */
  public buckets(): BucketRecord[] {
    return this.records.all();
  }

  /** The folder that a person can open and drop files into. */
  public bucketFolder(name: string): string {
    return this.files.bucketFolder(this.records.get(name).name);
  }

  /** The file that holds an object's bytes; undefined where there is no such object. */
  public pathOf(bucket: string, key: string): string | undefined {
    const file = this.index.current(bucket, key)?.file;
    return file === undefined ? undefined : this.files.absolute(file);
  }

  /** Puts an object; a stream goes to the disk as it comes. */
  public async put(
    bucket: string,
    key: string,
    body: string | Uint8Array | Readable | ByteSource,
    { contentType, headers = {}, metadata = {}, checksums = [], condition }: PutOptions = {},
  ): Promise<StoredObject> {
    this.records.get(bucket);
    checkKey(key);
    const source = typeof body === "string" || body instanceof Uint8Array ? [Buffer.from(body)] : body;
    const staged = await this.files.stage(bucket, source as ByteSource, checksums);
    try {
      const record = this.records.get(bucket);
      const kept = { "content-type": contentType ?? "binary/octet-stream", ...headers };
      const details = { headers: kept, metadata, checksums: staged.checksums };
      return this.writer.put(record, key, { ...staged, eTag: staged.md5 }, details, "PutObject", condition);
    } catch (error) {
      this.files.discard(staged.file);
      throw error;
    }
  }

  /**
   * What is known of an object, or of one of its versions; a file that was edited or removed by hand a moment ago is
   * looked at again. Throws NoSuchKey, NoSuchVersion or NoSuchBucket. A version may be a delete marker.
   */
  public async head(bucket: string, key: string, versionId?: string): Promise<StoredObject> {
    this.records.get(bucket);
    if (versionId !== undefined) {
      const version = this.index.version(bucket, key, versionId);
      if (!version) throw noSuchVersion(key, versionId);
      return version;
    }
    const current = this.index.current(bucket, key);
    if (!current || current.isDeleteMarker) throw noSuchKey(key);
    if (!current.isNatural || this.dropped.isUnchanged(current)) return current;
    const again = await this.dropped.indexFile(bucket, key);
    if (!again) throw noSuchKey(key);
    return again;
  }

  /** Reads an object, whole or in part. The bytes stay those of this version, also when it is replaced meanwhile. */
  public async get(
    bucket: string,
    key: string,
    { versionId, range }: { versionId?: string; range?: ByteRange } = {},
  ): Promise<{ object: StoredObject; body: Readable }> {
    const object = await this.head(bucket, key, versionId);
    return { object, body: this.read(object, range) };
  }

  /** Opens an object's file, in the same turn of the event loop in which it was looked up. */
  public read(object: StoredObject, range?: ByteRange): Readable {
    if (object.file === undefined) throw noSuchKey(object.key);
    if (object.size === 0) return Readable.from([], { objectMode: false });
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    return this.files.stream(object.file, start, end);
  }

  /** The same; a small range is read at once, which costs a fraction of streaming it. */
  public readSmall(object: StoredObject, range?: ByteRange): Readable | Buffer {
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    const length = end - start + 1;
    if (object.file === undefined || length <= 0 || length > largestWhole) return this.read(object, range);
    return this.files.bytes(object.file, start, length);
  }

  /** Deletes an object; where there is none, nothing happens, as in S3. */
  public delete(bucket: string, key: string, versionId?: string): Deletion {
    return this.writer.delete(this.records.get(bucket), key, versionId, "DeleteObject");
  }

  /** One page of a bucket's objects. */
  public list(bucket: string, options: ListOptions = {}): ObjectPage {
    return this.listing.list(this.records.get(bucket).name, options);
  }

  /** One page of a bucket's versions and delete markers. */
  public listVersions(bucket: string, options: ListOptions = {}): ObjectPage {
    return this.listing.listVersions(this.records.get(bucket).name, options);
  }
}
