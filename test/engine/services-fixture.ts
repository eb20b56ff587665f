import type { DatabaseSync } from "node:sqlite";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Changes } from "../../engine/apply";
import { diffGraphs } from "../../engine/graph/diff";
import type { RecordedResource } from "../../engine/graph/resource";
import { openDatabase } from "../../engine/services/database";
import { EngineEvents, type TimedEngineEvent } from "../../engine/services/engine-events";
import { closeServices } from "../../engine/services/lifecycle";
import { createServices, type Services } from "../../engine/services/services";
import { FakeClock } from "../../testing/fake-clock";
import { graphOf } from "./graph/resources";

/** The services beneath a program, in a folder of their own, that nothing runs in: what is applied reaches them. */
export class ServicesFixture {
  public readonly clock = new FakeClock();
  public readonly services: Services;
  public readonly events: TimedEngineEvent[] = [];
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-services-"));
  private readonly database: DatabaseSync = openDatabase(path.join(this.folder, "engine.db"));
  private current = graphOf();

  public constructor() {
    const engineEvents = new EngineEvents(() => this.clock.now());
    engineEvents.listen((event) => this.events.push(event));
    const { folder, database, clock } = this;
    this.services = createServices({ folder, projectFolder: folder, database, clock, engineEvents, port: () => 0 });
  }

  /** Brings the services to these resources, as a reload of a program does. */
  public async apply(...resources: readonly RecordedResource[]): Promise<void> {
    const after = graphOf(...resources);
    const changes = new Changes(this.services);
    await changes.apply(diffGraphs(this.current, after));
    for (const failure of changes.failures.values()) throw failure;
    this.current = after;
  }

  /** The warnings since the last time they were asked for. */
  public warnings(): string[] {
    const events = this.events.splice(0);
    return events.flatMap((event) => (event.type === "notice" && event.level === "warning" ? [event.message] : []));
  }

  public async close(): Promise<void> {
    await closeServices(this.services);
    this.database.close();
    fs.rmSync(this.folder, { recursive: true });
  }
}
