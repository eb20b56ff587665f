import { sameValue } from "./property-changes";
import type { RecordedResource } from "./resource";

/** What is different between two recordings of a program, in the order in which it has to be carried out. */
export interface GraphDiff {
  /** In the order in which they were registered: what a resource depends on comes before it. */
  readonly created: readonly RecordedResource[];
  readonly updated: readonly { readonly from: RecordedResource; readonly to: RecordedResource }[];
  /** What depends on a resource comes before it. */
  readonly deleted: readonly RecordedResource[];
}

export type Graph = ReadonlyMap<string, RecordedResource>;

/** Compares two recordings. A resource whose physical id changed is another resource: deleted and created. */
export function diffGraphs(before: Graph, after: Graph): GraphDiff {
  const created: RecordedResource[] = [];
  const updated: { from: RecordedResource; to: RecordedResource }[] = [];
  const replaced = new Set<string>();
  for (const resource of after.values()) {
    const old = before.get(resource.urn);
    if (old === undefined) created.push(resource);
    else if (old.id !== resource.id) {
      replaced.add(resource.urn);
      created.push(resource);
    } else if (!sameValue(old.inputs, resource.inputs)) updated.push({ from: old, to: resource });
  }
  const deleted = [...before.values()].filter(({ urn }) => !after.has(urn) || replaced.has(urn)).reverse();
  return { created, updated, deleted };
}
