import * as pulumi from "@pulumi/pulumi";
import { checkFunctionArgs, type FunctionArgs } from "../function/function.args";
import { checkHandler, type Handler } from "../function/handler";
import { runtimeMethod } from "../shared/capabilities";
import { checkName, functionName } from "../shared/checks";
import { variableOf } from "../shared/environment";
import { throwProblems } from "../shared/errors";
import { grantOf, type Grant, type Verbs } from "../shared/grants";
import { askedBy, reachingChildren } from "../shared/options";
import { checkDuplicate, EventSubscription, type SubscriptionOptions } from "../function/subscription";
import { checkTaskArgs, taskName, type TaskArgs } from "./task.args";
import { createTask } from "./task.aws";
import { tasksOf } from "./task-roles.aws";
import type { RunOptions, TaskRun, TaskState } from "./task.runtime";
import type { TaskExit } from "./task-event.runtime";

/** What can be granted on a {@link Task}. */
export type TaskVerb = "run" | "stop" | "wait";

/**
 * A container that runs to its end, when it is started: on Fargate, with no server to keep.
 *
 * @example
 * ```ts
 * const ffmpeg = new Task("ffmpeg", { build: "./ffmpeg", memory: 1024, grants: [bucket.can("get", "put")] });
 * bucket.onPut("onNewVideo", async (video) => {
 *     await ffmpeg.run({ environment: { INPUT_VIDEO: video.key } });
 * });
 * ```
 */
export class Task extends pulumi.ComponentResource {
  /**
   * Starts the container; resolves once the cloud has accepted it. Works inside handlers. The handler may then also
   * call `wait` and `stop` of what this returns, where its text names them.
   */
  public readonly run: (options?: RunOptions) => Promise<TaskRun>;
  /** How the run with an id stands: for routes that answer for runs which others started. Works inside handlers. */
  public readonly state: (id: string) => Promise<TaskState | undefined>;
  public readonly taskDefinitionArn: pulumi.Output<string>;
  public readonly clusterArn: pulumi.Output<string>;

  private readonly logicalName: string;
  private readonly verbs: Verbs<TaskVerb>;
  private readonly subscriptions = new Set<string>();

  /** @throws `ERR_NAME_INVALID`, `ERR_TASK_SOURCE`, `ERR_TASK_BUILD`, `ERR_ARGUMENT_…`, `ERR_ENVIRONMENT_NAME` */
  public constructor(name: string, args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    throwProblems([...checkName("task", name, taskName), ...checkTaskArgs(`task "${name}"`, args ?? {})]);
    super("tandem:index:Task", name, {}, reachingChildren(opts));
    this.logicalName = name;
    const created = createTask(name, args, this, askedBy(this, opts));
    this.taskDefinitionArn = created.definition.arn;
    this.clusterArn = created.clusterArn;
    this.verbs = created.statements;
    const variable = variableOf("TASK", name);
    this.run = runtimeMethod(
      { module: "task", method: "run", place: variable },
      {
        component: name,
        verb: "run",
        statements: created.statements.run,
        environment: { [variable]: created.place },
        dependsOn: [created.definition],
        reaches: (args.grants ?? []).flatMap((grant) => [...grant.statements]),
        refine: ({ properties }) => [
          ...(properties.has("wait") ? created.statements.wait : []),
          ...(properties.has("stop") ? created.statements.stop : []),
        ],
      },
    );
    this.state = runtimeMethod(
      { module: "task", method: "state", place: variable },
      {
        component: name,
        verb: "state",
        statements: [{ actions: ["ecs:DescribeTasks"], resources: [tasksOf(this.clusterArn)] }],
        environment: { [variable]: created.place },
      },
    );
    this.registerOutputs({ taskDefinitionArn: this.taskDefinitionArn, clusterArn: this.clusterArn });
  }

  /**
   * Runs `handler` whenever a run of this task has ended, however it was started.
   * @param name the handler's name, in logs and as the function's name
   * @throws `ERR_SUBSCRIPTION_DUPLICATE`, `ERR_HANDLER_…`, `ERR_ARGUMENT_…`
   */
  public onExit(
    name: string,
    handler: Handler<TaskExit>,
    args: FunctionArgs = {},
    opts?: SubscriptionOptions,
  ): EventSubscription {
    const whose = `handler "${name}"`;
    throwProblems([
      ...checkName("subscription", name, functionName),
      ...checkDuplicate(`task "${this.logicalName}"`, this.subscriptions, name),
      ...checkHandler(whose, handler),
      ...checkFunctionArgs(whose, args),
    ]);
    this.subscriptions.add(name);
    return new EventSubscription(
      name,
      {
        pattern: this.clusterArn.apply((arn) =>
          JSON.stringify({
            source: ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            detail: { clusterArn: [arn], lastStatus: ["STOPPED"] },
          }),
        ),
        handler,
        args,
        adapter: "task/task-event#toTaskExit",
      },
      { ...reachingChildren(opts), parent: this },
    );
  }

  /** A permission to pass in another component's `grants`. */
  public can(...verbs: TaskVerb[]): Grant {
    return grantOf(`task "${this.logicalName}"`, this.verbs, verbs);
  }
}
