import * as aws from "@pulumi/aws";
import type { Cluster, TaskDefinition } from "@pulumi/aws/ecs";
import * as pulumi from "@pulumi/pulumi";
import { fromArn } from "../shared/arn";
import { throwProblems } from "../shared/errors";
import type { Statement } from "../shared/grants";
import { settings } from "../shared/settings";
import { transformed } from "../shared/transform";
import { fargateSize, type TaskSize } from "./fargate-size";
import { createImage, pinnedImage, privateRepository } from "./task-image.aws";
import { createExecutionRole, createRole, createTimeout, passRole, tasksOf } from "./task-roles.aws";
import { networkOf } from "./task-network.aws";
import { checkSize, type TaskArgs } from "./task.args";

/** A task's resources, as far as others need them. */
export interface CreatedTask {
  readonly definition: TaskDefinition;
  readonly clusterArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  /** What the runtime is told, as JSON. */
  readonly place: pulumi.Output<string>;
  readonly statements: Record<"run" | "stop" | "wait", Statement[]>;
}

/** Makes a Fargate task: image, cluster, definition, roles, log group and security group. */
export function createTask(
  name: string,
  args: TaskArgs,
  parent: pulumi.Resource,
  asked: pulumi.InvokeOutputOptions,
): CreatedTask {
  const stack = settings();
  const { transform } = args;
  const architecture = pulumi.output(args.architecture ?? stack.architecture ?? "x64");
  const { image, repositoryArn } =
    args.build === undefined
      ? { image: pinnedImage(args.image ?? "", asked), repositoryArn: privateRepository(args.image ?? "") }
      : createImage(name, args, args.build, architecture, parent, asked);
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    transformed(transform, "logGroup", { retentionInDays: args.logRetention ?? stack.logRetention }),
    { parent },
  );
  const cluster = createCluster(name, args, parent);
  const execution = createExecutionRole(name, args, { repositoryArn, logGroupArn: logGroup.arn }, parent);
  const own = createRole(name, args, parent);
  const size = sizeOf(name, args, parent);
  const { family, container } = namesOf(name, cluster);
  const definition = new aws.ecs.TaskDefinition(
    `${name}-task`,
    transformed(transform, "taskDefinition", {
      family,
      cpu: size.apply(({ cpu }) => String(cpu)),
      memory: size.apply(({ memory }) => String(memory)),
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: {
        cpuArchitecture: architecture.apply((known) => (known === "x64" ? "X86_64" : "ARM64")),
        operatingSystemFamily: "LINUX",
      },
      ...ephemeralStorage(args),
      executionRoleArn: execution.role.arn,
      taskRoleArn: own.role.arn,
      containerDefinitions: containerDefinition(container, args, image, logGroup),
    }),
    // A run that starts before its permissions stand would fail.
    { parent, dependsOn: [...execution.policies, ...own.policies] },
  );
  const network = networkOf(name, args, parent, asked);
  const timeout = args.timeout === undefined ? undefined : createTimeout(name, args.timeout, cluster.arn, parent);
  return {
    definition,
    clusterArn: cluster.arn,
    logGroupName: logGroup.name,
    place: pulumi.jsonStringify({
      cluster: cluster.arn,
      // Its latest revision: a new image changes no function, and no permission.
      taskDefinition: family,
      container,
      ...network,
      logGroup: logGroup.name,
      spot: args.spot ?? false,
      ...(timeout === undefined ? {} : { timeout: timeout.place }),
    }),
    statements: {
      run: [
        {
          actions: ["ecs:RunTask"],
          resources: [revisionsOf(family, cluster.arn)],
          conditions: { ArnEquals: { "ecs:cluster": cluster.arn } },
        },
        passRole([own.role.arn, execution.role.arn], "ecs-tasks.amazonaws.com"),
        ...(timeout?.statements ?? []),
      ],
      stop: [{ actions: ["ecs:StopTask"], resources: [tasksOf(cluster.arn)] }],
      wait: [
        { actions: ["ecs:DescribeTasks"], resources: [tasksOf(cluster.arn)] },
        { actions: ["logs:GetLogEvents"], resources: [pulumi.interpolate`${logGroup.arn}:*`] },
      ],
    },
  };
}

/**
 * How AWS knows the definition and its container. Both follow the cluster's name, which no other stack has and which
 * stays when the program calls the task something else.
 */
function namesOf(name: string, cluster: Cluster) {
  const parts = fromArn(cluster.name, (known) => /^(.*)-cluster(-[0-9a-f]+)?$/.exec(known) ?? [known, known || name]);
  return {
    family: parts.apply(([, own = "", suffix = ""]) => own + suffix),
    container: parts.apply(([, own = ""]) => own),
  };
}

/** The ARN of every revision of a family: which is the latest changes with each image. */
function revisionsOf(family: pulumi.Output<string>, clusterArn: pulumi.Output<string>): pulumi.Output<string> {
  const prefix = fromArn(clusterArn, (arn) => arn.replace(/:cluster\/.*$/, ":task-definition/"));
  return pulumi.interpolate`${prefix}${family}:*`;
}

function createCluster(name: string, args: TaskArgs, parent: pulumi.Resource): Cluster {
  const cluster = new aws.ecs.Cluster(`${name}-cluster`, transformed(args.transform, "cluster", {}), { parent });
  if (args.spot === true) {
    new aws.ecs.ClusterCapacityProviders(
      `${name}-capacity`,
      { clusterName: cluster.name, capacityProviders: ["FARGATE_SPOT"] },
      { parent },
    );
  }
  return cluster;
}

/** Twenty is what Fargate gives anyway, and refuses to be told. */
function ephemeralStorage({ ephemeralStorage: size }: TaskArgs): Pick<aws.ecs.TaskDefinitionArgs, "ephemeralStorage"> {
  if (size === undefined || size === 20) return {};
  // The property is left out where an Output turns out to be 20; its type has no place for that.
  const known = pulumi.output(size).apply((gib) => (gib === 20 ? undefined : { sizeInGib: gib }));
  return { ephemeralStorage: known as pulumi.Output<{ sizeInGib: number }> };
}

function sizeOf(name: string, { cpu = 256, memory = 512 }: TaskArgs, resource: pulumi.Resource) {
  return pulumi.all([cpu, memory]).apply(([known, mb]) => roundedUp(name, { cpu: known, memory: mb }, resource));
}

function roundedUp(name: string, { cpu, memory }: TaskSize, resource: pulumi.Resource): TaskSize {
  throwProblems(checkSize(`task "${name}"`, { cpu, memory }), resource);
  const size = fargateSize({ cpu, memory }) ?? { cpu, memory };
  if (size.cpu !== cpu || size.memory !== memory) {
    void pulumi.log.info(
      `task "${name}": Fargate has no ${cpu} CPU units with ${memory} MB; rounded up to ${size.cpu} with ${size.memory} MB`,
      resource,
    );
  }
  return size;
}

function containerDefinition(
  name: pulumi.Output<string>,
  args: TaskArgs,
  image: pulumi.Input<string>,
  logGroup: aws.cloudwatch.LogGroup,
): pulumi.Output<string> {
  const named = (values: NonNullable<TaskArgs["environment"]>, key: string) =>
    pulumi.output(values).apply((known) =>
      Object.keys(known)
        .sort()
        .map((variable) => ({ name: variable, [key]: known[variable] })),
    );
  return pulumi.jsonStringify([
    {
      name,
      image,
      essential: true,
      ...(args.command === undefined ? {} : { command: args.command }),
      environment: named(args.environment ?? {}, "value"),
      secrets: named(args.secrets ?? {}, "valueFrom"),
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": logGroup.name,
          "awslogs-region": fromArn(logGroup.arn, (arn) => arn.split(":")[3] ?? ""),
          "awslogs-stream-prefix": name,
        },
      },
    },
  ]);
}
