import type { DatabaseSync } from "node:sqlite";

/**
 * The object store's tables. SQLite compares text byte by byte in UTF-8, which is the order that S3 lists keys in.
 *
 * `file` is where an object's bytes are, relative to the store's folder. `folded` is the key without case and accents'
 * spelling, for objects that are files under their own name. `file_modified` (milliseconds) tells an edit by hand.
 *
 * `s3_touched_uploads` are those during which their key was written or deleted. `s3_completed_uploads` are remembered
 * with the id of the object that they made, for clients that complete an upload again since they saw no answer.
 */
export function createTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS s3_buckets (
      name TEXT PRIMARY KEY, created INTEGER NOT NULL, settings TEXT NOT NULL) STRICT;

    CREATE TABLE IF NOT EXISTS s3_objects (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      bucket TEXT NOT NULL REFERENCES s3_buckets (name) ON DELETE CASCADE,
      key TEXT NOT NULL, version TEXT NOT NULL, current INTEGER NOT NULL, marker INTEGER NOT NULL,
      size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL, details TEXT NOT NULL,
      file TEXT, folded TEXT, file_modified REAL) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS s3_objects_version ON s3_objects (bucket, key, version);
    CREATE UNIQUE INDEX IF NOT EXISTS s3_objects_current ON s3_objects (bucket, key) WHERE current = 1;
    CREATE INDEX IF NOT EXISTS s3_objects_order ON s3_objects (bucket, key, id);
    CREATE INDEX IF NOT EXISTS s3_objects_folded ON s3_objects (bucket, folded) WHERE folded IS NOT NULL;

    CREATE TABLE IF NOT EXISTS s3_moves (
      id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, source TEXT NOT NULL, target TEXT) STRICT;

    CREATE TABLE IF NOT EXISTS s3_uploads (
      id TEXT PRIMARY KEY, bucket TEXT NOT NULL REFERENCES s3_buckets (name) ON DELETE CASCADE,
      key TEXT NOT NULL, started INTEGER NOT NULL, details TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS s3_uploads_key ON s3_uploads (bucket, key, started);
    CREATE TABLE IF NOT EXISTS s3_parts (
      upload TEXT NOT NULL REFERENCES s3_uploads (id) ON DELETE CASCADE,
      number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
      checksums TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (upload, number)) STRICT;

    CREATE TABLE IF NOT EXISTS s3_touched_uploads (
      id TEXT PRIMARY KEY REFERENCES s3_uploads (id) ON DELETE CASCADE) STRICT;
    CREATE TABLE IF NOT EXISTS s3_completed_uploads (
      id TEXT PRIMARY KEY, bucket TEXT NOT NULL REFERENCES s3_buckets (name) ON DELETE CASCADE,
      key TEXT NOT NULL, object INTEGER NOT NULL, completed INTEGER NOT NULL) STRICT;

    CREATE TABLE IF NOT EXISTS s3_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT;
  `);
}
