import { dim, red } from "./colours";
import { depthOf, sourcesOf, type RunningQueue } from "./queues";

/** A line of `tandem ls`. */
export interface Row {
  /** What `--json` prints. */
  readonly value: { readonly kind: string; readonly name: string; readonly [field: string]: unknown };
  /** What stands after the name. */
  readonly after: string;
}

/** Columns of the depths. */
const depthsWidth = 44;

/**
 * A row for each queue that is shown, by the queue's URL. A queue that holds one other's dead letters and nothing else is
 * part of that one's row; one for what handlers and rules gave up is shown where it holds something.
 * @param eventDeadLetters the ARNs of the latter
 */
export function queueRows(
  queues: readonly RunningQueue[],
  eventDeadLetters: ReadonlySet<unknown>,
): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const queue of queues) {
    const sources = sourcesOf(queue, queues);
    if (sources.length === 1 && queue.deadLetterArn === undefined) continue;
    if (sources.length > 0 || !eventDeadLetters.has(queue.arn)) rows.set(queue.url, rowOf(queue, queues));
    else if (depthOf(queue) > 0) rows.set(queue.url, rowOfEvents(queue));
  }
  return rows;
}

function rowOf(queue: RunningQueue, queues: readonly RunningQueue[]): Row {
  const { waiting, delayed, inFlight, deadLetterArn } = queue;
  const living = [`${waiting} waiting`, ...(delayed > 0 ? [`${delayed} delayed`] : []), `${inFlight} in flight`];
  const deadLetters = queues.find(({ arn }) => arn === deadLetterArn);
  if (deadLetters === undefined) return { value: valueOf(queue), after: after(living, undefined, queue) };
  const count = depthOf(deadLetters);
  const shared = sourcesOf(deadLetters, queues).length > 1 ? ` in ${deadLetters.name}` : "";
  return {
    value: { ...valueOf(queue), dead: count, deadLetters: deadLetters.name },
    after: after(living, { count, text: `${count} dead${shared}` }, queue),
  };
}

/** A queue of what handlers and rules gave up: all that it holds is dead. */
function rowOfEvents(queue: RunningQueue): Row {
  const count = depthOf(queue);
  return { value: { ...valueOf(queue), dead: count }, after: after([], { count, text: `${count} dead` }, queue) };
}

function valueOf({ name, url, waiting, delayed, inFlight }: RunningQueue): Row["value"] {
  return { kind: "queue", name, id: url, waiting, delayed, inFlight };
}

function after(
  living: readonly string[],
  dead: { readonly count: number; readonly text: string } | undefined,
  { physicalName }: RunningQueue,
): string {
  const width = [...living, ...(dead === undefined ? [] : [dead.text])].join(", ").length;
  const shown = dead === undefined ? living : [...living, dead.count > 0 ? red(dead.text) : dead.text];
  return `${shown.join(", ")}${" ".repeat(Math.max(0, depthsWidth - width))} ${dim(physicalName)}`;
}
