import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../shared/grants";
import { assumedBy, policyDocument } from "../shared/policy";
import { settings } from "../shared/settings";
import { transformed } from "../shared/transform";
import { fargateSize, type TaskSize } from "./fargate-size";
import { createImage, pinnedImage, privateRepository } from "./task-image.aws";
import { networkOf } from "./task-network.aws";
import type { TaskArgs } from "./task.args";

/** A task's resources, as far as others need them. */
export interface CreatedTask {
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly clusterArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  /** What the runtime is told, as JSON. */
  readonly place: pulumi.Output<string>;
  readonly statements: Record<"run" | "stop" | "wait", Statement[]>;
}

/** Makes a Fargate task: image, cluster, definition, roles, log group and security group. */
export function createTask(name: string, args: TaskArgs, parent: pulumi.Resource): CreatedTask {
  const stack = settings();
  const { transform } = args;
  const architecture = args.architecture ?? stack.architecture ?? "x64";
  const { image, repositoryArn } =
    args.build === undefined
      ? { image: pinnedImage(args.image ?? "", parent), repositoryArn: privateRepository(args.image ?? "") }
      : createImage(name, args, args.build, architecture, parent);
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    transformed(transform, "logGroup", { retentionInDays: args.logRetention ?? stack.logRetention }),
    { parent },
  );
  const cluster = createCluster(name, args, parent);
  const execution = createExecutionRole(name, args, { repositoryArn, logGroupArn: logGroup.arn }, parent);
  const own = createRole(name, args, parent);
  const size = sizeOf(name, args, parent);
  const definition = new aws.ecs.TaskDefinition(
    `${name}-task`,
    transformed(transform, "taskDefinition", {
      family: name,
      cpu: String(size.cpu),
      memory: String(size.memory),
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: { cpuArchitecture: architecture === "x64" ? "X86_64" : "ARM64", operatingSystemFamily: "LINUX" },
      // Twenty is what Fargate gives anyway, and refuses to be told.
      ...(args.ephemeralStorage === undefined || args.ephemeralStorage === 20
        ? {}
        : { ephemeralStorage: { sizeInGib: args.ephemeralStorage } }),
      executionRoleArn: execution.role.arn,
      taskRoleArn: own.role.arn,
      containerDefinitions: containerDefinition(name, args, image, logGroup),
    }),
    // A run that starts before its permissions stand would fail.
    { parent, dependsOn: [...execution.policies, ...own.policies] },
  );
  const network = networkOf(name, args, parent);
  const timeout = args.timeout === undefined ? undefined : createTimeout(name, args.timeout, cluster.arn, parent);
  return {
    taskDefinitionArn: definition.arn,
    clusterArn: cluster.arn,
    logGroupName: logGroup.name,
    place: pulumi.jsonStringify({
      cluster: cluster.arn,
      taskDefinition: definition.arn,
      container: name,
      ...network,
      logGroup: logGroup.name,
      spot: args.spot ?? false,
      ...(timeout === undefined ? {} : { timeout: timeout.place }),
    }),
    statements: {
      run: [
        {
          actions: ["ecs:RunTask"],
          resources: [definition.arn],
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

function createCluster(name: string, args: TaskArgs, parent: pulumi.Resource): aws.ecs.Cluster {
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

interface RoleWithPolicies {
  readonly role: aws.iam.Role;
  readonly policies: readonly aws.iam.RolePolicy[];
}

/** The role that starts the container: it reads exactly its own image, log group and secrets. */
function createExecutionRole(
  name: string,
  args: TaskArgs,
  own: { repositoryArn: pulumi.Output<string | undefined>; logGroupArn: pulumi.Output<string> },
  parent: pulumi.Resource,
): RoleWithPolicies {
  const role = new aws.iam.Role(
    `${name}-execution-role`,
    transformed(args.transform, "executionRole", { assumeRolePolicy: assumedBy("ecs-tasks.amazonaws.com") }),
    { parent },
  );
  const secrets = Object.values(args.secrets ?? {}).map((arn) => pulumi.output(arn));
  const policy = pulumi.all([own.repositoryArn, pulumi.all(secrets)]).apply(([repositoryArn, arns]) =>
    policyDocument([
      ...(repositoryArn === undefined
        ? []
        : [
            // The token is for the registry as a whole: the action takes no resource.
            { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
            {
              actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
              resources: [repositoryArn],
            },
          ]),
      { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [pulumi.interpolate`${own.logGroupArn}:*`] },
      ...arns.map((arn) => ({
        actions: [arn.includes(":ssm:") ? "ssm:GetParameters" : "secretsmanager:GetSecretValue"],
        resources: [arn],
      })),
    ]),
  );
  const rolePolicy = new aws.iam.RolePolicy(
    `${name}-execution-policy`,
    transformed(args.transform, "executionPolicy", { role: role.id, policy }),
    { parent },
  );
  return { role, policies: [rolePolicy] };
}

/** The role of the container itself: what it is granted. */
function createRole(name: string, args: TaskArgs, parent: pulumi.Resource): RoleWithPolicies {
  const role = new aws.iam.Role(
    `${name}-role`,
    transformed(args.transform, "role", { assumeRolePolicy: assumedBy("ecs-tasks.amazonaws.com") }),
    { parent },
  );
  const statements = (args.grants ?? []).flatMap((grant) => [...grant.statements]);
  // IAM takes no policy without statements.
  if (statements.length === 0) return { role, policies: [] };
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    transformed(args.transform, "policy", { role: role.id, policy: policyDocument(statements) }),
    { parent },
  );
  return { role, policies: [policy] };
}

function sizeOf(name: string, { cpu = 256, memory = 512 }: TaskArgs, resource: pulumi.Resource): TaskSize {
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
  name: string,
  args: TaskArgs,
  image: pulumi.Input<string>,
  logGroup: aws.cloudwatch.LogGroup,
): pulumi.Output<string> {
  const named = <Key extends string>(values: Readonly<Record<string, pulumi.Input<string>>>, key: Key) =>
    Object.keys(values)
      .sort()
      .map((variable) => ({ name: variable, [key]: values[variable] }));
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
          "awslogs-region": logGroup.arn.apply((arn) => arn.split(":")[3] ?? ""),
          "awslogs-stream-prefix": name,
        },
      },
    },
  ]);
}

/** All tasks of a cluster: each Task has its own, so these are its runs. */
function tasksOf(clusterArn: pulumi.Output<string>): pulumi.Output<string> {
  return clusterArn.apply((arn) => `${arn.replace(":cluster/", ":task/")}/*`);
}

function passRole(roles: pulumi.Input<string>[], service: string): Statement {
  return {
    actions: ["iam:PassRole"],
    resources: roles,
    conditions: { StringEquals: { "iam:PassedToService": service } },
  };
}

/** What lets a run make a one-time schedule that stops it. */
function createTimeout(name: string, seconds: number, clusterArn: pulumi.Output<string>, parent: pulumi.Resource) {
  const role = new aws.iam.Role(
    `${name}-timeout-role`,
    { assumeRolePolicy: assumedBy("scheduler.amazonaws.com") },
    { parent },
  );
  new aws.iam.RolePolicy(
    `${name}-timeout-policy`,
    { role: role.id, policy: policyDocument([{ actions: ["ecs:StopTask"], resources: [tasksOf(clusterArn)] }]) },
    { parent },
  );
  // A schedule's name has 64 characters at most, of which a run's id takes 32.
  const prefix = `${name.slice(0, 31)}-`;
  const schedules = clusterArn.apply((arn) => {
    const [, partition, , region, account] = arn.split(":");
    return `arn:${partition}:scheduler:${region}:${account}:schedule/default/${prefix}*`;
  });
  return {
    place: { seconds, role: role.arn, prefix },
    statements: [
      { actions: ["scheduler:CreateSchedule"], resources: [schedules] },
      passRole([role.arn], "scheduler.amazonaws.com"),
      // A run whose schedule could not be made is stopped.
      { actions: ["ecs:StopTask"], resources: [tasksOf(clusterArn)] },
    ],
  };
}
