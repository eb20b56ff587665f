import { JsonInput } from "../protocol/json-input";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, Operation } from "../protocol/operation";
import { readBody } from "../protocol/request-body";
import type { Schedule } from "./schedule";
import { dueOf } from "./schedule-expression";
import type { SchedulerService } from "./scheduler-service";

interface SchedulerInput {
  /** Empty where the operation is on no single schedule. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: JsonInput;
}

const bodyLimit = 1024 * 1024;
const stopTask = "arn:aws:scheduler:::aws-sdk:ecs:stopTask";

const onSchedule =
  (action: string) =>
  ({ name, query }: SchedulerInput, scheduler: SchedulerService) => [
    { action, resource: scheduler.arnOf(name, query.get("groupName") ?? "default") },
  ];

const createSchedule: Operation<SchedulerService, SchedulerInput> = {
  name: "CreateSchedule",
  partly: "one-time schedules that stop a task",
  permissions: ({ name, body }, scheduler) => [
    { action: "scheduler:CreateSchedule", resource: scheduler.arnOf(name, body.optionalString("GroupName")) },
    {
      action: "iam:PassRole",
      resource: body.optionalObject("Target")?.string("RoleArn") ?? "*",
      context: { "iam:PassedToService": "scheduler.amazonaws.com" },
    },
  ],
  run: async ({ name, body }, scheduler) => {
    checkGroup(body.optionalString("GroupName"));
    scheduler.create(readSchedule(name, body, scheduler.clock.now()));
    return json({ ScheduleArn: scheduler.arnOf(name) });
  },
};

const getSchedule: Operation<SchedulerService, SchedulerInput> = {
  name: "GetSchedule",
  permissions: onSchedule("scheduler:GetSchedule"),
  run: async ({ name, query }, scheduler) => {
    checkGroup(query.get("groupName"));
    const schedule = scheduler.get(name);
    return json({
      ...summaryOf(schedule, scheduler),
      ScheduleExpression: schedule.expression,
      ScheduleExpressionTimezone: schedule.timezone,
      ActionAfterCompletion: schedule.actionAfterCompletion,
      FlexibleTimeWindow: { Mode: "OFF" },
      ...(schedule.description === undefined ? {} : { Description: schedule.description }),
      Target: { Arn: schedule.targetArn, RoleArn: schedule.roleArn, Input: schedule.input },
    });
  },
};

const deleteSchedule: Operation<SchedulerService, SchedulerInput> = {
  name: "DeleteSchedule",
  permissions: onSchedule("scheduler:DeleteSchedule"),
  run: async ({ name, query }, scheduler) => {
    checkGroup(query.get("groupName"));
    scheduler.remove(name);
    return json({});
  },
};

const listSchedules: Operation<SchedulerService, SchedulerInput> = {
  name: "ListSchedules",
  permissions: (_input, scheduler) => [{ action: "scheduler:ListSchedules", resource: scheduler.arnOf("*", "*") }],
  run: async ({ query }, scheduler) => {
    const size = Number(query.get("MaxResults") ?? "100");
    if (!Number.isInteger(size) || size < 1 || size > 100) throw invalid("MaxResults is from 1 to 100.");
    const after = query.get("NextToken") ?? "";
    const prefix = query.get("NamePrefix") ?? "";
    const rest = scheduler.list().filter(({ name }) => name > after && name.startsWith(prefix));
    const page = rest.slice(0, size);
    return json({
      Schedules: page.map((schedule) => summaryOf(schedule, scheduler)),
      ...(page.length < rest.length && { NextToken: page.at(-1)?.name }),
    });
  },
};

const routes: readonly { method: string; path: RegExp; operation: Operation<SchedulerService, SchedulerInput> }[] = [
  { method: "POST", path: /^\/schedules\/([^/]+)$/, operation: createSchedule },
  { method: "GET", path: /^\/schedules\/([^/]+)$/, operation: getSchedule },
  { method: "DELETE", path: /^\/schedules\/([^/]+)$/, operation: deleteSchedule },
  { method: "GET", path: /^\/schedules\/?$/, operation: listSchedules },
];

/** All that runs here of EventBridge Scheduler. */
export const schedulerOperations = routes.map(({ operation }) => operation);

/** EventBridge Scheduler's HTTP API (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html), as far as it is run here. */
export async function handleSchedulerRequest(
  request: AwsRequest,
  scheduler: SchedulerService,
  authorize: Authorize,
): Promise<AwsResponse> {
  for (const { method, path, operation } of routes) {
    const match = request.method === method ? path.exec(request.rawPath) : null;
    if (match === null) continue;
    const body = await readBody(
      request.body,
      bodyLimit,
      (limit) => new AwsError("ValidationException", `The request is larger than ${limit} bytes.`, 413),
    );
    const input = {
      name: nameOf(match[1]),
      query: request.query,
      body: JsonInput.parse(body.toString("utf8"), "ValidationException"),
    };
    authorize(request, operation.name, operation.permissions(input, scheduler));
    return operation.run(input, scheduler, request);
  }
  const known = schedulerOperations.map(({ name }) => name).join(", ");
  const asked = `${request.method} ${request.rawPath}`;
  throw new AwsError(
    "UnknownOperationException",
    `EventBridge Scheduler's ${asked} is not run here; ${known} are.`,
    404,
  );
}

/** An error in the shape of Scheduler's API. */
export function formatSchedulerError(error: AwsError): AwsResponse {
  return {
    status: error.status,
    headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
    body: JSON.stringify({ Message: error.message, ...error.details }),
  };
}

function readSchedule(name: string, body: JsonInput, now: number): Schedule {
  const target = body.optionalObject("Target") ?? missing("Target");
  const targetArn = target.string("Arn");
  const input = target.optionalString("Input") ?? "{}";
  const roleArn = target.string("RoleArn");
  if (targetArn !== stopTask)
    throw invalid(`The target ${targetArn} is not supported on this machine yet: only ${stopTask} is run.`);
  const window = (body.optionalObject("FlexibleTimeWindow") ?? missing("FlexibleTimeWindow")).string("Mode");
  if (window !== "OFF") throw invalid("A flexible time window is not supported on this machine yet: use Mode OFF.");
  const expression = body.string("ScheduleExpression");
  const timezone = body.optionalString("ScheduleExpressionTimezone") ?? "UTC";
  const parameters = JsonInput.parse(input, "ValidationException");
  return {
    name,
    expression,
    timezone,
    due: dueOf(expression, timezone),
    state: oneOf(body, "State", ["ENABLED", "DISABLED"]) ?? "ENABLED",
    actionAfterCompletion: oneOf(body, "ActionAfterCompletion", ["NONE", "DELETE"]) ?? "NONE",
    description: body.optionalString("Description"),
    roleArn,
    targetArn,
    input,
    stop: {
      cluster: parameters.optionalString("Cluster"),
      task: parameters.string("Task"),
      reason: parameters.optionalString("Reason"),
    },
    fired: false,
    created: now,
  };
}

function summaryOf(schedule: Schedule, scheduler: SchedulerService): Record<string, unknown> {
  const { name, state, created, targetArn } = schedule;
  return {
    Arn: scheduler.arnOf(name),
    GroupName: "default",
    Name: name,
    State: state,
    CreationDate: created / 1000,
    LastModificationDate: created / 1000,
    Target: { Arn: targetArn },
  };
}

function oneOf<Value extends string>(body: JsonInput, name: string, values: readonly Value[]): Value | undefined {
  const given = body.optionalString(name);
  if (given === undefined) return undefined;
  return values.find((value) => value === given) ?? refuse(`${name} is one of ${values.join(", ")}, not ${given}.`);
}

function nameOf(segment: string | undefined): string {
  if (segment === undefined) return "";
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(segment)) throw invalid(`${segment} is not the name of a schedule.`);
  return segment;
}

function checkGroup(group: string | null | undefined): void {
  if (group !== undefined && group !== null && group !== "default")
    throw new AwsError("ResourceNotFoundException", `Schedule group ${group} does not exist.`, 404);
}

function missing(name: string): never {
  throw invalid(`The parameter ${name} is required.`);
}

function refuse(message: string): never {
  throw invalid(message);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

function json(value: unknown): AwsResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
