import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";

import { AwsError } from "../protocol/message";
import type { ChecksumAlgorithm, Checksums } from "./checksums";
import { Digests } from "./checksums";
import { isNaturalKey } from "./key-path";
import { spend } from "../spent-buffers";
import { storageError } from "./s3-errors";

/** The most that one put or part may have, in bytes: 5 GiB. */
export const largestPut = 5 * 1024 ** 3;

/** The most that is read at once, in bytes: the memory for more costs as much as to stream it does. */
export const largestWhole = 256 * 1024;

/** What an object's bytes are taken from: a stream, or the whole of them. */
export type ByteSource = AsyncIterable<Buffer> | readonly Buffer[];

/** A body that was written in full, under a name that nobody else uses, and not yet part of any object. */
export interface StagedFile {
  /** Relative to the store's folder. */
  readonly file: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  readonly checksums: Checksums;
  /** Milliseconds, as the file system says. */
  readonly fileModified: number;
}

/**
 * The store's files: `buckets/<bucket>/<key>` for every object whose key can be a file's name, `objects/<bucket>/` for
 * former versions, parts, bodies on their way in, and keys that no file can be named by.
 */
export class BucketFiles {
  private readonly folder: string;

  public constructor(folder: string) {
    fs.mkdirSync(path.join(folder, "buckets"), { recursive: true });
    fs.mkdirSync(path.join(folder, "objects"), { recursive: true });
    // Without links in it, so that a path can be told to have left the folder.
    this.folder = fs.realpathSync.native(folder);
  }

  public makeFolders(bucket: string): void {
    fs.mkdirSync(this.bucketFolder(bucket), { recursive: true });
    fs.mkdirSync(path.join(this.folder, "objects", bucket), { recursive: true });
  }

  /** The folder that a person opens. */
  public bucketFolder(bucket: string): string {
    return path.join(this.folder, "buckets", bucket);
  }

  public bucketsFolder(): string {
    return path.join(this.folder, "buckets");
  }

  public absolute(file: string): string {
    return path.join(this.folder, file);
  }

  public naturalFile(bucket: string, key: string): string {
    return `buckets/${bucket}/${key}`;
  }

  public newHiddenFile(bucket: string): string {
    return `objects/${bucket}/${randomUUID()}`;
  }

  /**
   * Makes room for the file of `key` in its bucket's folder. False where it cannot lie there: the key is no file name,
   * something made by hand is in the way, or a link would lead out of the folder.
   */
  public makeRoom(bucket: string, key: string): boolean {
    if (!isNaturalKey(key)) return false;
    const target = this.absolute(this.naturalFile(bucket, key));
    const parent = path.dirname(target);
    try {
      fs.mkdirSync(parent, { recursive: true });
      if (fs.realpathSync.native(parent) !== parent) return false;
      return !fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory();
    } catch (error) {
      if (storageError(error) !== error) throw storageError(error);
      return false;
    }
  }

  /** Opens a file for reading, from byte `start` to and including `end`. */
  public stream(file: string, start: number, end: number): fs.ReadStream {
    return fs.createReadStream("", { fd: this.open(file), start, end, highWaterMark: 256 * 1024 });
  }

  /** Reads `length` bytes of a file at once. */
  public bytes(file: string, start: number, length: number): Buffer {
    const fd = this.open(file);
    try {
      const bytes = Buffer.allocUnsafe(length);
      const read = fs.readSync(fd, bytes, 0, length, start);
      if (read < length) throw new Error(`${file} was cut short while it was read`);
      return bytes;
    } finally {
      fs.closeSync(fd);
    }
  }

  private open(file: string): number {
    return fs.openSync(this.absolute(file), fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
  }

  /** Writes a body to the disk as it comes in, or, where it is there whole, at once. Nothing is left if that fails. */
  public async stage(
    bucket: string,
    source: ByteSource,
    algorithms: Iterable<ChecksumAlgorithm> = [],
    limit = largestPut,
  ): Promise<StagedFile> {
    const file = this.newHiddenFile(bucket);
    const digests = new Digests(algorithms);
    if (isWhole(source)) return this.stageWhole(file, source, digests, limit);
    let size = 0;
    try {
      const handle = await open(this.absolute(file), "wx");
      try {
        for await (const chunk of source) {
          size += chunk.length;
          if (size > limit) throw entityTooLarge(size, limit);
          digests.update(chunk);
          for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
          spend(chunk.length);
        }
        const { mtimeMs } = await handle.stat();
        return { file, size, fileModified: mtimeMs, ...digests.finish() };
      } finally {
        await handle.close();
      }
    } catch (error) {
      this.discard(file);
      throw storageError(error);
    }
  }

  private stageWhole(file: string, chunks: readonly Buffer[], digests: Digests, limit: number): StagedFile {
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    if (size > limit) throw entityTooLarge(size, limit);
    try {
      const fd = fs.openSync(this.absolute(file), "wx");
      try {
        writeAll(fd, chunks, size);
        const { mtimeMs } = fs.fstatSync(fd);
        for (const chunk of chunks) digests.update(chunk);
        spend(size);
        return { file, size, fileModified: mtimeMs, ...digests.finish() };
      } finally {
        fs.closeSync(fd);
      }
    } catch (error) {
      this.discard(file);
      throw storageError(error);
    }
  }

  /** Removes a staged body or part that came to nothing. */
  public discard(file: string): void {
    fs.rmSync(this.absolute(file), { force: true });
  }

  /** Removes what is in `objects/<bucket>` and not in `known`: bodies that a crash cut off. */
  public sweep(bucket: string, known: ReadonlySet<string>): void {
    for (const name of fs.readdirSync(this.absolute(`objects/${bucket}`))) {
      if (!known.has(`objects/${bucket}/${name}`)) this.discard(`objects/${bucket}/${name}`);
    }
  }

  /** Removes a bucket's folders with all that is in them. */
  public removeFolders(bucket: string): void {
    fs.rmSync(path.join(this.folder, "objects", bucket), { recursive: true, force: true });
    fs.rmSync(this.bucketFolder(bucket), { recursive: true, force: true });
  }

  /** Whether there is no file in a bucket's folder that a person would miss. */
  public isEmpty(bucket: string): boolean {
    return fs
      .readdirSync(this.bucketFolder(bucket), { recursive: true, withFileTypes: true })
      .every((entry) => entry.isDirectory() || entry.name === ".DS_Store" || entry.name === "Thumbs.db");
  }
}

function isWhole(source: ByteSource): source is readonly Buffer[] {
  return Array.isArray(source);
}

/** Writes at once what was received in pieces; the system may take less than it was given. */
function writeAll(fd: number, chunks: readonly Buffer[], size: number): void {
  const written = chunks.length === 0 ? 0 : fs.writevSync(fd, chunks);
  if (written === size) return;
  const rest = Buffer.concat(chunks).subarray(written);
  for (let at = 0; at < rest.length;) at += fs.writeSync(fd, rest, at);
}

/** S3's error for a body over `limit` bytes. */
export function entityTooLarge(size: number, limit: number): AwsError {
  const details = { ProposedSize: String(size), MaxSizeAllowed: String(limit) };
  return new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, details);
}
