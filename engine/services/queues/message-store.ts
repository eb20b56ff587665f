import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { MessageAttributes } from "./message-attributes";
import type { NewMessage, QueueMessage } from "./queue-message";

/**
 * The messages of all queues, in the stack's database: they are never held in memory, so that a large backlog costs
 * neither memory nor time at the start. What a FIFO queue can receive next is kept by group: a group stands in
 * `queue_groups` with the time at which its first message can be received.
 *
 * Statements are prepared once; each change is made inside a transaction of the caller's.
 */
export class MessageStore {
  private readonly statements;

  public constructor(database: DatabaseSync) {
    database.exec(`
      CREATE TABLE IF NOT EXISTS queue_messages (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, visible_at INTEGER NOT NULL,
        received INTEGER NOT NULL DEFAULT 0, token INTEGER NOT NULL DEFAULT 0, by_mapping INTEGER NOT NULL DEFAULT 0,
        sent_at INTEGER NOT NULL, first_received_at INTEGER, id TEXT NOT NULL, sender TEXT NOT NULL, group_id TEXT,
        deduplication_id TEXT, trace TEXT, source TEXT, attributes TEXT, body TEXT NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS queue_messages_by_visibility ON queue_messages (queue, visible_at);
      CREATE INDEX IF NOT EXISTS queue_messages_by_age ON queue_messages (queue, sent_at);
      CREATE INDEX IF NOT EXISTS queue_messages_received ON queue_messages (queue, visible_at) WHERE received > 0;
      CREATE INDEX IF NOT EXISTS queue_messages_by_group ON queue_messages (queue, group_id, sequence)
        WHERE group_id IS NOT NULL;
      CREATE TABLE IF NOT EXISTS queue_groups (queue INTEGER NOT NULL, name TEXT NOT NULL, due INTEGER NOT NULL,
        PRIMARY KEY (queue, name)) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS queue_groups_by_due ON queue_groups (queue, due);
      CREATE TABLE IF NOT EXISTS queue_deduplication (queue INTEGER NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL,
        message_id TEXT NOT NULL, sequence INTEGER NOT NULL, expires INTEGER NOT NULL,
        PRIMARY KEY (queue, scope, key)) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS queue_deduplication_by_age ON queue_deduplication (expires);`);
    const prepare = (sql: string) => database.prepare(sql);
    const all = "queue_messages";
    this.statements = {
      insert: prepare(`INSERT INTO ${all} (queue, visible_at, sent_at, id, sender, group_id, deduplication_id, trace,
        attributes, body, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      ready: prepare(`SELECT * FROM ${all} WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, sequence LIMIT ?`),
      readyGroups: prepare(`SELECT name FROM queue_groups WHERE queue = ? AND due <= ? ORDER BY due LIMIT ?`),
      ofGroup: prepare(`SELECT * FROM ${all} WHERE queue = ? AND group_id = ? ORDER BY sequence LIMIT ?`),
      firstOfGroup: prepare(`SELECT visible_at FROM ${all} WHERE queue = ? AND group_id = ?
        ORDER BY sequence LIMIT 1`),
      take: prepare(`UPDATE ${all} SET visible_at = ?, received = received + 1, token = ?, by_mapping = ?,
        first_received_at = COALESCE(first_received_at, ?) WHERE sequence = ?`),
      byReceipt: prepare(`SELECT visible_at, group_id FROM ${all} WHERE sequence = ? AND queue = ? AND token = ?`),
      bySequence: prepare(`SELECT * FROM ${all} WHERE sequence = ? AND queue = ?`),
      remove: prepare(`DELETE FROM ${all} WHERE sequence = ?`),
      show: prepare(`UPDATE ${all} SET visible_at = ? WHERE sequence = ?`),
      giveBack: prepare(`UPDATE ${all} SET visible_at = ?, received = received - 1, token = 0 WHERE sequence = ?`),
      exhausted: prepare(`SELECT sequence, group_id FROM ${all} WHERE queue = ? AND received > 0 AND visible_at <= ?
        AND received >= ? ORDER BY sequence`),
      nextExhausted: prepare(`SELECT MIN(visible_at) AS time FROM ${all} WHERE queue = ? AND received > 0
        AND visible_at > ? AND received >= ?`),
      move: prepare(`UPDATE ${all} SET queue = ?, visible_at = ?, sent_at = COALESCE(?, sent_at), source = ?, token = 0,
        by_mapping = 0 WHERE sequence = ?`),
      interrupted: prepare(`SELECT sequence, group_id FROM ${all} WHERE queue = ? AND received > 0 AND visible_at > ?
        AND by_mapping = 1`),
      expired: prepare(`SELECT sequence, group_id FROM ${all} WHERE queue = ? AND sent_at <= ? LIMIT 1000`),
      oldest: prepare(`SELECT MIN(sent_at) AS time FROM ${all} WHERE queue = ?`),
      nextVisible: prepare(`SELECT MIN(visible_at) AS time FROM ${all} WHERE queue = ? AND visible_at > ?`),
      nextGroup: prepare(`SELECT MIN(due) AS time FROM queue_groups WHERE queue = ? AND due > ?`),
      count: prepare(`SELECT COUNT(*) AS count FROM ${all} WHERE queue = ?`),
      countWaiting: prepare(`SELECT COUNT(*) AS count FROM ${all} WHERE queue = ? AND visible_at <= ?`),
      countWaitingUpTo: prepare(`SELECT COUNT(*) AS count FROM (SELECT 1 FROM ${all} WHERE queue = ? AND visible_at <= ?
        LIMIT ?)`),
      countInFlight: prepare(
        `SELECT COUNT(*) AS count FROM ${all} WHERE queue = ? AND received > 0 AND visible_at > ?`,
      ),
      peek: prepare(`SELECT * FROM ${all} WHERE queue = ? ORDER BY sequence LIMIT ?`),
      sequences: prepare(`SELECT sequence FROM ${all} WHERE queue = ? ORDER BY sequence LIMIT ?`),
      clear: prepare(`DELETE FROM ${all} WHERE queue = ?`),
      clearGroups: prepare(`DELETE FROM queue_groups WHERE queue = ?`),
      clearDeduplication: prepare(`DELETE FROM queue_deduplication WHERE queue = ?`),
      addGroup: prepare(`INSERT INTO queue_groups (queue, name, due) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`),
      setGroup: prepare(`INSERT INTO queue_groups (queue, name, due) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET due = excluded.due`),
      removeGroup: prepare(`DELETE FROM queue_groups WHERE queue = ? AND name = ?`),
      findDuplicate: prepare(`SELECT message_id, sequence FROM queue_deduplication
        WHERE queue = ? AND scope = ? AND key = ? AND expires > ?`),
      rememberDuplicate: prepare(`INSERT INTO queue_deduplication (queue, scope, key, message_id, sequence, expires)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET message_id = excluded.message_id,
        sequence = excluded.sequence, expires = excluded.expires`),
      forgetDuplicates: prepare(`DELETE FROM queue_deduplication WHERE expires <= ?`),
    };
  }

  /** Adds a message; returns its sequence. */
  public insert(queue: number, id: string, message: NewMessage, sentAt: number, visibleAt: number): number {
    const { body, attributes, senderId, group, deduplicationId, traceHeader } = message;
    const { lastInsertRowid } = this.statements.insert.run(
      ...[queue, visibleAt, sentAt, id, senderId, group ?? null, deduplicationId ?? null, traceHeader ?? null],
      ...[attributes === undefined ? null : JSON.stringify(attributes), body, null],
    );
    return Number(lastInsertRowid);
  }

  /** The messages that can be received now, the ones that have waited longest first. */
  public ready(queue: number, now: number, limit: number): QueueMessage[] {
    return this.statements.ready.all(queue, now, limit).map(messageOf);
  }

  /** The groups whose first message can be received now, the ones that have waited longest first. */
  public readyGroups(queue: number, now: number, limit: number): string[] {
    return this.statements.readyGroups.all(queue, now, limit).map((row) => String(row["name"]));
  }

  /** A group's first messages, in their order. */
  public ofGroup(queue: number, group: string, limit: number): QueueMessage[] {
    return this.statements.ofGroup.all(queue, group, limit).map(messageOf);
  }

  /** Marks a message as received. */
  public take(sequence: number, until: number, token: number, byMapping: boolean, now: number): void {
    this.statements.take.run(until, token, byMapping ? 1 : 0, now, sequence);
  }

  /** The message of which a receipt is the last one; undefined where it is gone or was received again. */
  public byReceipt(
    queue: number,
    { sequence, token }: { readonly sequence: number; readonly token: number },
  ): { visibleAt: number; group: string | undefined } | undefined {
    const row = this.statements.byReceipt.get(sequence, queue, token);
    return row && { visibleAt: Number(row["visible_at"]), group: optionalText(row["group_id"]) };
  }

  public bySequence(queue: number, sequence: number): QueueMessage | undefined {
    const row = this.statements.bySequence.get(sequence, queue);
    return row && messageOf(row);
  }

  public remove(sequence: number): void {
    this.statements.remove.run(sequence);
  }

  /** Sets when a message can be received. */
  public show(sequence: number, at: number): void {
    this.statements.show.run(at, sequence);
  }

  /** Takes a receive back, as if it had not been. */
  public giveBack(sequence: number, now: number): void {
    this.statements.giveBack.run(now, sequence);
  }

  /** Visible messages that were received `limit` times or more. */
  public exhausted(queue: number, now: number, limit: number): MessageInGroup[] {
    return this.statements.exhausted.all(queue, now, limit).map(inGroup);
  }

  /** When the next message that was received `limit` times will be visible. */
  public nextExhausted(queue: number, now: number, limit: number): number | undefined {
    return timeOf(this.statements.nextExhausted.get(queue, now, limit));
  }

  /** Moves a message into another queue. `sentAt` is left out where the time of sending stays. */
  public move(
    sequence: number,
    to: number,
    now: number,
    { sentAt, source }: { readonly sentAt: number | undefined; readonly source: string | undefined },
  ): void {
    this.statements.move.run(to, now, sentAt ?? null, source ?? null, sequence);
  }

  /** What event source mappings had received when the engine ended. */
  public interrupted(queue: number, now: number): MessageInGroup[] {
    return this.statements.interrupted.all(queue, now).map(inGroup);
  }

  /** Up to a thousand messages that were sent at `before` or earlier. */
  public expired(queue: number, before: number): MessageInGroup[] {
    return this.statements.expired.all(queue, before).map(inGroup);
  }

  /** When the oldest message was sent. */
  public oldest(queue: number): number | undefined {
    return timeOf(this.statements.oldest.get(queue));
  }

  /** When the next message can be received that cannot be now. */
  public nextReady(queue: number, now: number, isFifo: boolean): number | undefined {
    return timeOf((isFifo ? this.statements.nextGroup : this.statements.nextVisible).get(queue, now));
  }

  public count(queue: number): number {
    return countOf(this.statements.count.get(queue));
  }

  public countWaiting(queue: number, now: number, limit?: number): number {
    const { countWaiting, countWaitingUpTo } = this.statements;
    return countOf(limit === undefined ? countWaiting.get(queue, now) : countWaitingUpTo.get(queue, now, limit));
  }

  public countInFlight(queue: number, now: number): number {
    return countOf(this.statements.countInFlight.get(queue, now));
  }

  /** The oldest messages, whatever state they are in. */
  public peek(queue: number, limit: number): QueueMessage[] {
    return this.statements.peek.all(queue, limit).map(messageOf);
  }

  /** The sequences of the oldest messages, whatever state they are in. */
  public sequences(queue: number, limit: number): number[] {
    return this.statements.sequences.all(queue, limit).map((row) => Number(row["sequence"]));
  }

  public clear(queue: number): void {
    this.statements.clear.run(queue);
    this.statements.clearGroups.run(queue);
  }

  public forgetDeduplication(queue: number): void {
    this.statements.clearDeduplication.run(queue);
  }

  /** Makes a group known whose first message can be received at `due`; one that is known stays as it is. */
  public addGroup(queue: number, group: string, due: number): void {
    this.statements.addGroup.run(queue, group, due);
  }

  /**
   * Computes when a group's next message can be received: when its first one is visible. Only those behind a message in
   * flight wait for it; what came back before it is received again.
   */
  public settleGroup(queue: number, group: string): void {
    const first = this.statements.firstOfGroup.get(queue, group);
    if (first === undefined) this.statements.removeGroup.run(queue, group);
    else this.statements.setGroup.run(queue, group, Number(first["visible_at"]));
  }

  /** The message that was sent with the same key within the last minutes. */
  public findDuplicate(
    queue: number,
    scope: string,
    key: string,
    now: number,
  ): { id: string; sequence: number } | undefined {
    const row = this.statements.findDuplicate.get(queue, scope, key, now);
    return row && { id: String(row["message_id"]), sequence: Number(row["sequence"]) };
  }

  public rememberDuplicate(
    queue: number,
    scope: string,
    key: string,
    message: { readonly id: string; readonly sequence: number },
    expires: number,
  ): void {
    this.statements.rememberDuplicate.run(queue, scope, key, message.id, message.sequence, expires);
  }

  public forgetDuplicates(now: number): void {
    this.statements.forgetDuplicates.run(now);
  }
}

/** A message, and the group that its removal may let go on. */
export interface MessageInGroup {
  readonly sequence: number;
  readonly group: string | undefined;
}

type Row = Record<string, SQLInputValue>;

function inGroup(row: Row): MessageInGroup {
  return { sequence: Number(row["sequence"]), group: optionalText(row["group_id"]) };
}

function messageOf(row: Row): QueueMessage {
  const attributes = row["attributes"];
  const firstReceivedAt = row["first_received_at"];
  return {
    sequence: Number(row["sequence"]),
    id: String(row["id"]),
    body: String(row["body"]),
    attributes: typeof attributes === "string" ? (JSON.parse(attributes) as MessageAttributes) : undefined,
    senderId: String(row["sender"]),
    sentAt: Number(row["sent_at"]),
    visibleAt: Number(row["visible_at"]),
    received: Number(row["received"]),
    firstReceivedAt: typeof firstReceivedAt === "number" ? firstReceivedAt : undefined,
    group: optionalText(row["group_id"]),
    deduplicationId: optionalText(row["deduplication_id"]),
    traceHeader: optionalText(row["trace"]),
    deadLetterSource: optionalText(row["source"]),
  };
}

function optionalText(value: SQLInputValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function countOf(row: Row | undefined): number {
  return Number(row?.["count"] ?? 0);
}

function timeOf(row: Row | undefined): number | undefined {
  const time = row?.["time"];
  return typeof time === "number" ? time : undefined;
}
