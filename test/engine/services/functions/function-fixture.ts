import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { zipSync } from "fflate";
import { localAccount } from "../../../../engine/services/account";
import { Activity } from "../../../../engine/services/activity";
import { openDatabase } from "../../../../engine/services/database";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import type { FunctionDefinition } from "../../../../engine/services/functions/function-definition";
import { FunctionService, type FunctionServiceOptions } from "../../../../engine/services/functions/function-service";
import { LogService } from "../../../../engine/services/logs/log-service";
import { QueueService } from "../../../../engine/services/queues/queue-service";
import { FakeClock } from "../../../../testing/fake-clock";

export const deadLetterArn = "arn:aws:sqs:us-east-1:000000000000:failed";

/** A function service with real processes, on a clock that a test moves, in a folder of its own. */
export class FunctionFixture {
  public readonly clock = new FakeClock();
  public readonly activity = new Activity();
  public readonly events = new EngineEvents(() => this.clock.now());
  public readonly seen: TimedEngineEvent[] = [];
  public readonly database;
  public readonly logs: LogService;
  public readonly queues: QueueService;
  public readonly functions: FunctionService;
  private zips = 0;

  public constructor(
    options: Partial<FunctionServiceOptions> = {},
    public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-functions-")),
  ) {
    this.events.listen((event) => this.seen.push(event));
    this.database = openDatabase(path.join(folder, "stack.sqlite"));
    const { clock, events, activity, database } = this;
    const authorize = (): void => undefined;
    this.logs = new LogService({ folder, clock, events, account: localAccount, authorize });
    const onFault = (error: unknown): never => {
      throw error;
    };
    this.queues = new QueueService({ database, clock, events, account: localAccount, authorize, onFault });
    this.queues.define({ name: "failed", displayName: "failed", attributes: {} });
    this.functions = new FunctionService({
      folder: path.join(folder, "functions"),
      database,
      clock,
      activity,
      events,
      logs: this.logs,
      deadLetters: this.queues,
      credentialsFor: (roleArn) => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: `secret of ${roleArn}` }),
      endpointUrl: () => "http://127.0.0.1:4566",
      account: localAccount,
      authorize,
      projectFolder: folder,
      modulesFolders: [path.resolve("node_modules")],
      ...options,
    });
  }

  /** Defines a function from the text of its `index.js`, or from several files. */
  public async define(
    code: string | Record<string, string>,
    changes: Partial<FunctionDefinition> = {},
  ): Promise<FunctionDefinition> {
    const name = changes.name ?? "resize";
    const zipFile = path.join(this.folder, `${++this.zips}.zip`);
    const files = typeof code === "string" ? { "index.js": code } : code;
    // The same files are to be the same package, whenever they are packed: zip keeps times, to two seconds.
    const content = Object.fromEntries(Object.entries(files).map(([k, v]) => [k, Buffer.from(v)]));
    fs.writeFileSync(zipFile, zipSync(content, { mtime: "1980-01-01" }));
    const definition: FunctionDefinition = {
      name,
      arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      displayName: `on-${name}`,
      zipFile,
      handler: "index.handler",
      runtime: "nodejs24.x",
      timeout: 30,
      memory: 512,
      environment: {},
      roleArn: `arn:aws:iam::000000000000:role/${name}`,
      logGroup: `/aws/lambda/${name}`,
      logFormat: "Text",
      onFailureArn: deadLetterArn,
      ...changes,
    };
    await this.functions.define(definition);
    return definition;
  }

  /** Invokes a function and parses its answer. */
  public async invoke(
    event: unknown = {},
    name = "resize",
  ): Promise<{ status: string; value: unknown; logTail: string }> {
    const { status, payload, logTail } = await this.functions.invoke(name, Buffer.from(JSON.stringify(event)));
    return { status, value: JSON.parse(payload.toString()) as unknown, logTail };
  }

  /** What a function's log group holds. */
  public async log(name = "resize"): Promise<string[]> {
    return (await this.logs.tail(`/aws/lambda/${name}`, { limit: 1000 })).map(({ message }) => message);
  }

  /** Resolves at the next event of the engine for which `matches` holds, be it past or to come. */
  public until(matches: (event: TimedEngineEvent) => boolean): Promise<TimedEngineEvent> {
    const past = this.seen.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const end = this.events.listen((event) => {
        if (!matches(event)) return;
        end();
        resolve(event);
      });
    });
  }

  public async close(): Promise<void> {
    const closing = this.functions.close();
    await this.clock.tick(6000);
    await closing;
    this.queues.close();
    this.logs.close();
    this.database.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
