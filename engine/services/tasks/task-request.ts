import type { JsonInput } from "../protocol/json-input";
import { AwsError } from "../protocol/message";
import type { TaskRequest } from "./task-record";
import type { TaskService } from "./task-service";

const mostOverrides = 8192;
const knownOverrides = new Set(["containerOverrides", "cpu", "memory", "taskRoleArn", "executionRoleArn"]);
const knownContainerOverrides = new Set(["name", "command", "environment", "cpu", "memory", "memoryReservation"]);

/** Reads RunTask's parameters and checks them as ECS does. */
export function readTaskRequest(input: JsonInput, tasks: TaskService): TaskRequest {
  const cluster = tasks.findCluster(input.optionalString("cluster"));
  const { definition, container } = tasks.findDefinition(input.string("taskDefinition"));
  const launchType = input.optionalString("launchType");
  const strategy = input.optionalList("capacityProviderStrategy");
  if (launchType !== undefined && strategy !== undefined && strategy.length > 0) {
    throw invalid(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  }
  if (launchType !== undefined && launchType !== "FARGATE")
    throw invalid("No Container Instances were found in your cluster.");
  const capacityProvider = strategy?.[0]?.string("capacityProvider");
  if (capacityProvider !== undefined && !["FARGATE", "FARGATE_SPOT"].includes(capacityProvider))
    throw invalid("The specified capacity provider was not found.");
  if (input.optionalBoolean("enableExecuteCommand") === true)
    throw invalid("The task cannot be run with enableExecuteCommand: ECS Exec is not supported on this machine.");
  const startedBy = input.optionalString("startedBy");
  const group = input.optionalString("group");
  const overrides = readOverrides(input, container.name);
  return {
    definition,
    container,
    clusterArn: cluster.arn,
    command: overrides.command,
    environment: overrides.environment,
    cpu: overrides.cpu ?? definition.cpu,
    memory: overrides.memory ?? definition.memory,
    taskRoleArn: overrides.taskRoleArn ?? definition.taskRoleArn,
    overrides: overrides.sent,
    launchType: capacityProvider === undefined ? "FARGATE" : undefined,
    capacityProvider,
    group: group ?? `family:${definition.family}`,
    startedBy,
  };
}

/** The roles that a run hands over, for iam:PassRole. */
export function passedRoles(input: JsonInput, tasks: TaskService): string[] {
  const overrides = input.optionalObject("overrides");
  const { definition } = tasks.findDefinition(input.string("taskDefinition"));
  const roles = [
    overrides?.optionalString("taskRoleArn") ?? definition.taskRoleArn,
    overrides?.optionalString("executionRoleArn") ?? definition.executionRoleArn,
  ];
  return [...new Set(roles)].filter((role) => role !== "");
}

interface Overrides {
  readonly command: readonly string[] | undefined;
  readonly environment: Record<string, string>;
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  readonly taskRoleArn: string | undefined;
  readonly sent: Record<string, unknown>;
}

function readOverrides(input: JsonInput, containerName: string): Overrides {
  const overrides = input.optionalObject("overrides");
  refuseUnknown(overrides, knownOverrides);
  const containers = overrides?.optionalList("containerOverrides") ?? [];
  const environment: Record<string, string> = {};
  let command: readonly string[] | undefined;
  for (const override of containers) {
    const name = override.optionalString("name") ?? "";
    if (name !== containerName)
      throw invalid(`Override for container named ${name} is not a container in the TaskDefinition.`);
    refuseUnknown(override, knownContainerOverrides);
    command = override.optionalStrings("command") ?? command;
    for (const pair of override.optionalList("environment") ?? [])
      environment[pair.string("name")] = pair.optionalString("value") ?? "";
  }
  const [cpu, memory] = [overrides?.optionalString("cpu"), overrides?.optionalString("memory")];
  const [taskRoleArn, executionRoleArn] = [
    overrides?.optionalString("taskRoleArn"),
    overrides?.optionalString("executionRoleArn"),
  ];
  for (const size of [cpu, memory])
    if (size !== undefined && !/^[1-9]\d*$/.test(size))
      throw invalid(`Invalid 'cpu' or 'memory' setting for task: ${size}`);
  const pairs = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const sent = {
    containerOverrides: [
      {
        name: containerName,
        ...(command === undefined ? {} : { command }),
        ...(pairs.length > 0 && { environment: pairs }),
      },
    ],
    ...Object.fromEntries(
      Object.entries({ cpu, memory, taskRoleArn, executionRoleArn }).filter(([, value]) => value !== undefined),
    ),
  };
  if (JSON.stringify(sent).length > mostOverrides)
    throw invalid(`Container Overrides length must be at most ${mostOverrides}`);
  return { command: command?.length === 0 ? undefined : command, environment, cpu, memory, taskRoleArn, sent };
}

function refuseUnknown(input: JsonInput | undefined, known: ReadonlySet<string>): void {
  const unknown = (input?.names() ?? []).filter((name) => !known.has(name));
  if (unknown.length > 0) throw invalid(`The override ${unknown.join(", ")} is not supported on this machine.`);
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
