import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type Docker from "dockerode";
import { arn, type Account } from "../account";
import type { Activity } from "../activity";
import type { Clock } from "../clock";
import type { EngineEvents } from "../engine-events";
import type { PublishedEvent } from "../events/event-service";
import type { RoleCredentials } from "../functions/function-definition";
import type { LogService } from "../logs/log-service";
import { JsonProtocol } from "../protocol/json-protocol";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, AwsService, OperationSummary } from "../protocol/operation";
import { chooseRuntime } from "./choose-runtime";
import type { ContainerRuntime } from "./container-runtime";
import { readContainer, type ContainerDefinition, type ImageBuild, type TaskDefinition } from "./task-definition";
import { taskEnvironment } from "./task-environment";
import { taskOperations } from "./task-operations";
import { describeTask, inText, type TaskRecord, type TaskRequest } from "./task-record";
import { TaskRun } from "./task-run";

export interface TaskServiceOptions {
  /** A scratch folder: interpreted images, and the files of what runs. */
  readonly folder: string;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly logs: LogService;
  credentialsFor(roleArn: string): RoleCredentials;
  endpointUrl(): string;
  readonly account: Account;
  readonly authorize: Authorize;
  /** Puts an event on EventBridge's bus. */
  publish(event: PublishedEvent): Promise<void>;
  /** Where the program is: its package.json says where programs and packages come from in host mode. */
  readonly projectFolder: string;
  /** The Docker engine, or `"off"` for host mode. By default `TANDEM_DOCKER=off`, or whichever engine answers. */
  readonly docker?: Docker | "off";
}

interface Cluster {
  readonly name: string;
  readonly arn: string;
}

interface KnownDefinition {
  readonly definition: TaskDefinition;
  readonly container: ContainerDefinition;
}

// Milliseconds. ECS shows a stopped task for an hour.
const shownAfterStop = 3_600_000;
const closeGrace = 3000;

/**
 * ECS: runs tasks as containers of a Docker engine where one answers (`DOCKER_HOST`, or the usual socket), and as
 * processes of this machine (host mode) where none does. `TANDEM_DOCKER=off` in the environment of `tandem up` chooses
 * host mode also where an engine answers.
 *
 * Tasks end with the engine: `close` stops them; processes end as well when it is killed, and what else it left behind
 * (containers with this stack's label, scratch folders) is removed at the next start. Nothing is run again by itself, as on Fargate.
 */
export class TaskService implements AwsService {
  public readonly signingName = "ecs";
  public readonly operations: readonly OperationSummary[] = taskOperations;
  private readonly protocol = new JsonProtocol<TaskService>({
    target: "AmazonEC2ContainerServiceV20141113",
    missingCode: "InvalidParameterException",
    operations: taskOperations,
  });
  private readonly clusterNames = new Map<string, string>();
  private readonly known = new Map<string, KnownDefinition>();
  private readonly images = new Map<string, ImageBuild>();
  private readonly records = new Map<string, TaskRecord>();
  private readonly runs = new Map<string, { readonly run: TaskRun; readonly ended: Promise<void> }>();
  private chosen: Promise<ContainerRuntime> | undefined;
  private closing = false;

  public constructor(private readonly options: TaskServiceOptions) {}

  public defineCluster(name: string, clusterArn: string): void {
    this.clusterNames.set(clusterArn, name);
  }

  /** Removes a cluster; what runs in it is stopped. */
  public removeCluster(clusterArn: string): void {
    this.clusterNames.delete(clusterArn);
    for (const record of this.records.values())
      if (record.request.clusterArn === clusterArn) this.stopRun(record, "The cluster was deleted", closeGrace);
  }

  /** Registers a task definition or replaces it; what runs goes on. Throws where it cannot run on this machine. */
  public defineTask(definition: TaskDefinition): void {
    this.known.set(definition.arn, { definition, container: readContainer(definition) });
  }

  public removeTask(definitionArn: string): void {
    this.known.delete(definitionArn);
  }

  /** Says that the image `ref` is built from a Dockerfile. The build waits until a task needs it. */
  public defineImage(ref: string, build: ImageBuild): void {
    this.images.set(ref, build);
  }

  public removeImage(ref: string): void {
    this.images.delete(ref);
  }

  /** Removes what an engine that was killed left behind. */
  public start(): void {
    rmSync(path.join(this.options.folder, "runs"), { recursive: true, force: true });
    // Containers outlive an engine that is killed; without the mark there were none, and Docker need not be asked.
    if (existsSync(this.dockerMark())) void this.runtime().catch(() => undefined);
  }

  /** Takes no more tasks and ends those that run: they are asked to, and killed after `grace` milliseconds. */
  public async close(grace = closeGrace): Promise<void> {
    this.closing = true;
    for (const record of this.records.values()) this.stopRun(record, "The engine was stopped", grace);
    await Promise.all([...this.runs.values()].map(({ ended }) => ended));
    await this.chosen?.catch(() => undefined);
    rmSync(this.dockerMark(), { force: true });
  }

  /** Starts `count` runs. With a `clientToken` that was used already, what it started is returned, and nothing runs. */
  public run(request: TaskRequest, count: number, clientToken?: string): TaskRecord[] {
    if (this.closing) throw new AwsError("ServerException", "The engine is being stopped.", 500);
    const earlier = [...this.records.values()].filter((record) => record.clientToken === clientToken);
    if (clientToken !== undefined && earlier.length > 0) {
      if (earlier.every((record) => isSame(record.request, request))) return earlier;
      throw new AwsError("ConflictException", "The client token was used for another request.");
    }
    return Array.from({ length: count }, () => this.begin(request, clientToken));
  }

  /** Stops a run, and returns at once. Stopping one that has stopped changes nothing. */
  public stop(taskArn: string, reason = "Task stopped by user"): TaskRecord {
    const record = this.records.get(taskArn);
    if (record === undefined) throw new AwsError("InvalidParameterException", "The referenced task was not found.");
    this.stopRun(record, reason, record.request.container.stopTimeout * 1000);
    return record;
  }

  /** The ARN of a run, from its id or ARN. */
  public taskArn(task: string, cluster?: string): string {
    if (task.startsWith("arn:")) return task;
    const name =
      this.clusterArn(cluster ?? "default")
        .split("/")
        .at(-1) ?? "";
    return arn(this.options.account, "ecs", `task/${name}/${task}`);
  }

  public findTask(taskArn: string): TaskRecord | undefined {
    return this.records.get(taskArn);
  }

  /** All runs, the oldest first. */
  public list(): TaskRecord[] {
    return [...this.records.values()];
  }

  public clusters(): Cluster[] {
    return [...this.clusterNames].map(([clusterArn, name]) => ({ name, arn: clusterArn }));
  }

  /** The ARN that a cluster's name or ARN stands for, whether there is one or not. */
  public clusterArn(cluster: string): string {
    return cluster.startsWith("arn:") ? cluster : arn(this.options.account, "ecs", `cluster/${cluster}`);
  }

  /** A cluster by its name or ARN. */
  public findCluster(cluster = "default"): Cluster {
    const clusterArn = this.clusterArn(cluster);
    const name = this.clusterNames.get(clusterArn);
    if (name === undefined) throw new AwsError("ClusterNotFoundException", "Cluster not found.");
    return { name, arn: clusterArn };
  }

  public definitions(): TaskDefinition[] {
    return [...this.known.values()].map(({ definition }) => definition);
  }

  /** A task definition by its ARN, `family:revision`, or family. */
  public findDefinition(nameOrArn: string): KnownDefinition {
    const found = [...this.known.values()].find(
      ({ definition: { arn: definitionArn, family } }) =>
        definitionArn === nameOrArn || definitionArn.endsWith(`:task-definition/${nameOrArn}`) || family === nameOrArn,
    );
    if (found === undefined) throw new AwsError("ClientException", "TaskDefinition not found.");
    return found;
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    return this.protocol.handle(request, this, this.options.authorize);
  }

  public formatError(error: AwsError): AwsResponse {
    return this.protocol.formatError(error);
  }

  private begin(request: TaskRequest, clientToken: string | undefined): TaskRecord {
    const { activity, clock } = this.options;
    const id = randomUUID().replaceAll("-", "");
    const record: TaskRecord = {
      id,
      arn: this.taskArn(id, request.clusterArn),
      request,
      clientToken,
      createdAt: clock.now(),
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      version: 1,
    };
    this.records.set(record.arn, record);
    const run = new TaskRun({
      record,
      build: this.images.get(request.container.image),
      events: this.options.events,
      logs: this.options.logs,
      now: () => clock.now(),
      runtime: () => this.runtime(),
      environment: () => this.environmentOf(request),
      onChange: () => this.publish(record),
    });
    const ended = activity
      .during(() => run.run())
      .finally(() => {
        this.runs.delete(record.arn);
        clock.after(shownAfterStop, () => this.records.delete(record.arn));
      });
    this.runs.set(record.arn, { run, ended });
    return record;
  }

  private stopRun(record: TaskRecord, reason: string, grace: number): void {
    const running = this.runs.get(record.arn);
    if (running === undefined || record.lastStatus === "STOPPED") return;
    record.desiredStatus = "STOPPED";
    record.stoppingAt ??= this.options.clock.now();
    record.stopCode ??= "UserInitiated";
    record.stoppedReason ??= reason;
    running.run.stop(grace);
  }

  private runtime(): Promise<ContainerRuntime> {
    this.chosen ??= this.chooseRuntime();
    return this.chosen;
  }

  private async chooseRuntime(): Promise<ContainerRuntime> {
    const { clock, docker, events, folder, projectFolder } = this.options;
    const runtime = await chooseRuntime({ clock, docker, events, folder, projectFolder });
    mkdirSync(folder, { recursive: true });
    if (runtime.mode === "docker") writeFileSync(this.dockerMark(), "");
    return runtime;
  }

  private dockerMark(): string {
    return path.join(this.options.folder, "in-docker");
  }

  private environmentOf({ container, environment, taskRoleArn }: TaskRequest): Record<string, string> {
    const { account, credentialsFor, endpointUrl } = this.options;
    return taskEnvironment({
      account,
      credentials: taskRoleArn === "" ? undefined : credentialsFor(taskRoleArn),
      endpointUrl: endpointUrl(),
      environment: { ...container.environment, ...environment },
      secrets: container.secrets,
    });
  }

  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
  private async publish(record: TaskRecord): Promise<void> {
    const now = this.options.clock.now();
    try {
      await this.options.publish({
        source: "aws.ecs",
        "detail-type": "ECS Task State Change",
        resources: [record.arn],
        detail: { ...describeTask(record, inText), updatedAt: inText(now) },
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `the state of task ${record.request.definition.displayName} could not be published: ${reason}`;
      this.options.events.emit({ type: "notice", level: "error", message });
    }
    record.version += 1;
  }
}

function isSame(one: TaskRequest, other: TaskRequest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
