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
  const names = found.length > 1 ? found.map(({ id }) => id) : all.map((resource) => resource.name);
  const meant = found.length > 1 ? undefined : closest(name, names);
  throw new EngineError(
    "ERR_NOT_FOUND",
    found.length > 1 ? `there is more than one ${noun} of that name` : `there is no ${noun} of that name`,
    meant !== undefined
      ? `did you mean ${meant}?`
      : names.length === 0
        ? `the program has no ${noun}`
        : `use one of ${names.join(", ")}`,
    JSON.stringify(name),
  );
}
