import { randomBytes } from "node:crypto";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";

import type { Clock } from "../clock";
import { inTransaction } from "../database";
import type { BucketFiles, StagedFile } from "./bucket-files";
import type { ChecksumAlgorithm, Checksums, ChecksumType } from "./checksums";
import { noSuchUpload } from "./s3-errors";

/** How long a completed upload is remembered, in milliseconds: a day. */
const completedKept = 24 * 60 * 60 * 1000;

/** What the object will carry, as said when its upload in parts began. */
export interface UploadDetails {
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly algorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly details: UploadDetails;
}

export interface UploadedPart {
  readonly number: number;
  /** Without quotes. */
  readonly eTag: string;
  readonly size: number;
  readonly modified: number;
  readonly checksums: Checksums;
  /** Relative to the store's folder. */
  readonly file: string;
}

export interface UploadListOptions {
  readonly prefix?: string;
  readonly afterKey?: string;
  readonly afterUpload?: string;
}

/** Uploads in parts that are neither completed nor aborted. Each part is a file of its own until then. */
export class Uploads {
  private readonly statements: Record<
    | "find"
    | "insert"
    | "remove"
    | "part"
    | "putPart"
    | "parts"
    | "list"
    | "touch"
    | "touched"
    | "complete"
    | "completed"
    | "forgetCompleted",
    StatementSync
  >;

  public constructor(
    private readonly database: DatabaseSync,
    private readonly files: BucketFiles,
    private readonly clock: Clock,
  ) {
    this.statements = {
      find: database.prepare("SELECT * FROM s3_uploads WHERE id = ?"),
      insert: database.prepare("INSERT INTO s3_uploads (id, bucket, key, started, details) VALUES (?, ?, ?, ?, ?)"),
      remove: database.prepare("DELETE FROM s3_uploads WHERE id = ?"),
      part: database.prepare("SELECT * FROM s3_parts WHERE upload = ? AND number = ?"),
      putPart: database.prepare(
        `INSERT OR REPLACE INTO s3_parts (upload, number, etag, size, modified, checksums, file)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ),
      parts: database.prepare("SELECT * FROM s3_parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?"),
      touch: database.prepare(
        "INSERT OR IGNORE INTO s3_touched_uploads SELECT id FROM s3_uploads WHERE bucket = ? AND key = ?",
      ),
      touched: database.prepare("SELECT 1 FROM s3_touched_uploads WHERE id = ?"),
      complete: database.prepare("INSERT INTO s3_completed_uploads VALUES (?, ?, ?, ?, ?)"),
      completed: database.prepare("SELECT object FROM s3_completed_uploads WHERE id = ? AND bucket = ? AND key = ?"),
      forgetCompleted: database.prepare("DELETE FROM s3_completed_uploads WHERE completed < ?"),
      list: database.prepare(
        `SELECT * FROM s3_uploads WHERE bucket = ? AND substr(key, 1, length(?)) = ?
         AND (key > ? OR (key = ? AND id > ?)) ORDER BY key, id`,
      ),
    };
  }

  public create(bucket: string, key: string, details: UploadDetails): Upload {
    const upload = { id: randomBytes(48).toString("base64url"), bucket, key, started: this.clock.now(), details };
    this.statements.insert.run(upload.id, bucket, key, upload.started, JSON.stringify(details));
    return upload;
  }

  /** The upload `id` of this very key; throws NoSuchUpload. */
  public get(bucket: string, key: string, id: string): Upload {
    const row = this.statements.find.get(id);
    const upload = row && readUpload(row);
    if (!upload || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
    return upload;
  }

  /** Adds a part, in place of an earlier one of that number. */
  public putPart(upload: Upload, number: number, staged: StagedFile): UploadedPart {
    // The upload may have been aborted or completed while the part came in.
    this.get(upload.bucket, upload.key, upload.id);
    const former = this.statements.part.get(upload.id, number);
    const { md5: eTag, size, checksums, file } = staged;
    const modified = this.clock.now();
    this.statements.putPart.run(upload.id, number, eTag, size, modified, JSON.stringify(checksums), file);
    if (former) this.files.discard(String(former.file));
    return { number, eTag, size, modified, checksums, file };
  }

  /** Parts in the order of their numbers. */
  public parts(upload: Upload, after = 0, limit = 10_000): UploadedPart[] {
    return this.statements.parts.all(upload.id, after, limit).map(readPart);
  }

  /** Notes that a key was written or deleted: conditions of its unfinished uploads may no longer hold. */
  public touch(bucket: string, key: string): void {
    this.statements.touch.run(bucket, key);
  }

  /** Whether the key of an upload was written or deleted since the upload began. */
  public isTouched(upload: Upload): boolean {
    return this.statements.touched.get(upload.id) !== undefined;
  }

  /** Ends an upload that has become the object with the id `object`. */
  public complete(upload: Upload, object: number): void {
    const now = this.clock.now();
    const parts = this.parts(upload);
    inTransaction(this.database, () => {
      this.statements.remove.run(upload.id);
      this.statements.complete.run(upload.id, upload.bucket, upload.key, object, now);
      this.statements.forgetCompleted.run(now - completedKept);
    });
    for (const part of parts) this.files.discard(part.file);
  }

  /** The id of the object that a completed upload has become; undefined for any other upload. */
  public completedAs(bucket: string, key: string, id: string): number | undefined {
    const row = this.statements.completed.get(id, bucket, key);
    return row && Number(row.object);
  }

  /** Ends an upload and removes its parts. */
  public remove(upload: Upload): void {
    const parts = this.parts(upload);
    inTransaction(this.database, () => this.statements.remove.run(upload.id));
    for (const part of parts) this.files.discard(part.file);
  }

  /** Every unfinished upload of a bucket after a key and an upload, in the order of their keys. */
  public *list(bucket: string, { prefix = "", afterKey = "", afterUpload }: UploadListOptions): Generator<Upload> {
    // Without an upload to begin after, the whole of `afterKey` is over: nothing sorts after this.
    const id = afterUpload ?? "~";
    for (const row of this.statements.list.iterate(bucket, prefix, prefix, afterKey, afterKey, id))
      yield readUpload(row);
  }
}

function readUpload(row: Record<string, SQLOutputValue>): Upload {
  return {
    id: String(row.id),
    bucket: String(row.bucket),
    key: String(row.key),
    started: Number(row.started),
    details: JSON.parse(String(row.details)) as UploadDetails,
  };
}

function readPart(row: Record<string, SQLOutputValue>): UploadedPart {
  return {
    number: Number(row.number),
    eTag: String(row.etag),
    size: Number(row.size),
    modified: Number(row.modified),
    checksums: JSON.parse(String(row.checksums)) as Checksums,
    file: String(row.file),
  };
}
