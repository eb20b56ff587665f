import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Clock, ClockTimer } from "../clock";
import type { ObjectEvent } from "./object-record";

/** Takes an event over. The event is kept, and delivered again, until this returns or resolves. */
export type DeliverEvent = (event: ObjectEvent) => Promise<void> | void;

/** How long to wait before an event that was not taken is offered again, in milliseconds: doubled up to a minute. */
const firstWait = 1000;
const longestWait = 60_000;

/**
 * The events that nobody has taken over yet. Each is written in the transaction that it tells of, so that neither a
 * crash nor a restart loses it; it may be delivered more than once, with the same `id`.
 */
export class Outbox {
  private readonly insert: StatementSync;
  private readonly remove: StatementSync;
  private readonly timers = new Set<ClockTimer>();
  private running = false;

  public constructor(
    private readonly database: DatabaseSync,
    private readonly clock: Clock,
    private readonly deliver: DeliverEvent,
  ) {
    this.insert = database.prepare("INSERT INTO s3_events (event) VALUES (?)");
    this.remove = database.prepare("DELETE FROM s3_events WHERE id = ?");
  }

  /** Writes an event down; call it in the transaction of the change itself. */
  public add(event: Omit<ObjectEvent, "id" | "sequencer">): ObjectEvent {
    const number = Number(this.insert.run(JSON.stringify(event)).lastInsertRowid);
    return withNumber(event, number);
  }

  /** Hands an event over at once, without waiting for what comes of it. Before `start` it only stays written down. */
  public send(event: ObjectEvent): void {
    if (this.running) void this.attempt(event, firstWait);
  }

  /** Delivers what is left from before, and from now on everything as it happens. */
  public start(): void {
    this.running = true;
    const rows = this.database.prepare("SELECT id, event FROM s3_events ORDER BY id").all();
    for (const row of rows) {
      this.send(withNumber(JSON.parse(String(row.event)) as Omit<ObjectEvent, "id" | "sequencer">, Number(row.id)));
    }
  }

  /** Delivers nothing more; what was not taken stays for the next start. */
  public close(): void {
    this.running = false;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private async attempt(event: ObjectEvent, wait: number): Promise<void> {
    try {
      await this.deliver(event);
      if (this.running) this.remove.run(Number.parseInt(event.sequencer, 16));
    } catch {
      // Whoever could not take it has said so, or the disk is full: the event is offered again.
      this.retry(event, wait);
    }
  }

  private retry(event: ObjectEvent, wait: number): void {
    if (!this.running) return;
    const timer = this.clock.after(wait, () => {
      this.timers.delete(timer);
      void this.attempt(event, Math.min(wait * 2, longestWait));
    });
    this.timers.add(timer);
  }
}

function withNumber(event: Omit<ObjectEvent, "id" | "sequencer">, number: number): ObjectEvent {
  const sequencer = number.toString(16).toUpperCase().padStart(18, "0");
  return { ...event, id: `s3-${number}`, sequencer };
}
