import { AwsError } from "../protocol/message";
import type { ClockTimer } from "../clock";
import type { Queue } from "./queue";
import { invalidParameter, invalidValue } from "./queue-errors";
import type { QueueService } from "./queue-service";

/** A redrive of dead letters (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html). */
export interface MoveTask {
  readonly handle: string;
  readonly source: Queue;
  /** Undefined where each message goes back to the queue it came from. */
  readonly destination: Queue | undefined;
  /** Messages a second; undefined for as many as can be. */
  readonly rate: number | undefined;
  status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  moved: number;
  readonly toMove: number;
  readonly started: number;
  failureReason?: string;
}

const handlePattern = /^arn:[\w-]+:sqs:.*\/\d+\/\d+$/;

const piece = 100;
const kept = 10;

/** Moves dead letters back, in pieces, so that nobody else has to wait. Tasks end with the engine; the messages stay. */
export class MoveTasks {
  private readonly tasks = new Map<Queue, MoveTask[]>();
  private readonly timers = new Set<ClockTimer>();
  private count = 0;
  private closed = false;

  public constructor(
    private readonly service: Pick<QueueService, "change" | "clock" | "byArn" | "sourcesOf">,
    /** Told of each task that has ended and had something to move. */
    private readonly onEnd: (task: MoveTask) => void,
  ) {}

  /** Starts a task, which goes on by itself. */
  public start(source: Queue, destination: Queue | undefined, rate: number | undefined): MoveTask {
    const task = this.make(source, destination, rate);
    void this.work(task);
    return task;
  }

  /** Moves all dead letters of a queue that are waiting back to where they came from. */
  public async run(source: Queue): Promise<{ moved: number }> {
    const task = this.make(source, undefined, undefined);
    await this.work(task);
    if (task.status === "FAILED") throw new AwsError("UnsupportedOperation", failureOf(task));
    return { moved: task.moved };
  }

  /** Stops a task; what it has moved stays where it is. */
  public cancel(handle: string): MoveTask {
    if (!handlePattern.test(Buffer.from(handle, "base64").toString("latin1")))
      throw invalidParameter("Value for parameter TaskHandle is invalid.");
    const task = [...this.tasks.values()].flat().find((each) => each.handle === handle);
    if (task?.status !== "RUNNING")
      throw new AwsError("ResourceNotFoundException", "Task does not exist or is not running.", 404);
    task.status = "CANCELLED";
    return task;
  }

  /** The last tasks of a dead-letter queue, the newest first. */
  public list(source: Queue): readonly MoveTask[] {
    return this.tasks.get(source) ?? [];
  }

  public close(): void {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
  }

  private make(source: Queue, destination: Queue | undefined, rate: number | undefined): MoveTask {
    if (this.service.sourcesOf(source).length === 0)
      throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
    if (this.list(source).some(({ status }) => status === "RUNNING"))
      throw new AwsError(
        "UnsupportedOperation",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
      );
    if (destination !== undefined && destination.isFifo !== source.isFifo)
      throw invalidValue(destination.record.arn, "DestinationArn", "Both queues must be of the same type.");
    const { waiting } = source.depths();
    const task: MoveTask = {
      handle: Buffer.from(`${source.record.arn}/${this.service.clock.now()}/${++this.count}`).toString("base64"),
      ...{ source, destination, rate, status: "RUNNING", moved: 0, toMove: waiting },
      started: this.service.clock.now(),
    };
    this.tasks.set(source, [task, ...this.list(source)].slice(0, kept));
    return task;
  }

  private async work(task: MoveTask): Promise<void> {
    const { source, destination, rate } = task;
    try {
      // Those that come meanwhile, perhaps the same ones again, are not this task's.
      while (task.status === "RUNNING" && task.moved < task.toMove && !this.closed) {
        const limit = Math.min(rate ?? piece, task.toMove - task.moved);
        const { moved, isStuck } = await this.service.change(() =>
          source.moveOn(limit, ({ deadLetterSource }) => destination ?? this.service.byArn(deadLetterSource ?? "")),
        );
        task.moved += moved;
        if (isStuck) {
          task.failureReason = "CouldNotDetermineMessageSource";
          task.status = "FAILED";
        }
        if (moved === 0) break;
        if (rate !== undefined && task.moved < task.toMove) await this.pause(1000);
      }
      if (task.status === "RUNNING" && !this.closed) task.status = "COMPLETED";
    } catch (error) {
      task.failureReason = error instanceof AwsError ? error.message : String(error);
      task.status = "FAILED";
    }
    if (task.moved > 0) this.onEnd(task);
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.service.clock.after(milliseconds, () => {
        this.timers.delete(timer);
        resolve();
      });
      this.timers.add(timer);
    });
  }
}

function failureOf({ source, failureReason, moved }: MoveTask): string {
  const why =
    failureReason === "CouldNotDetermineMessageSource"
      ? "a message was not put there by a queue, but by a function or a rule: it has nowhere to go back to"
      : failureReason;
  return `${moved} messages of ${source.record.displayName} were moved back, then it stopped: ${why ?? "unknown"}`;
}
