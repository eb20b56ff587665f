import { likelyRenames, match, type Kept, type LikelyRename } from "./matching";
import { Names } from "./names";
import { changesBetween, pathText, sameValue, type PropertyChange } from "./property-changes";
import { consequenceOf, providerOption, type Consequence } from "./replacement";
import type { Properties, RecordedResource, Value } from "./resource";

type Graph = ReadonlyMap<string, RecordedResource>;

/** A resource that is there at both revisions and is not the same. */
export interface ResourceChange extends Kept {
  /** Whether it has another URN, and an alias that keeps it. */
  readonly renamed: boolean;
  /** In a deployment; undefined where it was only renamed. */
  readonly consequence: Consequence | undefined;
  readonly properties: readonly (PropertyChange & { readonly secret: boolean })[];
}

/** What is different between two revisions of a program, whatever the stack and the machine. */
export interface Comparison {
  readonly added: readonly RecordedResource[];
  readonly removed: readonly RecordedResource[];
  readonly changed: readonly ResourceChange[];
  readonly likely: readonly LikelyRename[];
  readonly kept: readonly Kept[];
  /** The name that a resource of the earlier revision has now. */
  readonly nameNow: (resource: RecordedResource) => string;
}

/** Compares two recordings, in which ids, ARNs and addresses are taken for the resources that they stand for. */
export function compareGraphs(before: Graph, after: Graph): Comparison {
  const matching = match(before, after);
  const now = new Map(matching.kept.map((kept) => [kept.before.urn, kept.after.name]));
  const nameNow = (resource: RecordedResource): string => now.get(resource.urn) ?? resource.name;
  const namesBefore = new Names(before.values(), (resource, output) => `${nameNow(resource)}.${output}`);
  const namesAfter = new Names(after.values(), ({ name }, output) => `${name}.${output}`);
  const changed = matching.kept.flatMap((kept): ResourceChange[] => {
    const properties = changesBetween(comparable(kept.before, namesBefore), comparable(kept.after, namesAfter));
    const secrets = new Set([...kept.before.options.secrets, ...kept.after.options.secrets]);
    const paths = properties.map(({ path }) => pathText(path));
    const renamed = isRenamed(kept);
    return properties.length === 0 && !renamed
      ? []
      : [
          {
            ...kept,
            renamed,
            consequence: properties.length === 0 ? undefined : consequenceOf(kept.after.type, paths),
            properties: properties.map((change) => ({ ...change, secret: secrets.has(String(change.path[0])) })),
          },
        ];
  });
  const byUrn = new Map(changed.map((change) => [change.after.urn, change]));
  const own = changed
    .map((change) => ({ ...change, properties: change.properties.filter((each) => !isInherited(each, change, byUrn)) }))
    .filter(({ properties, renamed }) => properties.length > 0 || renamed);
  const likely = likelyRenames(matching, before, after);
  return { added: matching.added, removed: matching.removed, kept: matching.kept, changed: own, likely, nameNow };
}

/** Whether an option is what its component's now is: it comes from there. */
function isInherited(
  { path, before, after }: PropertyChange,
  change: ResourceChange,
  changes: ReadonlyMap<string, ResourceChange>,
): boolean {
  if (!String(path[0]).startsWith("(")) return false;
  const parent = changes.get(change.after.parent ?? "");
  const same = (each: PropertyChange): boolean =>
    each.path[0] === path[0] && sameValue(each.before, before) && sameValue(each.after, after);
  return parent !== undefined && parent.properties.some(same);
}

function isRenamed({ before, after }: Kept): boolean {
  const path = ({ urn }: RecordedResource): string => urn.split("::").slice(2).join("::");
  // The stack itself bears the project's name.
  return after.type !== "pulumi:pulumi:Stack" && path(before) !== path(after);
}

/** A resource's inputs with names for what stands in, texts of JSON opened, and the options that matter to reviewers. */
export function comparable(resource: RecordedResource, names: Names): Properties {
  const { protect, provider, ignoreChanges } = resource.options;
  // "urn::id"; the id is another in every run.
  const providerName = provider.split("::").at(-2) ?? "";
  return {
    ...(opened(names.inValue(resource.inputs)) as Properties),
    ...(protect ? { "(protect)": true } : {}),
    ...(provider === "" || providerName.startsWith("default") ? {} : { [providerOption]: providerName }),
    ...(ignoreChanges.length === 0 ? {} : { "(ignoreChanges)": [...ignoreChanges].sort() }),
  };
}

/** Texts that hold JSON, such as policies and event patterns, as what they hold. */
function opened(value: Value): Value {
  if (typeof value === "string") {
    if (!/^\s*[[{]/.test(value)) return value;
    try {
      return JSON.parse(value) as Value;
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return (value as readonly Value[]).map(opened);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, opened(item as Value)]));
}
