import type { DatabaseSync } from "node:sqlite";
import type { QueueRecord } from "./queue";

/** Which queues there are, in the stack's database. */
export class QueueRegistry {
  private readonly statements;

  public constructor(database: DatabaseSync) {
    database.exec(`CREATE TABLE IF NOT EXISTS queues (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,
      attributes TEXT NOT NULL, tags TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT`);
    this.statements = {
      all: database.prepare("SELECT * FROM queues ORDER BY name"),
      insert: database.prepare(`INSERT INTO queues (name, display_name, attributes, tags, created, modified)
        VALUES (?, ?, ?, ?, ?, ?)`),
      update: database.prepare(
        "UPDATE queues SET display_name = ?, attributes = ?, tags = ?, modified = ? WHERE id = ?",
      ),
      remove: database.prepare("DELETE FROM queues WHERE id = ?"),
    };
  }

  public all(arnOf: (name: string) => string): QueueRecord[] {
    return this.statements.all.all().map((row) => ({
      id: Number(row["id"]),
      name: String(row["name"]),
      arn: arnOf(String(row["name"])),
      displayName: String(row["display_name"]),
      attributes: JSON.parse(String(row["attributes"])) as QueueRecord["attributes"],
      tags: JSON.parse(String(row["tags"])) as QueueRecord["tags"],
      created: Number(row["created"]),
      modified: Number(row["modified"]),
    }));
  }

  public add(record: Omit<QueueRecord, "id">): QueueRecord {
    const { name, displayName, attributes, tags, created, modified } = record;
    const { lastInsertRowid } = this.statements.insert.run(
      ...[name, displayName, JSON.stringify(attributes), JSON.stringify(tags), created, modified],
    );
    return { ...record, id: Number(lastInsertRowid) };
  }

  public save({ id, displayName, attributes, tags, modified }: QueueRecord): void {
    this.statements.update.run(displayName, JSON.stringify(attributes), JSON.stringify(tags), modified, id);
  }

  public remove(id: number): void {
    this.statements.remove.run(id);
  }
}
