import { taskNameOf } from "../engine/graph/names";
import type { RecordedResource } from "../engine/graph/resource";

/** Columns of names: where none is longer, and where there is no terminal. Names that are longer still stay whole there. */
export interface NameWidths {
  readonly least: number;
  readonly most: number;
}

const before: NameWidths = { least: 16, most: 32 };

/** Resources whose names stand before lines, besides tasks. */
const named = new Set([
  "aws:s3/bucket:Bucket",
  "aws:lambda/function:Function",
  "aws:sqs/queue:Queue",
  "aws:apigatewayv2/api:Api",
  "aws:cloudwatch/eventRule:EventRule",
]);

/** The names that may stand before a line. */
export function namesOf(resources: Iterable<Pick<RecordedResource, "type" | "name" | "parent" | "id">>): string[] {
  return [...resources].flatMap((resource) => {
    if (resource.type === "aws:ecs/taskDefinition:TaskDefinition") return [taskNameOf(resource)];
    // Queues of dead letters are named by what gives up.
    return named.has(resource.type) && !resource.name.endsWith("-dead-letter") ? [resource.name] : [];
  });
}

/**
 * Brings names to one width, if it can be that of the longest. On a terminal it is a third of the columns at most, and names
 * that are longer lose their middle, so that those that differ at their ends stay different.
 */
export function nameColumn(
  names: readonly string[],
  output: { readonly isTTY?: boolean; readonly columns?: number },
  { least, most: elsewhere } = before,
): (name: string) => string {
  const isTerminal = output.isTTY === true;
  const most = isTerminal ? Math.max(8, Math.floor((output.columns || 80) / 3)) : elsewhere;
  const width = Math.min(most, Math.max(least, ...names.map((name) => name.length)));
  return (name) => (isTerminal ? withoutMiddle(name, width) : name).padEnd(width);
}

function withoutMiddle(name: string, width: number): string {
  if (name.length <= width) return name;
  const tail = Math.floor((width - 1) / 2);
  return `${name.slice(0, width - 1 - tail)}…${name.slice(name.length - tail)}`;
}
