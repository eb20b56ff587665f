import type { RecordedResource, Value } from "../../engine/graph/resource";
import { at, list, parsed, types, type Policy } from "./policy";

const tasks = [types.taskDefinition];
const securityGroups = ["aws:ec2/securityGroup:SecurityGroup"];

const containersOf = ({ inputs }: RecordedResource): readonly Value[] => list(parsed(inputs["containerDefinitions"]));

const every = (task: RecordedResource, holds: (container: Value) => boolean): boolean =>
  containersOf(task).length > 0 && containersOf(task).every(holds);

/** What is asked of tasks, their images and their network, and kept. */
export const containerPolicies: readonly Policy[] = [
  {
    controls: ["ECS.3", "ECS.17", "CKV_AWS_335"],
    title: "tasks share neither network nor processes with their host",
    types: tasks,
    holds: ({ inputs }) =>
      inputs["networkMode"] === "awsvpc" && inputs["pidMode"] === undefined && inputs["ipcMode"] === undefined,
  },
  {
    controls: ["ECS.4", "CKV_AWS_334"],
    title: "containers are not privileged",
    types: tasks,
    holds: (task) =>
      every(task, (each) => at(each, "privileged") !== true && at(each, "linuxParameters") === undefined),
  },
  {
    controls: ["ECS.9"],
    title: "containers log to a group of the stack",
    types: tasks,
    holds: (task, stack) =>
      every(task, (each) => {
        const name = at(each, "logConfiguration", "options", "awslogs-group");
        return stack.all(types.logGroup).some(({ outputs }) => outputs["name"] === name);
      }),
  },
  {
    controls: ["ECS.8"],
    title: "no keys stand in a container's environment",
    types: tasks,
    holds: (task) =>
      every(task, (each) =>
        list(at(each, "environment")).every(
          (variable) => !/^(AWS_(ACCESS|SECRET|SESSION)|ECS_ENGINE_AUTH_DATA)/.test(String(at(variable, "name"))),
        ),
      ),
  },
  {
    controls: ["CKV_AWS_249"],
    title: "starting a container and being it are different roles",
    types: tasks,
    holds: ({ inputs }) =>
      inputs["taskRoleArn"] !== undefined &&
      inputs["executionRoleArn"] !== undefined &&
      inputs["taskRoleArn"] !== inputs["executionRoleArn"],
  },
  {
    controls: [],
    title: "images are pinned to their digest",
    types: tasks,
    // A registry is not asked while recording: there the digest is the tag.
    holds: (task) => every(task, (each) => /@(sha256:[0-9a-f]{64}|tag:[\w.-]+)$/.test(String(at(each, "image")))),
  },
  {
    controls: ["ECR.1", "CKV_AWS_163"],
    title: "images are scanned when they are pushed",
    types: [types.repository],
    holds: ({ inputs }) => at(inputs, "imageScanningConfiguration", "scanOnPush") === true,
  },
  {
    controls: ["ECR.3"],
    title: "repositories drop old images",
    types: [types.repository],
    holds: ({ outputs }, stack) =>
      stack.naming("aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository", outputs["name"]).length === 1,
  },
  {
    controls: ["EC2.13", "EC2.14", "EC2.18", "EC2.19", "CKV_AWS_24", "CKV_AWS_260", "CKV_AWS_277"],
    title: "security groups let nothing in",
    types: securityGroups,
    holds: ({ inputs }) => list(inputs["ingress"]).length === 0,
  },
  {
    controls: ["CKV_AWS_23"],
    title: "security groups and their rules say what they are for",
    types: securityGroups,
    holds: ({ inputs }) =>
      inputs["description"] !== undefined &&
      list(inputs["egress"]).every((rule) => String(at(rule, "description") ?? "") !== ""),
  },
];

/** What is asked of them, and not done by itself: docs/policies.md says why. */
export const unmetContainerPolicies: readonly Policy[] = [
  {
    controls: ["ECS.5", "CKV_AWS_336"],
    title: "containers cannot write to their own disk",
    types: tasks,
    holds: (task) => every(task, (each) => at(each, "readonlyRootFilesystem") === true),
  },
  {
    controls: ["ecs-task-definition-linux-user-non-root"],
    title: "containers do not run as root",
    types: tasks,
    holds: (task) => every(task, (each) => !["undefined", "root", "0"].includes(String(at(each, "user")))),
  },
  {
    controls: ["ECS.12", "CKV_AWS_65"],
    title: "clusters have Container Insights",
    types: ["aws:ecs/cluster:Cluster"],
    holds: ({ inputs }) => list(inputs["settings"]).some((each) => at(each, "name") === "containerInsights"),
  },
  {
    controls: ["SQS.2", "Lambda.6", "ECS.14", "ECS.15"],
    title: "queues, functions, clusters and tasks are tagged",
    types: [types.queue, types.function, "aws:ecs/cluster:Cluster", types.taskDefinition],
    holds: ({ inputs }) => Object.keys((inputs["tags"] ?? {}) as object).length > 0,
  },
  {
    controls: ["ECS.2", "ECS.16", "CKV_AWS_333"],
    title: "tasks have no public address",
    types: [types.function],
    // Where a task runs is said when it is started: by the functions that may start it.
    holds: ({ inputs }) => {
      const variables = (at(inputs, "environment", "variables") ?? {}) as Readonly<Record<string, Value>>;
      const places = Object.entries(variables).filter(([name]) => name.startsWith("TANDEM_TASK_"));
      if (places.length === 0) return undefined;
      return places.every(([, place]) => at(parsed(place), "assignPublicIp") === "DISABLED");
    },
  },
  {
    controls: ["CKV_AWS_382"],
    title: "security groups let out what is needed only",
    types: securityGroups,
    holds: ({ inputs }) => list(inputs["egress"]).every((rule) => at(rule, "protocol") !== "-1"),
  },
  {
    controls: ["ECR.2", "CKV_AWS_51"],
    title: "tags of images cannot be moved",
    types: [types.repository],
    holds: ({ inputs }) => inputs["imageTagMutability"] === "IMMUTABLE",
  },
  {
    controls: ["ECR.5", "CKV_AWS_136"],
    title: "images are encrypted with a key of one's own",
    types: [types.repository],
    holds: ({ inputs }) => at(inputs, "encryptionConfigurations", 0, "encryptionType") === "KMS",
  },
];
