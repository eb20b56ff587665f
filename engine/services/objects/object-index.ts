import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";

import { foldersOf, foldKey } from "./key-path";
import type { ObjectDetails, StoredObject } from "./object-record";

/** A version to be added; the index gives it its `id`. */
export type NewObject = Omit<StoredObject, "id">;

/** The greatest character: nothing that starts with a text sorts after that text and this. */
const lastCharacter = "\u{10FFFF}";

/** Which objects there are, and where their bytes lie: the rows of `s3_objects`. */
export class ObjectIndex {
  private readonly statements: Record<
    | "current"
    | "version"
    | "newest"
    | "byId"
    | "naturalFile"
    | "insert"
    | "remove"
    | "place"
    | "promote"
    | "demote"
    | "touch"
    | "setDetails"
    | "any"
    | "spelled"
    | "under",
    StatementSync
  >;

  public constructor(private readonly database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => database.prepare(sql);
    this.statements = {
      current: prepare("SELECT * FROM s3_objects WHERE bucket = ? AND key = ? AND current = 1"),
      version: prepare("SELECT * FROM s3_objects WHERE bucket = ? AND key = ? AND version = ?"),
      newest: prepare("SELECT * FROM s3_objects WHERE bucket = ? AND key = ? ORDER BY id DESC LIMIT 1"),
      byId: prepare("SELECT * FROM s3_objects WHERE id = ?"),
      naturalFile: prepare(
        `SELECT size, file_modified FROM s3_objects
         WHERE bucket = ? AND key = ? AND current = 1 AND folded IS NOT NULL`,
      ),
      insert: prepare(
        `INSERT INTO s3_objects (bucket, key, version, current, marker, size, etag, modified, details, file, folded,
           file_modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      remove: prepare("DELETE FROM s3_objects WHERE id = ?"),
      place: prepare("UPDATE s3_objects SET current = ?, file = ?, folded = ? WHERE id = ?"),
      promote: prepare("UPDATE s3_objects SET current = 1 WHERE id = ?"),
      demote: prepare("UPDATE s3_objects SET current = 0 WHERE id = ?"),
      touch: prepare("UPDATE s3_objects SET file_modified = ? WHERE id = ?"),
      setDetails: prepare("UPDATE s3_objects SET details = ? WHERE id = ?"),
      any: prepare("SELECT 1 FROM s3_objects WHERE bucket = ? LIMIT 1"),
      spelled: prepare("SELECT key FROM s3_objects WHERE bucket = ? AND folded = ? AND key <> ? LIMIT 1"),
      under: prepare("SELECT key FROM s3_objects WHERE bucket = ? AND folded > ? AND folded < ? LIMIT 1"),
    };
  }

  /** The current version, which may be a delete marker. */
  public current(bucket: string, key: string): StoredObject | undefined {
    return readObject(this.statements.current.get(bucket, key));
  }

  public version(bucket: string, key: string, versionId: string): StoredObject | undefined {
    return readObject(this.statements.version.get(bucket, key, versionId));
  }

  public byId(id: number): StoredObject | undefined {
    return readObject(this.statements.byId.get(id));
  }

  /** The version added last. */
  public newest(bucket: string, key: string): StoredObject | undefined {
    return readObject(this.statements.newest.get(bucket, key));
  }

  public insert(object: NewObject): StoredObject {
    const { lastInsertRowid } = this.statements.insert.run(
      object.bucket,
      object.key,
      object.versionId,
      Number(object.isCurrent),
      Number(object.isDeleteMarker),
      object.size,
      object.eTag,
      object.modified,
      JSON.stringify(object.details),
      object.file ?? null,
      object.isNatural ? foldKey(object.key) : null,
      object.fileModified,
    );
    return { ...object, id: Number(lastInsertRowid) };
  }

  public remove(object: StoredObject): void {
    this.statements.remove.run(object.id);
  }

  /** Makes the version current or not, with its bytes at `file`. */
  public place(object: StoredObject, isCurrent: boolean, file: string, isNatural: boolean): void {
    this.statements.place.run(Number(isCurrent), file, isNatural ? foldKey(object.key) : null, object.id);
  }

  /** Makes a delete marker the current version. */
  public promote(object: StoredObject): void {
    this.statements.promote.run(object.id);
  }

  /** Makes a delete marker a former version. */
  public demote(object: StoredObject): void {
    this.statements.demote.run(object.id);
  }

  /** Notes when the file of an object was last written. */
  public touch(object: StoredObject, fileModified: number): void {
    this.statements.touch.run(fileModified, object.id);
  }

  /** Replaces what an object carries besides its bytes. */
  public setDetails(object: StoredObject, details: ObjectDetails): void {
    this.statements.setDetails.run(JSON.stringify(details), object.id);
  }

  public isEmpty(bucket: string): boolean {
    return this.statements.any.get(bucket) === undefined;
  }

  /** The objects of a bucket that are files under their own names, in the order of their keys. */
  public *natural(bucket: string): Generator<StoredObject> {
    const page = this.database.prepare(
      "SELECT * FROM s3_objects WHERE bucket = ? AND current = 1 AND folded IS NOT NULL AND key > ? ORDER BY key LIMIT 500",
    );
    for (let after = ""; ;) {
      const rows = page.all(bucket, after).map(readRow);
      yield* rows;
      const last = rows.at(-1);
      if (!last) return;
      after = last.key;
    }
  }

  /** The size, and the time in milliseconds, of the file under a key's own name; undefined where there is none. */
  public naturalFile(bucket: string, key: string): { size: number; modified: number } | undefined {
    const row = this.statements.naturalFile.get(bucket, key);
    return row && { size: Number(row.size), modified: Number(row.file_modified) };
  }

  /** The keys of those objects in a folder of a bucket. */
  public naturalKeysIn(bucket: string, folder: string): string[] {
    const prefix = folder === "" ? "" : `${folder}/`;
    const rows = this.database
      .prepare(
        `SELECT key FROM s3_objects
         WHERE bucket = ? AND key >= ? AND key < ? AND current = 1 AND folded IS NOT NULL`,
      )
      .all(bucket, prefix, prefix + lastCharacter);
    return rows.map((row) => String(row.key));
  }

  /** Every file that an object or a part of an upload has its bytes in, under `objects/<bucket>/`. */
  public hiddenFiles(bucket: string): Set<string> {
    const rows = this.database
      .prepare(
        `SELECT file FROM s3_objects WHERE bucket = ? AND file IS NOT NULL AND folded IS NULL
         UNION ALL SELECT p.file FROM s3_parts p JOIN s3_uploads u ON u.id = p.upload WHERE u.bucket = ?`,
      )
      .all(bucket, bucket);
    return new Set(rows.map((row) => String(row.file)));
  }

  /**
   * Whether the file of a key can be told from those of the others, also by a disk that ignores case: none is spelled
   * alike, none is a folder of this name, and no folder of this key is a file or spelled otherwise. Of what lies under
   * a folder one object is enough to ask, as the others passed this same test.
   */
  public hasOwnName(bucket: string, key: string): boolean {
    const folded = foldKey(key);
    if (this.statements.spelled.get(bucket, folded, key)) return false;
    if (this.statements.under.get(bucket, folded + "/", folded + "/" + lastCharacter)) return false;
    return foldersOf(key).every((folder) => {
      const foldedFolder = foldKey(folder);
      if (this.statements.spelled.get(bucket, foldedFolder, "")) return false;
      const inside = this.statements.under.get(bucket, foldedFolder + "/", foldedFolder + "/" + lastCharacter);
      return inside === undefined || String(inside.key).startsWith(folder + "/");
    });
  }
}

export function readRow(row: Record<string, SQLOutputValue>): StoredObject {
  return {
    id: Number(row.id),
    bucket: String(row.bucket),
    key: String(row.key),
    versionId: String(row.version),
    isCurrent: row.current === 1,
    isDeleteMarker: row.marker === 1,
    size: Number(row.size),
    eTag: String(row.etag),
    modified: Number(row.modified),
    details: JSON.parse(String(row.details)) as ObjectDetails,
    file: row.file === null ? undefined : String(row.file),
    isNatural: row.folded !== null,
    fileModified: Number(row.file_modified),
  };
}

function readObject(row: Record<string, SQLOutputValue> | undefined): StoredObject | undefined {
  return row && readRow(row);
}
