import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

import type { Clock } from "../clock";
import { inTransaction } from "../database";
import type { BucketFiles } from "./bucket-files";
import type { BucketRecord } from "./buckets";
import type { FileMoves } from "./file-moves";
import { checkWriteCondition, type WriteCondition } from "./write-condition";
import type { ObjectIndex } from "./object-index";
import type { ObjectDetails, ObjectEvent, ObjectEventReason, StoredObject } from "./object-record";
import type { Outbox } from "./outbox";
import { storageError } from "./s3-errors";
import type { Uploads } from "./uploads";

/** The bytes that become an object: in a staged file, or already in place where a person put them. */
export interface NewContent {
  readonly file: string;
  readonly size: number;
  readonly eTag: string;
  readonly fileModified: number;
  readonly isInPlace?: boolean;
}

/** What a delete did, as S3's headers tell it. */
export interface Deletion {
  /** The version that was removed for good, or the delete marker that was added. */
  readonly object: StoredObject | undefined;
  readonly isMarkerCreated: boolean;
}

/**
 * Makes a body the current version of a key, or deletes one. Each method runs in one turn of the event loop, so nobody
 * sees a change half made: the transaction, the renames, then the event.
 */
export class ObjectWriter {
  public constructor(
    private readonly database: DatabaseSync,
    private readonly index: ObjectIndex,
    private readonly files: BucketFiles,
    private readonly moves: FileMoves,
    private readonly outbox: Outbox,
    private readonly uploads: Uploads,
    private readonly clock: Clock,
  ) {}

  public put(
    bucket: BucketRecord,
    key: string,
    content: NewContent,
    details: ObjectDetails,
    reason: ObjectEventReason,
    condition: WriteCondition = {},
  ): StoredObject {
    return this.change(() => {
      const previous = this.index.current(bucket.name, key);
      checkWriteCondition(key, previous, condition);
      this.uploads.touch(bucket.name, key);
      const natural = this.files.naturalFile(bucket.name, key);
      const isNatural =
        content.isInPlace === true ||
        (this.index.hasOwnName(bucket.name, key) && this.files.makeRoom(bucket.name, key));
      const versionId = this.retire(bucket, key, previous, isNatural ? natural : undefined, content.isInPlace === true);
      const object = this.index.insert({
        bucket: bucket.name,
        key,
        versionId,
        isCurrent: true,
        isDeleteMarker: false,
        size: content.size,
        eTag: content.eTag,
        modified: this.clock.now(),
        details,
        file: isNatural ? natural : content.file,
        isNatural,
        fileModified: content.fileModified,
      });
      if (isNatural && !content.isInPlace) this.moves.planPlace(content.file, natural);
      const { size, eTag } = content;
      return { result: object, event: this.announce(bucket, object, "put", { size, eTag, reason }) };
    });
  }

  /** Deletes a key, or, with a version, that version for good. What is not there is deleted already. */
  public delete(
    bucket: BucketRecord,
    key: string,
    versionId: string | undefined,
    reason: ObjectEventReason,
    condition: WriteCondition = {},
  ): Deletion {
    return this.change<Deletion>(() => {
      const current = this.index.current(bucket.name, key);
      checkWriteCondition(key, current, condition);
      this.uploads.touch(bucket.name, key);
      if (versionId !== undefined || bucket.versioning === undefined) {
        const object = this.index.version(bucket.name, key, versionId ?? "null");
        if (!object) return { result: { object, isMarkerCreated: false }, event: undefined };
        this.index.remove(object);
        if (object.file !== undefined) this.moves.planRemove(object.file);
        if (object.isCurrent) this.promoteNewest(object);
        const announced = { reason, deletionType: "Permanently Deleted" } as const;
        return {
          result: { object, isMarkerCreated: false },
          event: this.announce(bucket, object, "delete", announced),
        };
      }
      const object = this.addMarker(bucket, key, current);
      const announced = { reason, deletionType: "Delete Marker Created" } as const;
      return { result: { object, isMarkerCreated: true }, event: this.announce(bucket, object, "delete", announced) };
    });
  }

  /** Takes note that the file of an object was removed by hand. */
  public forget(bucket: BucketRecord, object: StoredObject): void {
    this.change(() => {
      this.index.remove(object);
      const marker = bucket.versioning === undefined ? undefined : this.addMarker(bucket, object.key, undefined);
      const deletionType = marker ? "Delete Marker Created" : "Permanently Deleted";
      const event = this.announce(bucket, marker ?? object, "delete", { reason: "DeleteObject", deletionType });
      return { result: undefined, event };
    });
  }

  private change<T>(work: () => { result: T; event: ObjectEvent | undefined }): T {
    try {
      const { result, event } = inTransaction(this.database, work);
      this.moves.carryOut();
      if (event) this.outbox.send(event);
      return result;
    } catch (error) {
      this.moves.cancel();
      throw storageError(error);
    }
  }

  /**
   * Makes the current version a former one, or, where the bucket keeps no versions, removes what the new one replaces.
   * Returns the new one's version. `taken` is the file that the new one will have; `isOverwritten` says that it lies
   * there already, and so the bytes of what was there are lost.
   */
  private retire(
    bucket: BucketRecord,
    key: string,
    previous: StoredObject | undefined,
    taken: string | undefined,
    isOverwritten: boolean,
  ): string {
    const versionId = bucket.versioning === "Enabled" ? newVersionId() : "null";
    const replaced = this.index.version(bucket.name, key, versionId);
    if (replaced) {
      this.index.remove(replaced);
      if (replaced.file !== undefined && replaced.file !== taken) this.moves.planRemove(replaced.file);
    }
    if (!previous || previous.id === replaced?.id) return versionId;
    if (previous.isNatural && isOverwritten) this.index.remove(previous);
    else this.demote(previous);
    return versionId;
  }

  private demote(previous: StoredObject): void {
    if (previous.file === undefined) {
      this.index.demote(previous);
      return;
    }
    const hidden = previous.isNatural ? this.files.newHiddenFile(previous.bucket) : previous.file;
    if (previous.isNatural) this.moves.planKeep(previous.file, hidden);
    this.index.place(previous, false, hidden, false);
  }

  private addMarker(bucket: BucketRecord, key: string, current: StoredObject | undefined): StoredObject {
    const versionId = this.retire(bucket, key, current, undefined, false);
    return this.index.insert({
      bucket: bucket.name,
      key,
      versionId,
      isCurrent: true,
      isDeleteMarker: true,
      size: 0,
      eTag: "",
      modified: this.clock.now(),
      details: { headers: {}, metadata: {}, checksums: {} },
      file: undefined,
      isNatural: false,
      fileModified: 0,
    });
  }

  private promoteNewest({ bucket, key }: StoredObject): void {
    const newest = this.index.newest(bucket, key);
    if (!newest) return;
    if (newest.file === undefined) {
      this.index.promote(newest);
      return;
    }
    const natural = this.files.naturalFile(bucket, key);
    const isNatural = this.index.hasOwnName(bucket, key) && this.files.makeRoom(bucket, key);
    if (isNatural) this.moves.planPlace(newest.file, natural);
    this.index.place(newest, true, isNatural ? natural : newest.file, isNatural);
  }

  private announce(
    bucket: BucketRecord,
    object: StoredObject,
    type: ObjectEvent["type"],
    rest: Pick<ObjectEvent, "reason" | "size" | "eTag" | "deletionType">,
  ): ObjectEvent | undefined {
    if (!bucket.settings.publishEvents) return undefined;
    const versionId = bucket.versioning === undefined ? undefined : object.versionId;
    const time = this.clock.now();
    return this.outbox.add({ type, bucket: bucket.name, key: object.key, ...rest, versionId, time });
  }
}

/** 32 characters that no address needs to escape, as S3's are. */
function newVersionId(): string {
  return randomBytes(24).toString("base64url");
}
