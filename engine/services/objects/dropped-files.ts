import { createHash } from "node:crypto";
import fs from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import path from "node:path";

import type { BucketFiles } from "./bucket-files";
import type { Buckets } from "./buckets";
import { isNaturalKey, isNaturalName } from "./key-path";
import type { LeftOutFiles } from "./left-out-files";
import type { ObjectIndex } from "./object-index";
import type { StoredObject } from "./object-record";
import type { ObjectWriter } from "./object-writer";

/** How often a file is read again that changes while it is read; then its next change tells of it. */
const mostReadings = 3;

/** What S3 calls an object whose type nobody said. */
const unknownType = "binary/octet-stream";

export interface IndexFileOptions {
  /** Do not count a file as put whose bytes are those the index knows, e.g. a folder restored from a backup. */
  readonly ignoreUntouchedBytes?: boolean;
}

/** Makes the files in the buckets' folders and the index agree: what people drop there, edit there and remove there. */
export class DroppedFiles {
  /** Files being read, so that each is indexed once however many ask. */
  private readonly reading = new Map<string, Promise<StoredObject | undefined>>();

  public constructor(
    private readonly buckets: Buckets,
    private readonly files: BucketFiles,
    private readonly index: ObjectIndex,
    private readonly writer: ObjectWriter,
    private readonly leftOut: LeftOutFiles,
  ) {}

  /**
   * Compares one file with the index: a new or edited one is a put, a missing one a delete, and one that the store
   * wrote itself is nothing. The file stays where it is. Resolves to the object where there is one now.
   */
  public async indexFile(
    bucket: string,
    key: string,
    options: IndexFileOptions = {},
  ): Promise<StoredObject | undefined> {
    const file = this.files.naturalFile(bucket, key);
    const running = this.reading.get(file);
    if (running) await running.catch(() => undefined);
    const reading = this.compare(bucket, key, options);
    this.reading.set(file, reading);
    try {
      return await reading;
    } finally {
      if (this.reading.get(file) === reading) this.reading.delete(file);
    }
  }

  /** Compares a bucket's whole folder with the index, e.g. for what happened while nobody watched. */
  public async reconcile(bucket: string): Promise<void> {
    const options = { ignoreUntouchedBytes: true };
    for await (const key of this.keysOnDisk(bucket, "")) await this.indexFile(bucket, key, options);
    for (const object of this.index.natural(bucket)) {
      if (!this.isUnchanged(object)) await this.indexFile(bucket, object.key, options);
    }
  }

  /** Whether the file of an object is still the one that the index knows. */
  public isUnchanged(object: StoredObject): boolean {
    if (object.file === undefined) return true;
    const stats = fs.lstatSync(this.files.absolute(object.file), { throwIfNoEntry: false });
    return stats !== undefined && stats.isFile() && matches(object, stats);
  }

  /** Whether the index has a file as it is: with this size and time, or, where `stats` is undefined, not at all. */
  public isKnown(bucket: string, key: string, stats: fs.Stats | undefined): boolean {
    const known = this.index.naturalFile(bucket, key);
    if (stats === undefined || known === undefined) return stats === known;
    return known.size === stats.size && known.modified === stats.mtimeMs;
  }

  /** Resolves once no file is being read; call it when nothing more will be reported. */
  public async settle(): Promise<void> {
    await Promise.allSettled(this.reading.values());
  }

  private async compare(bucket: string, key: string, options: IndexFileOptions): Promise<StoredObject | undefined> {
    if (!isNaturalKey(key) || !this.buckets.has(bucket)) return undefined;
    const file = this.files.naturalFile(bucket, key);
    for (let reading = 0; reading < mostReadings; reading += 1) {
      const stats = await lstat(this.files.absolute(file)).catch(() => undefined);
      const known = this.index.current(bucket, key);
      if (!this.buckets.has(bucket)) return undefined;
      if (!stats?.isFile()) {
        if (known?.isNatural && !fs.existsSync(this.files.absolute(file)))
          this.writer.forget(this.buckets.get(bucket), known);
        else if (known && !known.isDeleteMarker) return known;
        return undefined;
      }
      if (known?.isNatural && matches(known, stats)) return known;
      const eTag = await this.md5(file).catch(() => undefined);
      const after = fs.lstatSync(this.files.absolute(file), { throwIfNoEntry: false });
      if (eTag === undefined || !after || after.size !== stats.size || after.mtimeMs !== stats.mtimeMs) continue;
      return this.adopt(bucket, key, { file, size: after.size, fileModified: after.mtimeMs, eTag }, options);
    }
    return undefined;
  }

  /** Puts a file that lies in place into the index; the store may have put the same key while it was read. */
  private adopt(
    bucket: string,
    key: string,
    content: { file: string; size: number; fileModified: number; eTag: string },
    options: IndexFileOptions,
  ): StoredObject | undefined {
    if (!this.buckets.has(bucket)) return undefined;
    const known = this.index.current(bucket, key);
    if (known?.isNatural && known.size === content.size && known.fileModified === content.fileModified) return known;
    if (known?.isNatural && options.ignoreUntouchedBytes && known.eTag === content.eTag) {
      this.index.touch(known, content.fileModified);
      return known;
    }
    const kept = known?.isNatural ? known.details : { headers: { "content-type": unknownType }, metadata: {} };
    const details = { headers: kept.headers, metadata: kept.metadata, checksums: {} };
    return this.writer.put(this.buckets.get(bucket), key, { ...content, isInPlace: true }, details, "PutObject");
  }

  private async md5(file: string): Promise<string> {
    const handle = await open(this.files.absolute(file), fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    const hash = createHash("md5");
    for await (const chunk of handle.createReadStream({ highWaterMark: 256 * 1024 })) hash.update(chunk as Buffer);
    return hash.digest("hex");
  }

  private async *keysOnDisk(bucket: string, folder: string): AsyncGenerator<string> {
    const entries = await readdir(path.join(this.files.bucketFolder(bucket), folder), { withFileTypes: true });
    for (const entry of entries) {
      const key = folder === "" ? entry.name : `${folder}/${entry.name}`;
      this.leftOut.look(bucket, key, entry);
      if (!isNaturalName(entry.name)) continue;
      if (entry.isDirectory()) yield* this.keysOnDisk(bucket, key);
      else if (entry.isFile()) yield key;
    }
  }
}

function matches(object: StoredObject, stats: fs.Stats): boolean {
  return object.size === stats.size && (!object.isNatural || object.fileModified === stats.mtimeMs);
}
