import type { DatabaseSync } from "node:sqlite";
import type { Account } from "../account";
import { arn } from "../account";
import type { Activity } from "../activity";
import type { Clock, ClockTimer } from "../clock";
import type { EngineEvents } from "../engine-events";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, AwsService, OperationSummary } from "../protocol/operation";
import type { TaskService } from "../tasks/task-service";
import type { Schedule } from "./schedule";
import { ScheduleStore } from "./schedule-store";
import { formatSchedulerError, handleSchedulerRequest, schedulerOperations } from "./scheduler-operations";

interface SchedulerServiceOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly account: Account;
  readonly authorize: Authorize;
  readonly tasks: Pick<TaskService, "stop" | "taskArn">;
}

/** EventBridge Scheduler: one-time schedules that stop a task. They are kept on disk; what came due meanwhile runs at the next start. */
export class SchedulerService implements AwsService {
  public readonly signingName = "scheduler";
  public readonly operations: readonly OperationSummary[] = schedulerOperations;
  public readonly clock: Clock;
  private readonly store: ScheduleStore;
  private readonly timers = new Map<string, ClockTimer>();
  private running = false;

  public constructor(private readonly options: SchedulerServiceOptions) {
    this.clock = options.clock;
    this.store = new ScheduleStore(options.database);
  }

  /** Waits for the schedules of earlier runs; those whose time has passed run at once. */
  public start(): void {
    this.running = true;
    for (const schedule of this.store.list()) this.arm(schedule);
  }

  public close(): void {
    this.running = false;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Keeps a schedule; it is on disk when this returns. */
  public create(schedule: Schedule): void {
    if (this.store.get(schedule.name) !== undefined)
      throw new AwsError("ConflictException", `Schedule ${schedule.name} already exists.`, 409);
    this.store.add(schedule);
    this.arm(schedule);
  }

  public remove(name: string): void {
    this.get(name);
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
    this.store.remove(name);
  }

  public get(name: string): Schedule {
    const schedule = this.store.get(name);
    if (schedule === undefined)
      throw new AwsError("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404);
    return schedule;
  }

  /** All schedules, by name. */
  public list(): Schedule[] {
    return this.store.list();
  }

  public arnOf(name: string, group = "default"): string {
    return arn(this.options.account, "scheduler", `schedule/${group}/${name}`);
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    return handleSchedulerRequest(request, this, this.options.authorize);
  }

  public formatError(error: AwsError): AwsResponse {
    return formatSchedulerError(error);
  }

  private arm(schedule: Schedule): void {
    if (!this.running || schedule.state === "DISABLED" || schedule.fired) return;
    const { name, due } = schedule;
    this.timers.set(
      name,
      this.clock.after(Math.max(due - this.clock.now(), 0), () => this.fire(schedule)),
    );
  }

  private fire(schedule: Schedule): void {
    this.timers.delete(schedule.name);
    const { cluster, task, reason } = schedule.stop;
    try {
      const { tasks } = this.options;
      tasks.stop(tasks.taskArn(task, cluster), reason ?? `Stopped by the schedule ${schedule.name}`);
    } catch (error) {
      // A run that ended long ago is no news: its schedule is there for the case that it did not.
      if (!(error instanceof AwsError)) throw error;
    }
    if (schedule.actionAfterCompletion === "DELETE") this.store.remove(schedule.name);
    else this.store.markFired(schedule.name);
  }
}
