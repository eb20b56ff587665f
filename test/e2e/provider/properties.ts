import { isDeepStrictEqual } from "node:util";

/** Properties as they stand on the wire: assets and archives are objects with a signature and a hash. */
export type Wire = null | boolean | number | string | Wire[] | { [key: string]: Wire };
export type WireProperties = { [key: string]: Wire };

/** What stands for a value that is known only after a deployment, in a preview. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";

/** One property that is not what it was, by its path as Pulumi writes it: `tags["a.b"]`, `rules[0].id`. */
export interface WireChange {
  readonly path: string;
  /** The input that it is in. */
  readonly property: string;
  readonly kind: "add" | "update" | "delete";
}

/** What is different between two sets of inputs. As for Terraform, an empty list is no list. */
export function wireChanges(before: WireProperties, after: WireProperties): WireChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !name.startsWith("__"));
  return names.sort().flatMap((name) => compare(before[name], after[name], name, name));
}

function compare(before: Wire | undefined, after: Wire | undefined, path: string, property: string): WireChange[] {
  if (isNothing(before) && isNothing(after)) return [];
  if (isNothing(before)) return [{ path, property, kind: "add" }];
  if (isNothing(after)) return [{ path, property, kind: "delete" }];
  if (isAsset(before) && isAsset(after))
    return before["hash"] === after["hash"] ? [] : [{ path, property, kind: "update" }];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) =>
      compare(before[index], after[index], `${path}[${index}]`, property),
    ).flat();
  }
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => compare(before[name], after[name], `${path}${step(name)}`, property));
  }
  return isDeepStrictEqual(before, after) ? [] : [{ path, property, kind: "update" }];
}

function step(name: string): string {
  return /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function isNothing(value: Wire | undefined): value is null | undefined {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && !isAsset(value) && Object.keys(value).length === 0;
}

function isObject(value: Wire | undefined): value is WireProperties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isAsset(value);
}

function isAsset(value: Wire | undefined): value is WireProperties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && signature in value;
}

/** The outputs of a resource in a preview: what its inputs give is known, what AWS makes is not. */
export function previewed(inputs: WireProperties, computed: Readonly<Record<string, unknown>>): WireProperties {
  const made = Object.entries(computed).map(([name, value]): [string, Wire] => {
    const given = inputs[name];
    if (given === undefined || given === null) return [name, unknown];
    const inside = value as Readonly<Record<string, unknown>>;
    return [name, isObject(given) && typeof value === "object" ? previewed(given, inside) : given];
  });
  return { ...inputs, ...Object.fromEntries(made) };
}
