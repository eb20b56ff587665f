import type { Engine } from "../engine/engine";
import { eventDeadLetterArns, queueType } from "./queues";

/** A queue that a running program works with. */
export interface ProgramQueue {
  readonly name: string;
  readonly id: string;
  readonly url: string;
}

/** The queues of a program, without those that only hold dead letters. */
export function programQueues({ graph, services }: Engine): ProgramQueue[] {
  const resources = [...graph.values()];
  const eventDeadLetters = eventDeadLetterArns(resources);
  return resources
    .filter(({ type }) => type === queueType)
    .map(({ id }) => services.queues.describe(id))
    .filter(({ arn, sources }) => sources.length === 0 && !eventDeadLetters.has(arn))
    .map(({ displayName, name, url }) => ({ name: displayName, id: name, url }));
}

/** The name of the queue that keeps what a queue, handler or rule of that name gives up, if there is one. */
export function deadLettersOf({ services }: Engine, name: string): string | undefined {
  const queues = services.queues.list();
  const source = queues.find(
    ({ displayName, deadLetterQueue }) => displayName === name && deadLetterQueue !== undefined,
  );
  const found = queues.find((queue) =>
    source === undefined ? queue.displayName === `${name}-dead-letter` : queue.name === source.deadLetterQueue,
  );
  return found?.displayName;
}
