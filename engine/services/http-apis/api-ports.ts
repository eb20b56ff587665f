import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The port of each API, kept so that its address stays the same from run to run. */
export class ApiPorts {
  private readonly select: StatementSync;
  private readonly insert: StatementSync;

  public constructor(database: DatabaseSync) {
    database.exec(
      "CREATE TABLE IF NOT EXISTS http_api_ports (api_id TEXT PRIMARY KEY, port INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    );
    this.select = database.prepare("SELECT port FROM http_api_ports WHERE api_id = ?");
    this.insert = database.prepare("INSERT OR REPLACE INTO http_api_ports (api_id, port) VALUES (?, ?)");
  }

  public find(apiId: string): number | undefined {
    const port = this.select.get(apiId)?.["port"];
    return port === undefined ? undefined : Number(port);
  }

  public keep(apiId: string, port: number): void {
    this.insert.run(apiId, port);
  }
}
