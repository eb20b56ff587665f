import type { ECSClient, Task as EcsTask } from "@aws-sdk/client-ecs";
import { place } from "../shared/place.runtime";

/** Where and how a task runs, as its function was told. */
interface TaskPlace {
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly container: string;
  readonly subnets: string[];
  readonly securityGroups: string[];
  readonly assignPublicIp: "ENABLED" | "DISABLED";
  readonly logGroup: string;
  readonly spot: boolean;
  /** Set where the task has a timeout: seconds, and the role that stops a run. */
  readonly timeout?: { readonly seconds: number; readonly role: string; readonly prefix: string };
}

export interface RunOptions {
  /** Variables for this run, besides those of the task. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Replaces the task's command. */
  readonly command?: readonly string[];
  /** MB for this run: a size that Fargate has. */
  readonly memory?: number;
  /** CPU units for this run: a size that Fargate has. */
  readonly cpu?: number;
  /** Seconds after which this run is stopped. The task itself must have a timeout, which this replaces. */
  readonly timeout?: number;
}

/** A run of a task. */
export interface TaskRun {
  readonly id: string;
  /**
   * Waits until the run has ended.
   * @throws after `timeout` seconds, if given; the run itself goes on
   */
  wait(options?: { readonly timeout?: number }): Promise<{
    /** Undefined where the container never started. */
    readonly exitCode: number | undefined;
    readonly reason: string;
    /** The last lines that the container printed. */
    readonly log: string;
  }>;
  /** Ends the run. */
  stop(reason?: string): Promise<void>;
}

/** ECS takes at most this many characters of overrides. */
const longestOverrides = 8192;
/** Lines of the log that `wait` returns. */
const tailLines = 50;

let client: ECSClient | undefined;

async function ecs(): Promise<ECSClient> {
  const { ECSClient } = await import("@aws-sdk/client-ecs");
  return (client ??= new ECSClient());
}

/** Starts a task; resolves once it is accepted. */
export async function run(variable: string, options: RunOptions = {}): Promise<TaskRun> {
  const task = JSON.parse(place("task.run", variable)) as TaskPlace;
  if (options.timeout !== undefined && task.timeout === undefined) {
    throw new Error("a run can only have a timeout where its Task has one: set timeout on the Task");
  }
  const { RunTaskCommand } = await import("@aws-sdk/client-ecs");
  const overrides = overridesOf(task, options);
  const { tasks, failures } = await (
    await ecs()
  ).send(
    new RunTaskCommand({
      cluster: task.cluster,
      taskDefinition: task.taskDefinition,
      ...(task.spot
        ? { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] }
        : { launchType: "FARGATE" }),
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: task.subnets,
          securityGroups: task.securityGroups,
          assignPublicIp: task.assignPublicIp,
        },
      },
      overrides,
    }),
  );
  const arn = tasks?.[0]?.taskArn;
  if (arn === undefined) {
    const reasons = (failures ?? []).map(({ reason, detail }) => [reason, detail].filter(Boolean).join(": "));
    throw new Error(`the task did not start: ${reasons.join("; ") || "ECS gave no reason"}`);
  }
  const run = handle(task, arn);
  if (task.timeout === undefined) return run;
  try {
    await stopAfter(task, task.timeout, arn, options.timeout ?? task.timeout.seconds);
    return run;
  } catch (error) {
    // Without its end being sure, it must not go on.
    await run.stop("its timeout could not be set");
    throw error;
  }
}

/** How a run stands. */
export interface TaskState {
  readonly status: "starting" | "running" | "stopped";
  /** Undefined until it has stopped, and where the container never started. */
  readonly exitCode?: number;
  readonly reason?: string;
}

/** How the run with an id stands; undefined where there is none, or it stopped more than an hour ago. */
export async function state(variable: string, id: string): Promise<TaskState | undefined> {
  const { cluster } = JSON.parse(place("task.state", variable)) as TaskPlace;
  const { DescribeTasksCommand } = await import("@aws-sdk/client-ecs");
  const { tasks } = await (await ecs()).send(new DescribeTasksCommand({ cluster, tasks: [id] }));
  const found = tasks?.[0];
  if (found === undefined) return undefined;
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
  const early = ["PROVISIONING", "PENDING", "ACTIVATING"].includes(found.lastStatus ?? "");
  if (found.lastStatus !== "STOPPED") return { status: early ? "starting" : "running" };
  const container = found.containers?.[0];
  const reason = container?.reason ?? found.stoppedReason;
  return {
    status: "stopped",
    ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function overridesOf(task: TaskPlace, { environment = {}, command, memory, cpu }: RunOptions): object {
  const overrides = {
    containerOverrides: [
      {
        name: task.container,
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        ...(command === undefined ? {} : { command: [...command] }),
      },
    ],
    ...(memory === undefined ? {} : { memory: String(memory) }),
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
  };
  const length = JSON.stringify(overrides).length;
  if (length > longestOverrides) {
    throw new Error(
      `the environment and command of one run take ${length} characters, more than the ${longestOverrides} that ECS takes: ` +
        "put the data into a bucket and pass its key",
    );
  }
  return overrides;
}

/** Fargate itself has no limit on a run's time, so a one-time schedule ends it, whatever becomes of the caller. */
async function stopAfter(
  task: TaskPlace,
  timeout: NonNullable<TaskPlace["timeout"]>,
  arn: string,
  seconds: number,
): Promise<void> {
  const { CreateScheduleCommand, SchedulerClient } = await import("@aws-sdk/client-scheduler");
  const at = new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19);
  await new SchedulerClient().send(
    new CreateScheduleCommand({
      Name: `${timeout.prefix}${arn.split("/").at(-1)}`,
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        // In the partition of the run: `aws`, `aws-cn`, …
        Arn: `arn:${arn.split(":")[1]}:scheduler:::aws-sdk:ecs:stopTask`,
        RoleArn: timeout.role,
        Input: JSON.stringify({ Cluster: task.cluster, Task: arn, Reason: `timed out after ${seconds} seconds` }),
      },
    }),
  );
}

function handle(task: TaskPlace, arn: string): TaskRun {
  const id = arn.split("/").at(-1) ?? arn;
  return {
    id,
    async wait(options = {}) {
      const stopped = await untilStopped(task, arn, options.timeout);
      const container = stopped.containers?.[0];
      return {
        exitCode: container?.exitCode,
        reason: container?.reason ?? stopped.stoppedReason ?? "",
        log: await logTail(task, id),
      };
    },
    async stop(reason) {
      const { StopTaskCommand } = await import("@aws-sdk/client-ecs");
      await (await ecs()).send(new StopTaskCommand({ cluster: task.cluster, task: arn, reason }));
    },
  };
}

/** ECS has no call that waits, so this asks: four times a second at first, later every five seconds. */
async function untilStopped(task: TaskPlace, arn: string, timeout: number | undefined): Promise<EcsTask> {
  const { DescribeTasksCommand } = await import("@aws-sdk/client-ecs");
  const end = timeout === undefined ? Infinity : Date.now() + timeout * 1000;
  for (let pause = 250; ; pause = Math.min(pause * 1.5, 5000)) {
    const { tasks } = await (await ecs()).send(new DescribeTasksCommand({ cluster: task.cluster, tasks: [arn] }));
    const found = tasks?.[0];
    if (found?.lastStatus === "STOPPED") return found;
    const left = end - Date.now();
    if (left <= 0) throw new Error(`the task was still running after ${timeout} seconds`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}

async function logTail(task: TaskPlace, id: string): Promise<string> {
  const { CloudWatchLogsClient, GetLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  try {
    const { events } = await new CloudWatchLogsClient().send(
      new GetLogEventsCommand({
        logGroupName: task.logGroup,
        logStreamName: `${task.container}/${task.container}/${id}`,
        limit: tailLines,
      }),
    );
    return (events ?? []).map(({ message }) => message ?? "").join("\n");
  } catch (error) {
    // A container that never started, or printed nothing, has no log stream.
    if (error instanceof Error && error.name === "ResourceNotFoundException") return "";
    throw error;
  }
}
