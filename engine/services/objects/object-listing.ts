import type { DatabaseSync, StatementSync } from "node:sqlite";

import { readRow } from "./object-index";
import type { StoredObject } from "./object-record";

export interface ListOptions {
  readonly prefix?: string;
  readonly delimiter?: string;
  /** Begins after this key. */
  readonly after?: string;
  /** With `after`: begins after this version of that key. */
  readonly afterVersion?: string;
  /** Objects and common prefixes together; default 1000. */
  readonly limit?: number;
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  readonly commonPrefixes: readonly string[];
  /** The last key or common prefix of this page, to go on `after`; undefined when there is no more. */
  readonly next: string | undefined;
  /** The version of the last object, where versions are listed and a page ends on one. */
  readonly nextVersion: string | undefined;
}

/** The greatest character: no key that begins with a prefix sorts after that prefix and this, bar one nobody uses. */
const lastCharacter = "\u{10FFFF}";
const batchSize = 1000;

/** Where a listing stands: after `key`, and among the versions of `key` older than `olderThan`. */
interface Position {
  key: string;
  olderThan: number | undefined;
}

/** Lists keys in the order of their UTF-8 bytes, rolled up at a delimiter, a page at a time. */
export class ObjectListing {
  private readonly currentPage: StatementSync;
  private readonly versionPage: StatementSync;
  private readonly findVersion: StatementSync;

  public constructor(database: DatabaseSync) {
    const within = "bucket = ? AND key >= ? AND key < ?";
    this.currentPage = database.prepare(
      `SELECT * FROM s3_objects WHERE ${within} AND key > ? AND current = 1 AND marker = 0 ORDER BY key LIMIT ?`,
    );
    this.versionPage = database.prepare(
      `SELECT * FROM s3_objects WHERE ${within} AND key >= ? AND (key > ? OR id < ?) ORDER BY key, id DESC LIMIT ?`,
    );
    this.findVersion = database.prepare("SELECT id FROM s3_objects WHERE bucket = ? AND key = ? AND version = ?");
  }

  /** The current objects. */
  public list(bucket: string, options: ListOptions = {}): ObjectPage {
    return collect(options, { key: options.after ?? "", olderThan: undefined }, (position, limit) =>
      this.currentPage.all(bucket, ...bounds(options), position.key, limit).map(readRow),
    );
  }

  /** Every version and delete marker, the newest of each key first. */
  public listVersions(bucket: string, options: ListOptions = {}): ObjectPage {
    const { after = "", afterVersion } = options;
    const row = afterVersion === undefined ? undefined : this.findVersion.get(bucket, after, afterVersion);
    return collect(options, { key: after, olderThan: row && Number(row.id) }, ({ key, olderThan = 0 }, limit) =>
      this.versionPage.all(bucket, ...bounds(options), key, key, olderThan, limit).map(readRow),
    );
  }
}

function bounds({ prefix = "" }: ListOptions): [string, string] {
  return [prefix, prefix + lastCharacter.repeat(2)];
}

function collect(
  { prefix = "", delimiter = "", after = "", limit = 1000 }: ListOptions,
  start: Position,
  read: (position: Position, limit: number) => StoredObject[],
): ObjectPage {
  const objects: StoredObject[] = [];
  const commonPrefixes: string[] = [];
  let [next, nextVersion]: (string | undefined)[] = [undefined, undefined];
  const position = { ...start };
  const page = (more: boolean): ObjectPage =>
    more
      ? { objects, commonPrefixes, next, nextVersion }
      : { objects, commonPrefixes, next: undefined, nextVersion: undefined };
  if (limit === 0) return page(false);

  for (;;) {
    const batch = read(position, Math.min(limit - objects.length - commonPrefixes.length + 1, batchSize));
    if (batch.length === 0) return page(false);
    let rolled: string | undefined;
    for (const object of batch) {
      const cut = delimiter === "" ? -1 : object.key.indexOf(delimiter, prefix.length);
      rolled = cut < 0 ? undefined : object.key.slice(0, cut + delimiter.length);
      // A common prefix that a listing begins in was listed before, with all that it stands for.
      const isKnown = rolled !== undefined && (rolled === commonPrefixes.at(-1) || after.startsWith(rolled));
      if (!isKnown && objects.length + commonPrefixes.length === limit) return page(true);
      position.key = object.key;
      position.olderThan = object.id;
      if (rolled === undefined) objects.push(object);
      else if (!isKnown) commonPrefixes.push(rolled);
      [next, nextVersion] = rolled === undefined ? [object.key, object.versionId] : [rolled, undefined];
    }
    // What a common prefix stands for may be a million keys: they are stepped over, not read.
    if (rolled !== undefined && isBefore(position.key, rolled + lastCharacter)) {
      position.key = rolled + lastCharacter;
      position.olderThan = undefined;
    }
  }
}

function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
