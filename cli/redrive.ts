import { localAccount } from "../engine/services/account";
import { moveMessages, nothingToSendBack, refused, type DeadLetters, type Redriven } from "./move-messages";
import { eventDeadLetterArns, queuesOf, queueType, sourcesOf, type RunningQueue } from "./queues";
import { placeOf } from "./queue-place";
import type { RunningStack } from "./running";

/**
 * Sends a queue's dead letters back to where they came from, and waits until that is done.
 * @param name the queue, or the queue of its dead letters
 * @param onProgress told how many of how many have been moved, whenever that was looked at
 * @param interrupted cancels it; what has gone back stays there
 * @throws `ERR_NOT_FOUND`, `ERR_REDRIVE_REFUSED`, `RedriveInterrupted`
 */
export async function redrive(
  stack: RunningStack,
  name: string,
  onProgress: (moved: number, of: number) => void,
  interrupted: AbortSignal,
): Promise<Redriven> {
  const { id } = stack.resource("queue", queueType, name);
  const letters = lettersOf(stack, id, await queuesOf(stack));
  return moveMessages(stack.sqs(), letters, onProgress, interrupted);
}

/**
 * Refuses the address of a queue in AWS: what is looked for is on this machine.
 * @throws `ERR_REDRIVE_REFUSED`
 */
export function checkIsHere(name: string): void {
  const { url = "" } = placeOf(name) ?? {};
  if (!/\.amazonaws\.com/.test(url) || url.includes(`/${localAccount.id}/`)) return;
  throw refused("that queue is in AWS, and not of the stack on this machine", `tandem redrive ${name} --aws`, name);
}

/** The dead letters that are meant, and the queues that they came from. */
function lettersOf(stack: RunningStack, url: string, queues: readonly RunningQueue[]): DeadLetters {
  const queue = queues.find((each) => each.url === url);
  const deadLetters = queues.find(({ arn }) => arn === queue?.deadLetterArn) ?? queue;
  const sources = deadLetters === undefined ? [] : sourcesOf(deadLetters, queues);
  if (deadLetters !== undefined && sources.length > 0) {
    const { name, arn, inFlight } = deadLetters;
    return { name, arn, inFlight, sources, look: `tandem ls ${name}`, longestPause: 250 };
  }
  const name = queue?.name ?? url;
  if (eventDeadLetterArns(stack.resources).has(queue?.arn)) {
    throw refused(
      `"${name}" keeps events that a handler or rule gave up, and they have no queue to go back to`,
      `see what they are with tandem ls ${name}, and call the handler again with tandem invoke`,
      JSON.stringify(name),
    );
  }
  throw nothingToSendBack(name, "tandem ls");
}
