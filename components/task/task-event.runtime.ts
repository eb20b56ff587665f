/** How a run of a task ended. */
export interface TaskExit {
  /** The run's id, as `task.run` returned it. */
  readonly id: string;
  /** What the container's process returned; undefined where it never started, or was killed from outside. */
  readonly exitCode: number | undefined;
  readonly reason: string;
  readonly startedAt: Date | undefined;
  readonly stoppedAt: Date;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
interface TaskStateChange {
  readonly time: string;
  readonly detail: {
    readonly taskArn: string;
    readonly startedAt?: string;
    readonly stoppedAt?: string;
    readonly stoppedReason?: string;
    readonly containers?: readonly { readonly name?: string; readonly exitCode?: number; readonly reason?: string }[];
  };
}

/** Turns EventBridge's event into a {@link TaskExit}. */
export function toTaskExit(): (event: unknown) => TaskExit {
  return (event) => {
    const { time, detail } = event as TaskStateChange;
    const container = detail.containers?.[0];
    return {
      id: detail.taskArn.split("/").at(-1) ?? detail.taskArn,
      exitCode: container?.exitCode,
      reason: container?.reason ?? detail.stoppedReason ?? "",
      startedAt: detail.startedAt === undefined ? undefined : new Date(detail.startedAt),
      stoppedAt: new Date(detail.stoppedAt ?? time),
    };
  };
}
