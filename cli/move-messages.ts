import type { ListMessageMoveTasksResultEntry, SQSClient } from "@aws-sdk/client-sqs";
import { setTimeout as pause } from "node:timers/promises";
import { EngineError } from "../engine/errors";
import { isAccessError } from "./aws-errors";

/** Dead letters, and the queues that they go back to. */
export interface DeadLetters {
  readonly name: string;
  readonly arn: string;
  /** Received and not deleted yet: those do not go back. */
  readonly inFlight: number;
  /** At least one. */
  readonly sources: readonly { readonly name: string; readonly arn: string }[];
  /** What shows how many there are and which, as a command, e.g. `tandem ls jobs-dead-letter`. */
  readonly look: string;
  /** Milliseconds between two looks at how it goes, at most. */
  readonly longestPause: number;
}

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

/** Milliseconds to the first look: most redrives are over at once. */
const firstPause = 20;

/**
 * Sends dead letters back to where they came from, and waits until that is done.
 * @param onProgress told how many of how many have been moved, whenever that was looked at
 * @param interrupted cancels it; what has gone back stays there
 * @throws `ERR_REDRIVE_REFUSED`, {@link RedriveInterrupted}, and what SQS answers besides
 */
export async function moveMessages(
  client: SQSClient,
  letters: DeadLetters,
  onProgress: (moved: number, of: number) => void,
  interrupted: AbortSignal,
): Promise<Redriven> {
  const { name: deadLetters, inFlight, sources } = letters;
  const queues = sources.map(({ name }) => name);
  const tasks = async (): Promise<ListMessageMoveTasksResultEntry[]> => {
    const { ListMessageMoveTasksCommand } = await import("@aws-sdk/client-sqs");
    const { Results = [] } = await client.send(
      new ListMessageMoveTasksCommand({ SourceArn: letters.arn, MaxResults: 10 }),
    );
    return Results;
  };
  // One that was over before is not taken for this one, should this one not be listed yet.
  const before = Math.max(0, ...(await tasks()).map(({ StartedTimestamp = 0 }) => StartedTimestamp));
  if (interrupted.aborted) throw new RedriveInterrupted(`no message of ${deadLetters} went back`, 0);
  const handle = await start(client, letters);
  const cancel = (): void => void cancelMove(client, handle);
  interrupted.addEventListener("abort", cancel);
  // While it was being started, nobody listened.
  if (interrupted.aborted) cancel();
  try {
    for (let wait = firstPause; ; wait = Math.min(wait * 2, letters.longestPause)) {
      const listed = await tasks();
      // A task that has ended is listed without its handle; the newest comes first.
      const task =
        listed.find(({ TaskHandle }) => TaskHandle === handle) ??
        listed.find(({ StartedTimestamp = 0 }) => StartedTimestamp > before);
      if (task !== undefined && task.Status !== "RUNNING" && task.Status !== "CANCELLING")
        return { deadLetters, queues, moved: ended(task, letters, interrupted), inFlight };
      onProgress(task?.ApproximateNumberOfMessagesMoved ?? 0, task?.ApproximateNumberOfMessagesToMove ?? 0);
      await pause(wait);
    }
  } finally {
    interrupted.removeEventListener("abort", cancel);
  }
}

async function cancelMove(client: SQSClient, handle: string | undefined): Promise<void> {
  const { CancelMessageMoveTaskCommand } = await import("@aws-sdk/client-sqs");
  // It may have ended meanwhile: then there is nothing to cancel.
  await client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle })).catch(() => undefined);
}

async function start(client: SQSClient, { name, arn, sources, look }: DeadLetters): Promise<string | undefined> {
  const { SQSServiceException, StartMessageMoveTaskCommand } = await import("@aws-sdk/client-sqs");
  // With one queue that it can be, also what a handler has put among its dead letters goes back, e.g. what is no JSON;
  // of that SQS does not know where it came from.
  const DestinationArn = sources.length === 1 ? sources[0]?.arn : undefined;
  try {
    return (await client.send(new StartMessageMoveTaskCommand({ SourceArn: arn, DestinationArn }))).TaskHandle;
  } catch (error) {
    if (!(error instanceof SQSServiceException) || error.$fault !== "client" || isAccessError(error)) throw error;
    const isRunning = /already a task running/.test(error.message);
    throw refused(
      isRunning ? `a redrive of "${name}" is under way already` : `SQS does not send back what "${name}" holds`,
      isRunning
        ? `wait for its end: ${look} shows how many are left`
        : "correct the queues' redrive policies in the program",
      error.message,
    );
  }
}

/** How many messages went back, by a task that has ended. */
function ended(
  {
    Status,
    FailureReason = "SQS gave no reason",
    ApproximateNumberOfMessagesMoved: moved = 0,
  }: ListMessageMoveTasksResultEntry,
  { name, look }: DeadLetters,
  interrupted: AbortSignal,
): number {
  if (Status === "COMPLETED") return moved;
  const soFar = `${moved} ${moved === 1 ? "message" : "messages"} of ${name} went back`;
  if (Status === "CANCELLED" && interrupted.aborted) throw new RedriveInterrupted(`${soFar}, the others stay`, moved);
  if (Status === "CANCELLED") throw new Error(`${soFar}, then somebody cancelled it`);
  if (FailureReason !== "CouldNotDetermineMessageSource") throw new Error(`${soFar}, then it failed: ${FailureReason}`);
  throw refused(
    `${soFar}, then came one that was put there by a handler or a rule: several queues share these dead letters, and it does not say which it came from`,
    `${look} shows it; send it again to its queue, and delete it there`,
    FailureReason,
  );
}

/** A redrive of what cannot go back. */
export function refused(message: string, fix: string, got: string): EngineError {
  return new EngineError("ERR_REDRIVE_REFUSED", message, fix, got);
}

/** There is nothing that could go back. */
export function nothingToSendBack(name: string, look: string): EngineError {
  return refused(
    `queue "${name}" has no dead letters, and keeps none of another queue`,
    `name a queue that has some: ${look} shows how many`,
    JSON.stringify(name),
  );
}
