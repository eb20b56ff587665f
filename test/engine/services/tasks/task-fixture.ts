import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { localAccount } from "../../../../engine/services/account";
import { Activity } from "../../../../engine/services/activity";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import type { PublishedEvent } from "../../../../engine/services/events/event-service";
import { LogService } from "../../../../engine/services/logs/log-service";
import { JsonInput } from "../../../../engine/services/protocol/json-input";
import type { ImageBuild, TaskDefinition } from "../../../../engine/services/tasks/task-definition";
import type { TaskRecord } from "../../../../engine/services/tasks/task-record";
import { readTaskRequest } from "../../../../engine/services/tasks/task-request";
import { TaskService, type TaskServiceOptions } from "../../../../engine/services/tasks/task-service";
import { FakeClock } from "../../../../testing/fake-clock";

export const clusterArn = "arn:aws:ecs:us-east-1:000000000000:cluster/main";

/** A task service in a folder of its own, on a clock that a test moves, without Docker unless a test says so. */
export class TaskFixture {
  public readonly clock = new FakeClock();
  public readonly activity = new Activity();
  public readonly events = new EngineEvents(() => this.clock.now());
  public readonly seen: TimedEngineEvent[] = [];
  public readonly published: PublishedEvent[] = [];
  public readonly logs: LogService;
  public readonly tasks: TaskService;
  public readonly project: string;

  public constructor(
    options: Partial<TaskServiceOptions> = {},
    public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-tasks-")),
  ) {
    this.events.listen((event) => this.seen.push(event));
    const { clock, events, activity } = this;
    const authorize = (): void => undefined;
    this.project = path.join(folder, "project");
    fs.mkdirSync(this.project, { recursive: true });
    this.logs = new LogService({ folder, clock, events, account: localAccount, authorize });
    this.tasks = new TaskService({
      folder: path.join(folder, "tasks"),
      clock,
      activity,
      events,
      logs: this.logs,
      credentialsFor: (roleArn) => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: `secret of ${roleArn}` }),
      endpointUrl: () => "http://127.0.0.1:4566",
      account: localAccount,
      authorize,
      publish: async (event) => void this.published.push(event),
      projectFolder: this.project,
      docker: "off",
      ...options,
    });
    this.tasks.defineCluster("main", clusterArn);
  }

  /** Writes files of the project, by path. */
  public write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.project, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    }
  }

  /** Defines a task that is built from the project's folder `image`, with these files in it. */
  public define(
    files: Readonly<Record<string, string>>,
    changes: { container?: Record<string, unknown>; build?: Partial<ImageBuild>; task?: Partial<TaskDefinition> } = {},
  ): TaskDefinition {
    const context = path.join(this.project, "image");
    this.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [path.join("image", name), text])));
    const image = "repository/work@sha256:1";
    this.tasks.defineImage(image, {
      ...{ context, dockerfile: path.join(context, "Dockerfile"), args: {}, secrets: {} },
      ...changes.build,
    });
    const definition: TaskDefinition = {
      arn: "arn:aws:ecs:us-east-1:000000000000:task-definition/work:1",
      family: "work",
      displayName: "work",
      containerDefinitions: [
        {
          name: "main",
          image,
          environment: [{ name: "GREETING", value: "hello" }],
          logConfiguration: {
            logDriver: "awslogs",
            options: { "awslogs-group": "work-logs", "awslogs-stream-prefix": "work" },
          },
          ...changes.container,
        },
      ],
      cpu: "256",
      memory: "512",
      taskRoleArn: "arn:aws:iam::000000000000:role/work",
      executionRoleArn: "arn:aws:iam::000000000000:role/work-execution",
      ...changes.task,
    };
    this.tasks.defineTask(definition);
    return definition;
  }

  /** Starts a run as RunTask does. */
  public run(input: Record<string, unknown> = {}): TaskRecord {
    const text = JSON.stringify({ cluster: "main", taskDefinition: "work", ...input });
    const request = readTaskRequest(JsonInput.parse(text, "InvalidParameterException"), this.tasks);
    const [record] = this.tasks.run(request, 1);
    if (record === undefined) throw new Error("nothing was started");
    return record;
  }

  /** Starts a run, and waits for its end. */
  public async runToEnd(input: Record<string, unknown> = {}): Promise<TaskRecord> {
    const record = this.run(input);
    await this.ended();
    return record;
  }

  /** Resolves once nothing runs. */
  public ended(): Promise<void> {
    return this.activity.whenIdle();
  }

  /** What a run printed. */
  public get lines(): string[] {
    return this.seen.flatMap((event) => (event.type === "log" ? [event.line] : []));
  }

  public get notices(): string[] {
    return this.seen.flatMap((event) => (event.type === "notice" ? [event.message] : []));
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

  /** Resolves once a run printed this line. */
  public async printed(line: string): Promise<void> {
    await this.until((event) => event.type === "log" && event.line === line);
  }

  public async close(): Promise<void> {
    const closing = this.tasks.close(0);
    await this.clock.tick(0);
    await closing;
    this.logs.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
