import type { Properties } from "../../engine/graph/resource";
import { allowed, at, list, types, type Policy } from "./policy";

/** Actions that take no resource, or none that is known before they are called, with the page that says so. */
export const withoutResource: Readonly<Record<string, string>> = {
  "ecr:GetAuthorizationToken":
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html",
  "xray:PutTraceSegments": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
  "xray:PutTelemetryRecords": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
  // A function's own network interfaces do not exist yet: Lambda makes them, and checks for these on all resources.
  ...Object.fromEntries(
    [
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ].map((action) => [
      action,
      "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions",
    ]),
  ),
};

const granted = ({ inputs }: { readonly inputs: Properties }): Properties[] => allowed(inputs["policy"]);
const actionsOf = (statement: Properties): string[] => list(statement["Action"]).map(String);

/** What is asked of roles and what they may do, and kept. */
export const permissionPolicies: readonly Policy[] = [
  {
    controls: ["IAM.1", "IAM.21", "CKV_AWS_63", "iam-role-policy-least-privilege"],
    title: "roles are granted actions by name, without wildcards",
    types: [types.rolePolicy],
    holds: (policy) =>
      granted(policy).every(
        (statement) =>
          statement["NotAction"] === undefined &&
          actionsOf(statement).every((action) => /^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)),
      ),
  },
  {
    controls: ["CKV_AWS_355", "CKV_AWS_290"],
    title: "roles are granted actions on named resources, where AWS has them",
    types: [types.rolePolicy],
    holds: (policy) =>
      granted(policy).every(
        (statement) =>
          statement["NotResource"] === undefined &&
          list(statement["Resource"]).every((resource) =>
            resource === "*"
              ? actionsOf(statement).every((action) => withoutResource[action] !== undefined)
              : isNamed(String(resource)),
          ),
      ),
  },
  {
    controls: ["CKV_AWS_60", "CKV_AWS_61"],
    title: "roles can be taken by one service, and nobody else",
    types: [types.role],
    holds: ({ inputs }) => {
      const [statement, ...others] = allowed(inputs["assumeRolePolicy"]);
      const services = list(at(statement, "Principal", "Service"));
      return (
        others.length === 0 &&
        Object.keys((statement?.["Principal"] ?? {}) as Properties).join() === "Service" &&
        services.length === 1 &&
        /^(lambda|ecs-tasks|scheduler)\.amazonaws\.com$/.test(String(services[0]))
      );
    },
  },
  {
    controls: ["CKV_AWS_286"],
    title: "roles are passed on by name, and to one service",
    types: [types.rolePolicy],
    holds: (policy) =>
      granted(policy).every(
        (statement) =>
          !actionsOf(statement).includes("iam:PassRole") ||
          (actionsOf(statement).length === 1 &&
            list(statement["Resource"]).every((resource) => !String(resource).includes("*")) &&
            at(statement, "Condition", "StringEquals", "iam:PassedToService") !== undefined),
      ),
  },
  {
    controls: ["CKV_AWS_274", "IAM.1"],
    title: "roles have no managed policies",
    types: [
      types.role,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "aws:iam/policyAttachment:PolicyAttachment",
    ],
    holds: ({ type, inputs }) => type === types.role && list(inputs["managedPolicyArns"]).length === 0,
  },
  {
    controls: ["IAM.2"],
    title: "there are no users and no access keys",
    types: ["aws:iam/user:User", "aws:iam/accessKey:AccessKey", "aws:iam/userPolicy:UserPolicy"],
    forbidden: true,
    holds: () => false,
  },
];

/** Whether an ARN names the service, and something of it: a wildcard stands for what is inside that, at its end. */
function isNamed(arn: string): boolean {
  const [start, partition, service, region, account, ...rest] = arn.split(":");
  const resource = rest.join(":");
  return (
    start === "arn" &&
    [partition, service, region, account].every((part) => part !== undefined && !part.includes("*")) &&
    /^[^*]{3,}\*?$/.test(resource)
  );
}
