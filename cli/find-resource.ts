import { closest } from "../components/shared/closest";
import { EngineError } from "../engine/errors";

/** A resource that runs or is deployed, as far as it can be asked for by name. */
interface Named {
  readonly type: string;
  /** Its name in the program. */
  readonly name: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * The resource of a type, or of one of several, by its name in the program, or by its physical id or name.
 * @param noun what the user calls it, e.g. `bucket`
 * @throws `ERR_NOT_FOUND`
 */
export function findResource<Resource extends Named>(
  resources: readonly Resource[],
  noun: string,
  types: string | readonly string[],
  name: string,
): Resource {
  const all = resources.filter(({ type }) => (typeof types === "string" ? type === types : types.includes(type)));
  const found = all.filter((resource) => [resource.name, resource.id, resource.outputs["name"]].includes(name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    throw new EngineError(
      "ERR_NOT_FOUND",
      `there is more than one ${noun} of that name`,
      `use one of ${found.map(({ id }) => id).join(", ")}`,
      JSON.stringify(name),
    );
  }
  throw unknownName(
    `there is no ${noun} of that name`,
    name,
    all.map((resource) => resource.name),
    `the program has no ${noun}`,
  );
}

/**
 * The error of a name that nothing has.
 * @param names those that there are
 * @param none the fix where there are none
 */
export function unknownName(summary: string, name: string, names: readonly string[], none: string): EngineError {
  const meant = closest(name, names);
  const fix =
    meant === undefined
      ? `use one of ${names.join(", ")}`
      : `did you mean ${meant}?${names.length === 1 ? "" : ` There are: ${names.join(", ")}`}`;
  return new EngineError("ERR_NOT_FOUND", summary, names.length === 0 ? none : fix, JSON.stringify(name));
}
