import type { ContainerDefinition, TaskDefinition } from "./task-definition";

/** What a run changes in its definition, and how it is accounted for: RunTask's request, checked. */
export interface TaskRequest {
  readonly definition: TaskDefinition;
  readonly container: ContainerDefinition;
  readonly clusterArn: string;
  /** Replaces CMD. */
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** CPU units; empty where it is not said. */
  readonly cpu: string;
  /** MB; empty where it is not said. */
  readonly memory: string;
  readonly taskRoleArn: string;
  /** The overrides as they were sent, for DescribeTasks. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly launchType: "FARGATE" | undefined;
  readonly capacityProvider: string | undefined;
  readonly group: string;
  readonly startedBy: string | undefined;
}

/** Times are milliseconds since the epoch. */
export type TaskStatus = "PROVISIONING" | "RUNNING" | "STOPPED";

/** A run of a task, from RunTask until an hour after it stopped. */
export interface TaskRecord {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly arn: string;
  readonly request: TaskRequest;
  readonly clientToken: string | undefined;
  readonly createdAt: number;
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  startedAt?: number;
  stoppingAt?: number;
  stoppedAt?: number;
  stopCode?: "EssentialContainerExited" | "TaskFailedToStart" | "UserInitiated";
  stoppedReason?: string;
  exitCode?: number;
  containerReason?: string;
  /** Grows with each change, as in AWS's events. */
  version: number;
}

/** Seconds since the epoch in the JSON protocol, text in events. */
type FormatTime = (time: number) => number | string;

export const inSeconds: FormatTime = (time) => time / 1000;
export const inText: FormatTime = (time) => new Date(time).toISOString();

/** A run as DescribeTasks shows it (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html). */
export function describeTask(record: TaskRecord, format: FormatTime): Record<string, unknown> {
  const { request } = record;
  const { container, definition } = request;
  const [, , , region = ""] = record.arn.split(":");
  const time = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: format(value) });
  return {
    attachments: [],
    attributes: [],
    availabilityZone: `${region}a`,
    ...(request.capacityProvider === undefined ? {} : { capacityProviderName: request.capacityProvider }),
    clusterArn: request.clusterArn,
    ...(record.startedAt === undefined ? {} : { connectivity: "CONNECTED" }),
    ...time("connectivityAt", record.startedAt),
    containers: [
      {
        containerArn: `${record.arn.replace(":task/", ":container/")}/${container.name}`,
        taskArn: record.arn,
        name: container.name,
        image: container.image,
        lastStatus: record.lastStatus === "PROVISIONING" ? "PENDING" : record.lastStatus,
        ...(record.exitCode === undefined ? {} : { exitCode: record.exitCode }),
        ...(record.containerReason === undefined ? {} : { reason: record.containerReason }),
        networkBindings: [],
        networkInterfaces: [],
      },
    ],
    cpu: request.cpu,
    createdAt: format(record.createdAt),
    desiredStatus: record.desiredStatus,
    enableExecuteCommand: false,
    group: request.group,
    lastStatus: record.lastStatus,
    launchType: request.launchType ?? "FARGATE",
    memory: request.memory,
    overrides: { containerOverrides: [{ name: container.name }], ...request.overrides },
    platformFamily: "Linux",
    platformVersion: "1.4.0",
    ...time("startedAt", record.startedAt),
    ...(request.startedBy === undefined ? {} : { startedBy: request.startedBy }),
    ...(record.stopCode === undefined ? {} : { stopCode: record.stopCode }),
    ...time("stoppedAt", record.stoppedAt),
    ...(record.stoppedReason === undefined ? {} : { stoppedReason: record.stoppedReason }),
    ...time("stoppingAt", record.stoppingAt),
    tags: [],
    taskArn: record.arn,
    taskDefinitionArn: definition.arn,
    version: record.version,
  };
}
