import { randomUUID } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../clock";
import type { EngineEvents } from "../engine-events";

/** A message that was given up. */
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  /** Why, e.g. `RetriesExhausted`. */
  readonly reason: string;
  /** The name of the handler, rule or queue that gave it up. */
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Where services put what they could not get processed. */
export interface DeadLetterSink {
  send(queueArn: string, body: string, cause: { reason: string; source: string }): void | Promise<void>;
}

/** Keeps what was given up, by the ARN of its dead-letter queue, in the stack's database. */
export class DeadLetters implements DeadLetterSink {
  private readonly insert: StatementSync;
  private readonly select: StatementSync;
  private readonly total: StatementSync;

  public constructor(
    database: DatabaseSync,
    private readonly clock: Clock,
    private readonly events: EngineEvents,
  ) {
    database.exec(`CREATE TABLE IF NOT EXISTS dead_letters (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL,
      reason TEXT NOT NULL, source TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS dead_letters_by_queue ON dead_letters (queue, sequence);`);
    this.insert = database.prepare(
      "INSERT INTO dead_letters (id, queue, body, reason, source, time) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.select = database.prepare(
      "SELECT id, body, reason, source, time FROM dead_letters WHERE queue = ? ORDER BY sequence LIMIT ?",
    );
    this.total = database.prepare("SELECT COUNT(*) AS count FROM dead_letters WHERE queue = ?");
  }

  /** Keeps `body`; it is on disk when this returns. */
  public send(queueArn: string, body: string, cause: { reason: string; source: string }): void {
    this.insert.run(randomUUID(), queueArn, body, cause.reason, cause.source, this.clock.now());
    this.events.emit({ type: "dead-letter", name: cause.source, reason: cause.reason });
  }

  /** The oldest `limit` (default 1000) letters of a queue. */
  public messages(queueArn: string, limit = 1000): DeadLetter[] {
    return this.select.all(queueArn, limit).map((row) => ({
      id: String(row["id"]),
      body: String(row["body"]),
      reason: String(row["reason"]),
      source: String(row["source"]),
      time: Number(row["time"]),
    }));
  }

  public count(queueArn: string): number {
    return Number(this.total.get(queueArn)?.["count"] ?? 0);
  }
}
