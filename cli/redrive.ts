import type { ListMessageMoveTasksResultEntry, SQSClient } from "@aws-sdk/client-sqs";
import { setTimeout as pause } from "node:timers/promises";
import { EngineError } from "../engine/errors";
import { eventDeadLetterArns, queuesOf, queueType, sourcesOf, type RunningQueue } from "./queues";
import type { RunningStack } from "./running";

/** What a redrive has done. */
export interface Redriven {
  /** The queue with the dead letters. */
  readonly deadLetters: string;
  /** Where they went. */
  readonly queues: readonly string[];
  readonly moved: number;
  /** Dead letters that somebody works on just now: those do not go back. */
  readonly inFlight: number;
}

/** A redrive that ended because it was to. */
export class RedriveInterrupted extends Error {
  public constructor(
    message: string,
    public readonly moved: number,
  ) {
    super(message);
  }
}

/** Milliseconds between two looks at how it goes: short ones first, since most redrives are over at once. */
const firstPause = 20;
const longestPause = 250;

/**
 * Sends a queue's dead letters back to where they came from, and waits until that is done.
 * @param name the queue, or the queue of its dead letters
 * @param onProgress told how many of how many have been moved, whenever that was looked at
 * @param interrupted cancels it; what has gone back stays there
 * @throws `ERR_NOT_FOUND`, `ERR_REDRIVE_REFUSED`, {@link RedriveInterrupted}
 */
export async function redrive(
  stack: RunningStack,
  name: string,
  onProgress: (moved: number, of: number) => void,
  interrupted: AbortSignal,
): Promise<Redriven> {
  const { id } = stack.resource("queue", queueType, name);
  const { deadLetters, sources } = partsOf(stack, id, await queuesOf(stack));
  const client = stack.sqs();
  const { moved } = await moveAll(client, deadLetters, sources, onProgress, interrupted);
  return {
    deadLetters: deadLetters.name,
    queues: sources.map((queue) => queue.name),
    moved,
    inFlight: deadLetters.inFlight,
  };
}

/** The dead letters that are meant, and the queues that they came from. */
function partsOf(
  stack: RunningStack,
  url: string,
  queues: readonly RunningQueue[],
): { deadLetters: RunningQueue; sources: readonly RunningQueue[] } {
  const queue = queues.find((each) => each.url === url);
  const deadLetters = queues.find(({ arn }) => arn === queue?.deadLetterArn) ?? queue;
  const sources = deadLetters === undefined ? [] : sourcesOf(deadLetters, queues);
  if (deadLetters !== undefined && sources.length > 0) return { deadLetters, sources };
  const name = queue?.name ?? url;
  if (eventDeadLetterArns(stack.resources).has(queue?.arn)) {
    throw refused(
      `"${name}" keeps events that a handler or rule gave up, and they have no queue to go back to`,
      `see what they are with tandem ls ${name}, and call the handler again with tandem invoke`,
      JSON.stringify(name),
    );
  }
  throw refused(
    `queue "${name}" has no dead letters, and keeps none of another queue`,
    "name a queue that has some: tandem ls shows how many",
    JSON.stringify(name),
  );
}

async function moveAll(
  client: SQSClient,
  deadLetters: RunningQueue,
  sources: readonly RunningQueue[],
  onProgress: (moved: number, of: number) => void,
  interrupted: AbortSignal,
): Promise<{ moved: number }> {
  const { CancelMessageMoveTaskCommand, ListMessageMoveTasksCommand } = await import("@aws-sdk/client-sqs");
  const handle = await start(client, deadLetters, sources);
  const cancel = (): void =>
    // It may have ended meanwhile: then there is nothing to cancel.
    void client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle })).catch(() => undefined);
  interrupted.addEventListener("abort", cancel);
  try {
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      const list = new ListMessageMoveTasksCommand({ SourceArn: deadLetters.arn, MaxResults: 10 });
      const { Results = [] } = await client.send(list);
      // A task that has ended is listed without its handle; the newest comes first.
      const task = Results.find(({ TaskHandle }) => TaskHandle === handle) ?? Results[0];
      if (task !== undefined && task.Status !== "RUNNING" && task.Status !== "CANCELLING")
        return ended(task, deadLetters, interrupted);
      onProgress(task?.ApproximateNumberOfMessagesMoved ?? 0, task?.ApproximateNumberOfMessagesToMove ?? 0);
      await pause(wait);
    }
  } finally {
    interrupted.removeEventListener("abort", cancel);
  }
}

async function start(
  client: SQSClient,
  deadLetters: RunningQueue,
  [first, ...others]: readonly RunningQueue[],
): Promise<string | undefined> {
  const { SQSServiceException, StartMessageMoveTaskCommand } = await import("@aws-sdk/client-sqs");
  // With one queue that it can be, also what a handler has put among its dead letters goes back, e.g. what is no JSON;
  // of that SQS does not know where it came from.
  const DestinationArn = others.length === 0 ? first?.arn : undefined;
  try {
    const command = new StartMessageMoveTaskCommand({ SourceArn: deadLetters.arn, DestinationArn });
    return (await client.send(command)).TaskHandle;
  } catch (error) {
    if (!(error instanceof SQSServiceException) || error.$fault !== "client") throw error;
    const isRunning = /already a task running/.test(error.message);
    throw refused(
      isRunning
        ? `a redrive of "${deadLetters.name}" is under way already`
        : `SQS does not send back what "${deadLetters.name}" holds`,
      isRunning
        ? "wait for its end: tandem ls shows how many are left"
        : "correct the queues' redrive policies in the program",
      error.message,
    );
  }
}

function ended(
  {
    Status,
    FailureReason = "SQS gave no reason",
    ApproximateNumberOfMessagesMoved: moved = 0,
  }: ListMessageMoveTasksResultEntry,
  { name }: RunningQueue,
  interrupted: AbortSignal,
): { moved: number } {
  if (Status === "COMPLETED") return { moved };
  const soFar = `${moved} ${moved === 1 ? "message" : "messages"} of ${name} went back`;
  if (Status === "CANCELLED" && interrupted.aborted) throw new RedriveInterrupted(`${soFar}, the others stay`, moved);
  if (Status === "CANCELLED") throw new Error(`${soFar}, then somebody cancelled it`);
  if (FailureReason !== "CouldNotDetermineMessageSource") throw new Error(`${soFar}, then it failed: ${FailureReason}`);
  throw refused(
    `${soFar}, then came one that was put there by a handler or a rule: several queues share these dead letters, and it does not say which it came from`,
    `tandem ls ${name} shows it; send it again with tandem send, and delete it there`,
    FailureReason,
  );
}

function refused(message: string, fix: string, got: string): EngineError {
  return new EngineError("ERR_REDRIVE_REFUSED", message, fix, got);
}
