import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Activity } from "../activity";
import type { Clock, ClockTimer } from "../clock";

/** A piece of work that was accepted and is not done yet. */
export interface WorkItem {
  readonly sequence: number;
  readonly id: string;
  /** Whose work it is: items of one line are worked on independently of other lines. */
  readonly line: string;
  readonly body: Buffer;
  /** What else was said about it when it was added. */
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly queuedAt: number;
  /** How often it was tried and failed. */
  readonly attempts: number;
  /** How often it was put off without having been tried, since the last attempt. */
  readonly delays: number;
  /** What the last attempt left behind, e.g. the error that it ended with. */
  readonly outcome: string | undefined;
}

/** What became of a {@link WorkItem}. */
export type WorkOutcome =
  | { readonly status: "done" }
  /** It was tried and failed; it is tried again in `dueIn` milliseconds. */
  | { readonly status: "failed"; readonly dueIn: number; readonly outcome?: string }
  /** It could not be tried; it is due again in `dueIn` milliseconds, or at the next {@link WorkQueue.wake}. */
  | { readonly status: "delayed"; readonly dueIn: number }
  /** The engine is closing: it counts as never having been taken. */
  | { readonly status: "interrupted" };

interface WorkQueueOptions {
  readonly database: DatabaseSync;
  /** The table that holds the queue. */
  readonly table: string;
  readonly clock: Clock;
  readonly activity: Activity;
  /** How many items of a line may be worked on at once. */
  capacity(line: string): number;
  work(item: WorkItem): Promise<WorkOutcome>;
  /** Told of an exception in `work`, which is a fault of the engine; the item is tried again a minute later. */
  onFault(error: unknown): void;
}

const faultDelay = 60_000;

interface Line {
  /** Rows that are kept, whether taken or not. */
  kept: number;
  running: number;
  timer: ClockTimer | undefined;
  endActivity: (() => void) | undefined;
  endRest: (() => void) | undefined;
}

/**
 * Work that survives `kill -9`: an item is a row before {@link add} returns and goes when its work is done. An item
 * that was being worked on when the engine died is worked on again, so that everything is done at least once.
 */
export class WorkQueue {
  /** The lines that are open. Rows of others wait for whoever opens their line. */
  private readonly lines = new Map<string, Line>();
  private readonly working = new Set<Promise<void>>();
  private readonly insert: StatementSync;
  private readonly takeNext: StatementSync;
  private readonly earliest: StatementSync;
  private readonly finish: StatementSync;
  private readonly putBack: StatementSync;
  private readonly hasten: StatementSync;
  private readonly countOf: StatementSync;
  private readonly discardAll: StatementSync;
  private readonly releaseAll: StatementSync;
  private started = false;

  public constructor(private readonly options: WorkQueueOptions) {
    const { database, table } = options;
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, line TEXT NOT NULL, body BLOB NOT NULL,
      source TEXT NOT NULL, queued_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
      delays INTEGER NOT NULL DEFAULT 0, taken INTEGER NOT NULL DEFAULT 0, outcome TEXT) STRICT;
      CREATE INDEX IF NOT EXISTS ${table}_by_due ON ${table} (line, taken, due_at, sequence);`);
    this.insert = database.prepare(
      `INSERT INTO ${table} (id, line, body, source, queued_at, due_at, taken) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.takeNext = database.prepare(`UPDATE ${table} SET taken = 1 WHERE sequence = (SELECT sequence FROM ${table}
      WHERE line = ? AND taken = 0 AND due_at <= ? ORDER BY due_at, sequence LIMIT 1) RETURNING *`);
    this.earliest = database.prepare(`SELECT MIN(due_at) AS due FROM ${table} WHERE line = ? AND taken = 0`);
    this.finish = database.prepare(`DELETE FROM ${table} WHERE sequence = ?`);
    this.putBack = database.prepare(
      `UPDATE ${table} SET taken = 0, due_at = ?, attempts = ?, delays = ?, outcome = ? WHERE sequence = ?`,
    );
    this.hasten = database.prepare(`UPDATE ${table} SET due_at = ? WHERE sequence = (SELECT sequence FROM ${table}
      WHERE line = ? AND taken = 0 AND delays > 0 ORDER BY sequence LIMIT 1)`);
    this.countOf = database.prepare(`SELECT COUNT(*) AS count FROM ${table} WHERE line = ?`);
    this.discardAll = database.prepare(`DELETE FROM ${table} WHERE line = ?`);
    this.releaseAll = database.prepare(`UPDATE ${table} SET taken = 0 WHERE taken = 1`);
  }

  /** Accepts work; it is on disk when this returns, and started at once where there is room for it. */
  public add(lineName: string, body: Buffer, about: { id: string; source: string }): void {
    const now = this.options.clock.now();
    const line = this.lines.get(lineName);
    // Nothing older waits: what was just written need not be looked up again.
    const direct = line !== undefined && line.kept === line.running && this.hasRoom(lineName, line);
    const { lastInsertRowid } = this.insert.run(about.id, lineName, body, about.source, now, now, direct ? 1 : 0);
    if (line === undefined) return;
    this.count(line, 1);
    if (!direct) return this.pump(lineName);
    const fresh = { attempts: 0, delays: 0, queuedAt: now, outcome: undefined };
    this.run({ sequence: Number(lastInsertRowid), ...about, line: lineName, body, ...fresh }, line);
  }

  /** Lets the work of a line be done, including what was accepted before. */
  public open(lineName: string): void {
    if (!this.lines.has(lineName)) {
      const line: Line = { kept: 0, running: 0, timer: undefined, endActivity: undefined, endRest: undefined };
      this.lines.set(lineName, line);
      this.count(line, Number(this.countOf.get(lineName)?.["count"] ?? 0));
    }
    this.pump(lineName);
  }

  /** Forgets the line and all its work, except what is being worked on. */
  public discard(lineName: string): void {
    const line = this.lines.get(lineName);
    this.discardAll.run(lineName);
    if (line === undefined) return;
    line.timer?.cancel();
    this.count(line, line.running - line.kept);
    this.noteRest(line);
    this.lines.delete(lineName);
  }

  /** Says that there may be room again: the oldest item that was put off is due now. */
  public wake(lineName: string): void {
    if (!this.started || !this.lines.has(lineName)) return;
    this.hasten.run(this.options.clock.now(), lineName);
    this.pump(lineName);
  }

  /** How many items of a line are kept, those being worked on included. */
  public size(lineName: string): number {
    return Number(this.countOf.get(lineName)?.["count"] ?? 0);
  }

  public start(): void {
    this.releaseAll.run();
    this.started = true;
    for (const name of this.lines.keys()) this.pump(name);
  }

  /** Takes nothing more and resolves when all that was taken has ended; the database may be closed then. */
  public async close(): Promise<void> {
    this.started = false;
    for (const line of this.lines.values()) line.timer?.cancel();
    await Promise.all(this.working);
    for (const line of this.lines.values()) {
      line.endRest?.();
      line.endActivity?.();
    }
    this.lines.clear();
  }

  private hasRoom(name: string, line: Line): boolean {
    return this.started && line.running < this.options.capacity(name);
  }

  private pump(name: string): void {
    const line = this.lines.get(name);
    if (line === undefined || !this.started) return;
    while (line.kept > line.running && this.hasRoom(name, line)) {
      const row = this.takeNext.get(name, this.options.clock.now());
      if (row === undefined) {
        this.waitForDue(name, line);
        break;
      }
      this.run(itemOf(row), line);
    }
    this.noteRest(line);
  }

  /** A line of which nothing runs has given all that is due to the workers: the rest waits for its time. */
  private noteRest(line: Line): void {
    if (this.started && line.kept > 0 && line.running === 0) line.endRest ??= this.options.activity.rest();
    else {
      line.endRest?.();
      line.endRest = undefined;
    }
  }

  private waitForDue(name: string, line: Line): void {
    line.timer?.cancel();
    line.timer = undefined;
    const due = this.earliest.get(name)?.["due"];
    if (typeof due !== "number") return;
    line.timer = this.options.clock.after(due - this.options.clock.now(), () => this.pump(name));
  }

  private run(item: WorkItem, line: Line): void {
    line.running += 1;
    this.noteRest(line);
    const working = this.settle(item, line).finally(() => this.working.delete(working));
    this.working.add(working);
  }

  private async settle(item: WorkItem, line: Line): Promise<void> {
    let result: WorkOutcome;
    try {
      result = await this.options.work(item);
    } catch (error) {
      this.options.onFault(error);
      result = { status: "delayed", dueIn: faultDelay };
    }
    line.running -= 1;
    if (result.status === "done") {
      this.finish.run(item.sequence);
      this.count(line, -1);
    } else {
      const failed = result.status === "failed";
      const dueIn = result.status === "interrupted" ? 0 : result.dueIn;
      const outcome = (result.status === "failed" ? result.outcome : undefined) ?? item.outcome ?? null;
      const delays = failed ? 0 : item.delays + (result.status === "delayed" ? 1 : 0);
      const { changes } = this.putBack.run(
        this.options.clock.now() + dueIn,
        item.attempts + (failed ? 1 : 0),
        delays,
        outcome,
        item.sequence,
      );
      if (changes === 0) this.count(line, -1);
    }
    this.pump(item.line);
  }

  private count(line: Line, change: number): void {
    line.kept += change;
    if (line.kept > 0) line.endActivity ??= this.options.activity.begin();
    else {
      line.endActivity?.();
      line.endActivity = undefined;
    }
  }
}

function itemOf(row: Record<string, unknown>): WorkItem {
  const body = row["body"];
  return {
    sequence: Number(row["sequence"]),
    id: String(row["id"]),
    line: String(row["line"]),
    body: body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Buffer.alloc(0),
    source: String(row["source"]),
    queuedAt: Number(row["queued_at"]),
    attempts: Number(row["attempts"]),
    delays: Number(row["delays"]),
    outcome: typeof row["outcome"] === "string" ? row["outcome"] : undefined,
  };
}
