import { isRecord } from "../protocol/json-input";

/**
 * Nests what stands under names with dots: `{ "a.b": 1 }` becomes `{ a: { b: 1 } }`. EventBridge compares paths, and does
 * not tell the two apart, neither in events nor in patterns
 * (https://github.com/aws/event-ruler#and-and-or-relationship-among-fields-with-ruler). A value without such names is
 * returned as it is.
 */
export function nestDottedNames(value: unknown): unknown {
  if (Array.isArray(value)) {
    const nested = value.map(nestDottedNames);
    return nested.every((each, index) => each === value[index]) ? value : nested;
  }
  if (!isRecord(value)) return value;
  const nested: Record<string, unknown> = {};
  let isChanged = false;
  for (const [name, inner] of Object.entries(value)) {
    const path = name.split(".");
    // A name with nothing between its dots is no path.
    const isPath = path.length > 1 && path.every((part) => part !== "");
    const nestedInner = nestDottedNames(inner);
    if (isPath || nestedInner !== inner) isChanged = true;
    place(nested, isPath ? path : [name], nestedInner);
  }
  return isChanged ? nested : value;
}

function place(into: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  const known = Object.hasOwn(into, name) ? into[name] : undefined;
  if (rest.length > 0) {
    const inner = isRecord(known) ? known : {};
    place(inner, rest, value);
    into[name] = known === undefined || known === inner ? inner : joined(known, inner);
  } else if (known === undefined) into[name] = value;
  else if (isRecord(known) && isRecord(value)) {
    for (const [each, inner] of Object.entries(value)) place(known, [each], inner);
  } else into[name] = joined(known, value);
}

/** Two values under one path: either may match. */
function joined(a: unknown, b: unknown): unknown[] {
  return [a, b].flat();
}
