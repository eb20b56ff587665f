import { DatabaseSync } from "node:sqlite";

/**
 * Opens the stack's one database, in which every service keeps its own tables. Write-ahead logging makes an
 * acknowledged change survive `kill -9` of this process; `synchronous = NORMAL` leaves a power cut at most the last
 * moments (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  return database;
}

/** Runs `work` in one transaction: all of it is kept, or, where it throws, nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
