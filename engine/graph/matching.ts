import { fingerprint } from "./property-changes";
import { RouteKeys } from "./route-keys";
import type { RecordedResource } from "./resource";

type Graph = ReadonlyMap<string, RecordedResource>;

/** A resource at two revisions of a program. */
export interface Kept {
  readonly before: RecordedResource;
  readonly after: RecordedResource;
}

/** A resource that is gone, and a new one that looks like it: without an alias, Pulumi replaces one by the other. */
export interface LikelyRename extends Kept {
  /** The resource option that keeps it. */
  readonly line: string;
}

/** Which resources of two recordings are the same. */
export interface Matching {
  readonly kept: readonly Kept[];
  readonly added: readonly RecordedResource[];
  readonly removed: readonly RecordedResource[];
}

/**
 * Finds each resource's earlier self as Pulumi does: by its URN, by an alias, or by what follows from a parent that has
 * one (https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/). The name of the project does not count.
 */
export function match(before: Graph, after: Graph): Matching {
  const earlier = new Map([...before.values()].map((resource) => [keyOf(resource.urn), resource]));
  const keptOf = new Map<string, RecordedResource>();
  const taken = new Set<string>();
  const take = (resource: RecordedResource, old: RecordedResource | undefined): void => {
    if (old === undefined || taken.has(old.urn) || keptOf.has(resource.urn)) return;
    taken.add(old.urn);
    keptOf.set(resource.urn, old);
  };
  for (const resource of after.values()) take(resource, earlier.get(keyOf(resource.urn)));
  // In the order of registration, so that parents come before their children.
  for (const resource of after.values()) {
    const own = resource.options.aliases.map(keyOf);
    for (const key of [...own, ...inherited(resource, after, keptOf)]) take(resource, earlier.get(key));
  }
  return {
    kept: [...after.values()].flatMap((resource) => {
      const old = keptOf.get(resource.urn);
      return old === undefined ? [] : [{ before: old, after: resource }];
    }),
    added: [...after.values()].filter(({ urn }) => !keptOf.has(urn)),
    removed: [...before.values()].filter(({ urn }) => !taken.has(urn)),
  };
}

/** What a URN says besides the stack and the project. */
function keyOf(urn: string): string {
  return urn.split("::").slice(2).join("::");
}

/** A child of a renamed component was named after it, or lay beneath its former type. */
function inherited(resource: RecordedResource, after: Graph, keptOf: ReadonlyMap<string, RecordedResource>): string[] {
  const parent = after.get(resource.parent ?? "");
  const oldParent = keptOf.get(resource.parent ?? "");
  if (parent === undefined || oldParent === undefined || parent.type === stackType) return [];
  const path = oldParent.urn.split("::")[2] ?? "";
  const names = [resource.name];
  if (resource.name.startsWith(parent.name)) names.push(oldParent.name + resource.name.slice(parent.name.length));
  return names.map((name) => `${path}$${resource.type}::${name}`);
}

const stackType = "pulumi:pulumi:Stack";
/** From which likeness on, of 1, two resources count as one that was renamed. */
const enough = 0.7;
/** A program of which so much is new was not renamed, and comparing all with all would take long. */
const mostCandidates = 2000;

/** Pairs what is gone with what is new and looks like it, the most alike first. */
export function likelyRenames({ added, removed }: Matching, before: Graph, after: Graph): LikelyRename[] {
  const tops = (resources: readonly RecordedResource[]): RecordedResource[] => {
    const urns = new Set(resources.map(({ urn }) => urn));
    return resources.filter(({ parent }) => parent === undefined || !urns.has(parent));
  };
  const [oldTops, newTops] = [new Set(tops(removed)), new Set(tops(added))];
  const shape = new Shapes(before, after);
  // One of the two stands by itself; the other may have come out of a component, or gone into one.
  const candidates = removed.flatMap((old) =>
    added.filter((now) => now.type === old.type && (oldTops.has(old) || newTops.has(now))).map((now) => ({ old, now })),
  );
  if (candidates.length > mostCandidates) return [];
  const [oldRoutes, newRoutes] = [new RouteKeys(before), new RouteKeys(after)];
  const possible = candidates.filter(({ old, now }) => mayBeSame(oldRoutes.of(old), newRoutes.of(now)));
  const pairs = possible.map(({ old, now }) => ({ before: old, after: now, likeness: shape.likeness(old, now) }));
  pairs.sort((a, b) => b.likeness - a.likeness || (a.after.urn < b.after.urn ? -1 : 1));
  const taken = new Set<string>();
  return pairs.flatMap((pair) => {
    if (pair.likeness < enough || taken.has(pair.before.urn) || taken.has(`new ${pair.after.urn}`)) return [];
    taken.add(pair.before.urn).add(`new ${pair.after.urn}`);
    return [{ before: pair.before, after: pair.after, line: aliasLine(pair.before, pair.after, before) }];
  });
}

/** Whether the routes that two resources serve allow them to be one: a handler of another route is another handler. */
function mayBeSame(old: ReadonlySet<string>, now: ReadonlySet<string>): boolean {
  return old.size === 0 || now.size === 0 || [...old].some((key) => now.has(key));
}

function aliasLine(old: RecordedResource, resource: RecordedResource, before: Graph): string {
  const parts = old.name === resource.name ? [] : [`name: ${JSON.stringify(old.name)}`];
  if (keyOf(old.urn).split("::")[0] !== keyOf(resource.urn).split("::")[0]) {
    const parent = before.get(old.parent ?? "");
    const isTop = parent === undefined || parent.type === stackType;
    parts.push(isTop ? "parent: pulumi.rootStackResource" : `parent: ${parent.name}`);
  }
  return `aliases: [{ ${parts.join(", ")} }]`;
}

/** What resources consist of, with all beneath them. */
class Shapes {
  private readonly known = new Map<RecordedResource, ReadonlyMap<string, string>>();

  public constructor(
    private readonly before: Graph,
    private readonly after: Graph,
  ) {}

  /** Which part of two resources is the same but for the names. */
  public likeness(old: RecordedResource, now: RecordedResource): number {
    const [olds, news] = [this.shapeOf(old, this.before), this.shapeOf(now, this.after)];
    const scores = [...new Set([...olds.keys(), ...news.keys()])].map((key): number => {
      const [from, to] = [olds.get(key), news.get(key)];
      if (from === undefined || to === undefined) return 0;
      return from === to ? 1 : 0.5;
    });
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  }

  /** Inputs by type and by the rest of the name, without the names themselves. */
  private shapeOf(top: RecordedResource, graph: Graph): ReadonlyMap<string, string> {
    const known = this.known.get(top);
    if (known !== undefined) return known;
    const shape = new Map<string, string>();
    const isBelow = (resource: RecordedResource | undefined): boolean =>
      resource !== undefined && (resource.urn === top.urn || isBelow(graph.get(resource.parent ?? "")));
    for (const resource of graph.values()) {
      if (!isBelow(resource)) continue;
      const plain = fingerprint(resource.inputs)
        .replaceAll(top.name, "*")
        .replace(/-[0-9a-f]{7}(?![0-9a-f])/g, "");
      shape.set(`${resource.type} ${resource.name.replace(top.name, "*")}`, plain);
    }
    this.known.set(top, shape);
    return shape;
  }
}
