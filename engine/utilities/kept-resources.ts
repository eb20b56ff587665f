import type { DatabaseSync } from "node:sqlite";
import { randomBytes, createHash } from "node:crypto";
import type { Properties } from "../graph/resource";

/** A resource that was made once, and is the same in every later run. */
export interface KeptResource {
  /** What it was made of; another one is made where this changes. */
  readonly key: string;
  readonly id: string;
  readonly outputs: Properties;
}

/** Where resources are kept whose outputs do not follow from their inputs, by URN. */
export interface KeptResources {
  get(urn: string): KeptResource | undefined;
  set(urn: string, kept: KeptResource): void;
  delete(urn: string): void;
  all(): readonly (readonly [urn: string, kept: KeptResource])[];
  /** Bytes for what is random about a resource. */
  bytes(urn: string, count: number): Buffer;
  /** When a resource is made, in milliseconds since the epoch. */
  now(): number;
}

interface Row {
  readonly key: string;
  readonly id: string;
  readonly outputs: string;
}

/** Keeps resources in the stack's database, and makes them of true random bytes. */
export function keptInDatabase(database: DatabaseSync): KeptResources {
  database.exec(
    "CREATE TABLE IF NOT EXISTS kept_resources (urn TEXT PRIMARY KEY, key TEXT NOT NULL, id TEXT NOT NULL, outputs TEXT NOT NULL) STRICT",
  );
  const select = database.prepare("SELECT key, id, outputs FROM kept_resources WHERE urn = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO kept_resources (urn, key, id, outputs) VALUES (?, ?, ?, ?)");
  const selectAll = database.prepare("SELECT urn, key, id, outputs FROM kept_resources ORDER BY rowid DESC");
  const remove = database.prepare("DELETE FROM kept_resources WHERE urn = ?");
  const kept = ({ key, id, outputs }: Row): KeptResource => ({ key, id, outputs: JSON.parse(outputs) as Properties });
  return {
    get(urn) {
      const row = select.get(urn) as Row | undefined;
      return row && kept(row);
    },
    all: () => (selectAll.all() as unknown as (Row & { readonly urn: string })[]).map((row) => [row.urn, kept(row)]),
    set: (urn, { key, id, outputs }) => void insert.run(urn, key, id, JSON.stringify(outputs)),
    delete: (urn) => void remove.run(urn),
    bytes: (_urn, count) => randomBytes(count),
    now: () => Date.now(),
  };
}

/** When everything is made in a recording. */
const recordingTime = Date.UTC(2000, 0, 1);

/**
 * Keeps nothing: for a program that is only recorded. What is random follows from the URN, and the time stands still, so
 * that two recordings of a program are the same; but for key pairs, which comparisons know by name.
 */
export function notKept(): KeptResources {
  return {
    get: () => undefined,
    all: () => [],
    set: () => undefined,
    delete: () => undefined,
    bytes: bytesOf,
    now: () => recordingTime,
  };
}

/** As many bytes as are wanted, always the same for the same text. */
export function bytesOf(seed: string, count: number): Buffer {
  return createHash("shake256", { outputLength: Math.max(1, count) })
    .update(seed)
    .digest()
    .subarray(0, count);
}
