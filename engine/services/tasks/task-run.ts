import { AwsError } from "../protocol/message";
import type { EngineEvents } from "../engine-events";
import type { LogService } from "../logs/log-service";
import { ContainerError, type ContainerRuntime, type RunningContainer } from "./container-runtime";
import type { ImageBuild } from "./task-definition";
import type { TaskRecord } from "./task-record";

interface TaskRunOptions {
  readonly record: TaskRecord;
  readonly build: ImageBuild | undefined;
  readonly events: EngineEvents;
  readonly logs: LogService;
  now(): number;
  runtime(): Promise<ContainerRuntime>;
  /** The whole environment of the container. Throws a {@link ContainerError}. */
  environment(runtime: ContainerRuntime): Record<string, string>;
  /** Called after each change of the record's status. */
  onChange(): Promise<void>;
}

/** One run of a task: PROVISIONING until its image is ready, RUNNING while its process runs, then STOPPED. */
export class TaskRun {
  private readonly stopping = new AbortController();
  private container: RunningContainer | undefined;
  private grace: number | undefined;

  public constructor(private readonly options: TaskRunOptions) {}

  /** Resolves once the task has stopped, however that came. */
  public async run(): Promise<void> {
    const { record, onChange } = this.options;
    await onChange();
    let mode: "docker" | "host" | undefined;
    try {
      const runtime = await this.options.runtime();
      mode = runtime.mode;
      await this.runIn(runtime);
    } catch (error) {
      this.fail(error);
    }
    record.lastStatus = "STOPPED";
    record.desiredStatus = "STOPPED";
    record.stoppedAt = this.options.now();
    record.stoppingAt ??= record.stoppedAt;
    this.announceEnd(mode);
    await onChange();
  }

  /**
   * Asks the task to end.
   * @param grace milliseconds until it is killed
   */
  public stop(grace: number): void {
    this.grace = Math.min(this.grace ?? grace, grace);
    this.stopping.abort();
    this.container?.stop(this.grace);
  }

  private async runIn(runtime: ContainerRuntime): Promise<void> {
    const { record, build } = this.options;
    const { definition, container, command, memory } = record.request;
    const { signal } = this.stopping;
    signal.throwIfAborted();
    this.container = await runtime.start({
      taskId: record.id,
      taskName: definition.displayName,
      image: container.image,
      build,
      entryPoint: container.entryPoint,
      command: command ?? container.command,
      workingDirectory: container.workingDirectory,
      environment: this.options.environment(runtime),
      memory: memory === "" ? undefined : Number(memory),
      onLine: (line) => this.print(line),
      signal,
    });
    // A stop that came meanwhile.
    if (this.grace !== undefined) this.container.stop(this.grace);
    record.lastStatus = "RUNNING";
    record.startedAt = this.options.now();
    const { displayName: name } = definition;
    this.options.events.emit({ type: "task", name, id: record.id, status: "started", mode: runtime.mode });
    await this.options.onChange();
    const { exitCode, reason } = await this.container.exited;
    if (exitCode !== undefined) record.exitCode = exitCode;
    if (reason !== undefined) record.containerReason = reason;
    record.stopCode ??= "EssentialContainerExited";
    record.stoppedReason ??= "Essential container in task exited";
  }

  private fail(error: unknown): void {
    const { record } = this.options;
    if (record.stopCode !== undefined) return;
    record.stopCode = "TaskFailedToStart";
    const known = error instanceof ContainerError || error instanceof AwsError;
    const message = error instanceof Error ? error.message : String(error);
    record.stoppedReason = `${known ? error.code : "CannotStartContainerError"}: ${message}`;
  }

  private print(line: string): void {
    const { record, logs, events } = this.options;
    const { container, definition } = record.request;
    if (container.logGroup !== undefined) {
      const prefix = container.logStreamPrefix === undefined ? "" : `${container.logStreamPrefix}/`;
      logs.append(container.logGroup, `${prefix}${container.name}/${record.id}`, line);
    }
    events.emit({ type: "log", source: "task", name: definition.displayName, line });
  }

  private announceEnd(mode: "docker" | "host" | undefined): void {
    const { record, events } = this.options;
    const { displayName: name } = record.request.definition;
    const reason = record.containerReason ?? record.stoppedReason;
    if (record.startedAt === undefined) {
      if (record.stopCode === "TaskFailedToStart")
        events.emit({
          type: "notice",
          level: "error",
          message: `task ${name} did not start: ${record.stoppedReason ?? ""}`,
        });
      if (mode === undefined) return;
    }
    events.emit({
      type: "task",
      ...{ name, id: record.id, status: "stopped", mode: mode ?? "host" },
      ...(record.exitCode === undefined ? {} : { exitCode: record.exitCode }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
