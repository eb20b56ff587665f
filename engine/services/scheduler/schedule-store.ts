import type { DatabaseSync } from "node:sqlite";
import type { Schedule } from "./schedule";

/** Schedules in the stack's database. */
export class ScheduleStore {
  public constructor(private readonly database: DatabaseSync) {
    database.exec(
      "CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, fired INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
    );
  }

  public add(schedule: Schedule): void {
    this.database
      .prepare("INSERT INTO schedules (name, fired, body) VALUES (?, ?, ?)")
      .run(schedule.name, schedule.fired ? 1 : 0, JSON.stringify(schedule));
  }

  public get(name: string): Schedule | undefined {
    const row = this.database.prepare("SELECT fired, body FROM schedules WHERE name = ?").get(name);
    return row === undefined ? undefined : scheduleOf(row);
  }

  /** All, by name. */
  public list(): Schedule[] {
    return this.database.prepare("SELECT fired, body FROM schedules ORDER BY name").all().map(scheduleOf);
  }

  public markFired(name: string): void {
    this.database.prepare("UPDATE schedules SET fired = 1 WHERE name = ?").run(name);
  }

  public remove(name: string): void {
    this.database.prepare("DELETE FROM schedules WHERE name = ?").run(name);
  }
}

function scheduleOf(row: Record<string, unknown>): Schedule {
  return { ...(JSON.parse(String(row["body"])) as Schedule), fired: row["fired"] === 1 };
}
