import * as aws from "@pulumi/aws";
import type { Role, RolePolicy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { fromArn } from "../shared/arn";
import type { Statement } from "../shared/grants";
import { assumedBy, policyDocument, roleDocument } from "../shared/policy";
import { transformed } from "../shared/transform";
import type { TaskArgs } from "./task.args";

/** A role, and what must stand before it is used. */
interface RoleWithPolicies {
  readonly role: Role;
  readonly policies: readonly RolePolicy[];
}

/** The role that starts the container: it reads exactly its own image, log group and secrets. */
export function createExecutionRole(
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
  const secrets = pulumi.output(args.secrets ?? {}).apply((known) => Object.values(known));
  const policy = pulumi.all([own.repositoryArn, secrets]).apply(([repositoryArn, arns]) =>
    roleDocument(`task "${name}"`, parent, [
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
        resources: [secretOf(arn)],
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

/**
 * What a `valueFrom` names without the key, stage and version that may follow a secret's ARN: those are no part of it
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html).
 */
function secretOf(valueFrom: string): string {
  return valueFrom.startsWith("arn:") ? valueFrom.split(":").slice(0, 7).join(":") : valueFrom;
}

/** The role of the container itself: what it is granted. */
export function createRole(name: string, args: TaskArgs, parent: pulumi.Resource): RoleWithPolicies {
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
    transformed(args.transform, "policy", {
      role: role.id,
      policy: roleDocument(`task "${name}"`, parent, statements),
    }),
    { parent },
  );
  return { role, policies: [policy] };
}

/** All tasks of a cluster: each Task has its own, so these are its runs. */
export function tasksOf(clusterArn: pulumi.Output<string>): pulumi.Output<string> {
  return fromArn(clusterArn, (arn) => `${arn.replace(":cluster/", ":task/")}/*`);
}

export function passRole(roles: pulumi.Input<string>[], service: string): Statement {
  return {
    actions: ["iam:PassRole"],
    resources: roles,
    conditions: { StringEquals: { "iam:PassedToService": service } },
  };
}

/** What lets a run make a one-time schedule that stops it. */
export function createTimeout(
  name: string,
  seconds: pulumi.Input<number>,
  clusterArn: pulumi.Output<string>,
  parent: pulumi.Resource,
) {
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
  const schedules = fromArn(clusterArn, (arn) => {
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
