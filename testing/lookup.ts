import { closest } from "../components/shared/closest";

interface Named {
  readonly type: string;
  readonly name: string;
}

/** How many there may be for all of them to be listed in a failure. */
const listed = 12;

/**
 * The one node of a type, and with a name if given. `Bucket` stands for `tandem:index:Bucket`; other types are written
 * in full.
 * @param where e.g. `the program`
 * @throws where there is none, or more than one; it says what was likely meant, or what there is
 */
export function only<Node extends Named>(
  nodes: readonly Node[],
  type: string,
  name: string | undefined,
  where: string,
): Node {
  const full = type.includes(":") ? type : `tandem:index:${type}`;
  const ofType = nodes.filter((node) => node.type === full);
  const found = ofType.filter((node) => name === undefined || node.name === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (found.length > 1) {
    throw new Error(
      `${where} has ${found.length} times ${short(full)}${name === undefined ? "" : ` ${name}`}; name one: ${list(found)}`,
    );
  }
  if (ofType.length === 0) {
    const types = [...new Set(nodes.map((node) => node.type))];
    const meant = closest(full, types);
    const there = types.map(short).sort().slice(0, listed).join(", ");
    throw new Error(
      `no ${short(full)} in ${where}; ${meant === undefined ? `there is: ${there || "nothing"}` : `did you mean ${short(meant)}?`}`,
    );
  }
  throw new Error(`no ${short(full)} named ${name ?? ""}; ${suggestion(name ?? "", ofType)}`);
}

/** What was likely meant, or else what there is. */
export function suggestion(name: string, known: readonly Named[]): string {
  const names = known.map((node) => node.name);
  const meant = closest(name, names);
  return meant === undefined ? `there is: ${list(known) || "none"}` : `did you mean ${meant}?`;
}

function list(nodes: readonly Named[]): string {
  const names = [...new Set(nodes.map(({ name }) => name))].sort();
  return names.length > listed
    ? `${names.slice(0, listed).join(", ")} and ${names.length - listed} more`
    : names.join(", ");
}

function short(type: string): string {
  return type.replace(/^tandem:index:/, "");
}
