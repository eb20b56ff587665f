import type { JsonInput } from "../protocol/json-input";
import { jsonResponse } from "../protocol/json-protocol";
import { AwsError } from "../protocol/message";
import type { Operation } from "../protocol/operation";
import { describeTask, inSeconds } from "./task-record";
import { passedRoles, readTaskRequest } from "./task-request";
import type { TaskService } from "./task-service";

const mostAtOnce = 10;
const mostDescribed = 100;

/** The operations of ECS that run here. */
export const taskOperations: readonly Operation<TaskService, JsonInput>[] = [
  {
    name: "RunTask",
    permissions: (input, tasks) => [
      {
        action: "ecs:RunTask",
        resource: tasks.findDefinition(input.string("taskDefinition")).definition.arn,
        context: clusterOf(input, tasks),
      },
      ...passedRoles(input, tasks).map((resource) => ({
        action: "iam:PassRole",
        resource,
        context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
      })),
    ],
    run: async (input, tasks) => {
      const count = input.optionalNumber("count") ?? 1;
      if (!Number.isInteger(count) || count < 1 || count > mostAtOnce)
        throw new AwsError("InvalidParameterException", `Count must be at least 1 and at most ${mostAtOnce}.`);
      const started = tasks.run(readTaskRequest(input, tasks), count, input.optionalString("clientToken"));
      return jsonResponse({ tasks: started.map((record) => describeTask(record, inSeconds)), failures: [] });
    },
  },
  {
    name: "DescribeTasks",
    permissions: (input, tasks) =>
      (input.optionalStrings("tasks") ?? []).map((task) => ({
        action: "ecs:DescribeTasks",
        resource: tasks.taskArn(task, input.optionalString("cluster")),
        context: clusterOf(input, tasks),
      })),
    run: async (input, tasks) => {
      const asked = input.optionalStrings("tasks") ?? [];
      if (asked.length === 0) throw new AwsError("InvalidParameterException", "Tasks cannot be empty.");
      if (asked.length > mostDescribed)
        throw new AwsError("InvalidParameterException", `Tasks must have at most ${mostDescribed} members.`);
      const cluster = tasks.findCluster(input.optionalString("cluster"));
      const arns = asked.map((task) => tasks.taskArn(task, cluster.arn));
      return jsonResponse({
        tasks: arns.flatMap((arn) => tasks.findTask(arn) ?? []).map((record) => describeTask(record, inSeconds)),
        failures: arns.filter((arn) => tasks.findTask(arn) === undefined).map((arn) => ({ arn, reason: "MISSING" })),
      });
    },
  },
  {
    name: "StopTask",
    permissions: (input, tasks) => [
      {
        action: "ecs:StopTask",
        resource: tasks.taskArn(input.string("task"), input.optionalString("cluster")),
        context: clusterOf(input, tasks),
      },
    ],
    run: async (input, tasks) => {
      const cluster = tasks.findCluster(input.optionalString("cluster"));
      const record = tasks.stop(tasks.taskArn(input.string("task"), cluster.arn), input.optionalString("reason"));
      return jsonResponse({ task: describeTask(record, inSeconds) });
    },
  },
  {
    name: "ListTasks",
    permissions: (input, tasks) => [{ action: "ecs:ListTasks", resource: "*", context: clusterOf(input, tasks) }],
    run: async (input, tasks) => {
      const cluster = tasks.findCluster(input.optionalString("cluster"));
      const desired = input.optionalString("desiredStatus") ?? "RUNNING";
      const family = input.optionalString("family");
      const startedBy = input.optionalString("startedBy");
      const found = tasks
        .list()
        .filter(({ request }) => request.clusterArn === cluster.arn)
        .filter(({ desiredStatus }) => desiredStatus === desired)
        .filter(({ request }) => family === undefined || request.definition.family === family)
        .filter(({ request }) => startedBy === undefined || request.startedBy === startedBy);
      return jsonResponse(
        page(
          input,
          "taskArns",
          found.map(({ arn }) => arn),
        ),
      );
    },
  },
  {
    name: "DescribeTaskDefinition",
    permissions: () => [{ action: "ecs:DescribeTaskDefinition", resource: "*" }],
    run: async (input, tasks) => {
      const { definition } = tasks.findDefinition(input.string("taskDefinition"));
      return jsonResponse({
        taskDefinition: {
          taskDefinitionArn: definition.arn,
          family: definition.family,
          revision: Number(/:(\d+)$/.exec(definition.arn)?.[1] ?? "1"),
          status: "ACTIVE",
          containerDefinitions: definition.containerDefinitions,
          cpu: definition.cpu,
          memory: definition.memory,
          taskRoleArn: definition.taskRoleArn,
          executionRoleArn: definition.executionRoleArn,
          networkMode: "awsvpc",
          requiresCompatibilities: ["FARGATE"],
          compatibilities: ["EC2", "FARGATE"],
          placementConstraints: [],
          volumes: [],
        },
        tags: [],
      });
    },
  },
  {
    name: "ListTaskDefinitions",
    permissions: () => [{ action: "ecs:ListTaskDefinitions", resource: "*" }],
    run: async (input, tasks) => {
      const prefix = input.optionalString("familyPrefix");
      const found = tasks.definitions().filter(({ family }) => prefix === undefined || family === prefix);
      return jsonResponse(page(input, "taskDefinitionArns", found.map(({ arn }) => arn).sort()));
    },
  },
  {
    name: "DescribeClusters",
    permissions: (input, tasks) =>
      (input.optionalStrings("clusters") ?? ["default"]).map((cluster) => ({
        action: "ecs:DescribeClusters",
        resource: tasks.clusterArn(cluster),
      })),
    run: async (input, tasks) => {
      const arns = (input.optionalStrings("clusters") ?? ["default"]).map((cluster) => tasks.clusterArn(cluster));
      const known = tasks.clusters().filter(({ arn }) => arns.includes(arn));
      const running = (cluster: string, status: string): number =>
        tasks.list().filter(({ request, lastStatus }) => request.clusterArn === cluster && lastStatus === status)
          .length;
      return jsonResponse({
        clusters: known.map(({ name, arn }) => ({
          clusterArn: arn,
          clusterName: name,
          status: "ACTIVE",
          registeredContainerInstancesCount: 0,
          runningTasksCount: running(arn, "RUNNING"),
          pendingTasksCount: running(arn, "PROVISIONING"),
          activeServicesCount: 0,
          capacityProviders: ["FARGATE", "FARGATE_SPOT"],
          settings: [],
          statistics: [],
          tags: [],
        })),
        failures: arns
          .filter((arn) => !known.some((cluster) => cluster.arn === arn))
          .map((arn) => ({ arn, reason: "MISSING" })),
      });
    },
  },
];

function clusterOf(input: JsonInput, tasks: TaskService): Record<string, string> {
  return { "ecs:cluster": tasks.clusterArn(input.optionalString("cluster") ?? "default") };
}

/** One page of a list of ARNs; the token is the number of the first that follows. */
function page(input: JsonInput, name: string, arns: readonly string[]): Record<string, unknown> {
  const size = input.optionalNumber("maxResults") ?? mostDescribed;
  if (!Number.isInteger(size) || size < 1 || size > mostDescribed)
    throw new AwsError("InvalidParameterException", `maxResults must be at least 1 and at most ${mostDescribed}.`);
  const token = input.optionalString("nextToken") ?? "0";
  if (!/^\d{1,9}$/.test(token)) throw new AwsError("InvalidParameterException", "Invalid token.");
  const start = Number(token);
  const end = start + size;
  return { [name]: arns.slice(start, end), ...(end < arns.length && { nextToken: String(end) }) };
}
