import { Archive, type Value } from "./resource";

/** One value of a resource that is another now. */
export interface PropertyChange {
  /** Keys and indices from the resource's inputs down. */
  readonly path: readonly (string | number)[];
  /** Undefined where it was not there. */
  readonly before: Value | undefined;
  /** Undefined where it is gone. */
  readonly after: Value | undefined;
}

/**
 * What has to be changed to make one value the other, as deep in it as can be said. Lists of different lengths are one
 * change, since nobody knows which of their entries correspond.
 */
export function changesBetween(
  before: Value | undefined,
  after: Value | undefined,
  path: PropertyChange["path"] = [],
): PropertyChange[] {
  if (sameValue(before, after)) return [];
  if (isList(before) && isList(after) && before.length === after.length && before.some(isNested)) {
    return before.flatMap((item, index) => changesBetween(item, after[index], [...path, index]));
  }
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changesBetween(before[key], after[key], [...path, key]));
  }
  return [{ path, before, after }];
}

/** Carries changes out: the inverse of {@link changesBetween}. */
export function applyChanges(value: Value | undefined, changes: readonly PropertyChange[]): Value | undefined {
  return changes.reduce((result, { path, after }) => changed(result, path, after), value);
}

function changed(
  value: Value | undefined,
  [key, ...rest]: PropertyChange["path"],
  after: Value | undefined,
): Value | undefined {
  if (key === undefined) return after;
  if (isList(value)) return value.map((item, index) => (index === key ? (changed(item, rest, after) ?? null) : item));
  const object = isObject(value) ? value : {};
  const { [key]: old, ...others } = object;
  const next = changed(old, rest, after);
  return next === undefined ? others : { ...others, [key]: next };
}

/** A path as Pulumi writes it: `rules[0].prefix`. */
export function pathText(path: PropertyChange["path"]): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

/** Whether two values mean the same, whatever the order of their keys; archives count by their content. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return fingerprint(a) === fingerprint(b);
}

/** The same text for the same value. */
export function fingerprint(value: Value | undefined): string {
  if (value === undefined) return "";
  return JSON.stringify(value, (_key, item: Value) => {
    if (item instanceof Archive) return { archive: item.hash };
    if (!isObject(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isObject(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Archive);
}

function isNested(value: Value): boolean {
  return typeof value === "object" && value !== null;
}
