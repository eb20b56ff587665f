import type { Graph } from "../engine/graph/diff";
import { Names } from "../engine/graph/names";
import { permissionsOf, sentence } from "../engine/graph/permissions";
import { Archive, type RecordedResource, type Value } from "../engine/graph/resource";

/** Inputs that say nothing to a reader, or are said better elsewhere: policies of roles are permissions. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  "aws:lambda/function:Function": ["code", "sourceCodeHash", "environment.variables.NODE_OPTIONS"],
  "aws:iam/rolePolicy:RolePolicy": ["policy"],
  "aws:iam/role:Role": ["assumeRolePolicy"],
};

/**
 * A recorded program as text: components with their resources and inputs, then what each handler may do. The same on
 * every machine and in every order of registration: without hashes, account numbers and paths of this machine.
 * @public
 */
export function graphText(graph: Graph): string {
  const names = new Names(graph.values(), ({ name }, output) => `${name}.${output}`);
  const isTop = ({ parent }: RecordedResource): boolean => graph.get(parent ?? "")?.type === "pulumi:pulumi:Stack";
  const top = [...graph.values()].filter((resource) => isTop(resource));
  const permissions = permissionsOf(graph).flatMap(({ name, permissions: own }) => [
    `  ${name}`,
    ...own.map((permission) => `    ${permission.effect === "deny" ? "not " : ""}${sentence(permission)}`),
  ]);
  const tree = sorted(top).flatMap((resource) => linesOf(resource, graph, names));
  return [...tree, ...(permissions.length === 0 ? [] : ["permissions", ...permissions]), ""].join("\n");
}

function linesOf(resource: RecordedResource, graph: ReadonlyMap<string, RecordedResource>, names: Names): string[] {
  const children = [...graph.values()].filter(({ parent }) => parent === resource.urn);
  const { protect, ignoreChanges } = resource.options;
  // Those of other types are the provider's own, about its earlier versions; routes have aliases of the library's own.
  const aliases = resource.options.aliases
    .filter((urn) => urn.split("::")[2]?.split("$").at(-1) === resource.type && !isWithinApi(resource, graph))
    .map((urn) => urn.split("::").slice(2).join("::"));
  const options: [string, Value][] = [
    ...(protect ? [["protect", true] satisfies [string, Value]] : []),
    ...(ignoreChanges.length > 0 ? [["ignoreChanges", ignoreChanges] satisfies [string, Value]] : []),
    ...(aliases.length > 0 ? [["aliases", aliases] satisfies [string, Value]] : []),
  ];
  const inputs = resource.custom ? inputsOf(resource, names) : [];
  return [
    `${resource.type.replace(/^tandem:index:/, "")} ${resource.name}`,
    ...[...inputs, ...options].map(([name, value]) => `  ${name}: ${portable(JSON.stringify(value))}`),
    ...sorted(children).flatMap((child) => linesOf(child, graph, names).map((line) => `  ${line}`)),
  ];
}

function isWithinApi({ parent }: RecordedResource, graph: ReadonlyMap<string, RecordedResource>): boolean {
  const above = graph.get(parent ?? "");
  return above !== undefined && (above.type === "tandem:index:Api" || isWithinApi(above, graph));
}

function inputsOf({ type, inputs, options }: RecordedResource, names: Names): [string, Value][] {
  const hidden = leftOut[type] ?? [];
  return Object.entries(inputs)
    .filter(([name, value]) => !hidden.includes(name) && value !== undefined && !(value instanceof Archive))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [
      name,
      options.secrets.includes(name) ? "<secret>" : ordered(names.inValue(value), name, hidden),
    ]);
}

/** The same value with its keys in order, and without those that are left out. */
function ordered(value: Value, path: string, hidden: readonly string[]): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => ordered(item, path, hidden));
  if (value instanceof Archive) return "<files>";
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !hidden.includes(`${path}.${key}`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, ordered(item, `${path}.${key}`, hidden)]),
  );
}

function portable(text: string): string {
  return text
    .replaceAll(JSON.stringify(process.cwd()).slice(1, -1), ".")
    .replace(/\bsha256:[0-9a-f]{64}\b/g, "sha256:<digest>")
    .replace(/-[0-9a-f]{7}\b(?![0-9a-z])/g, "-<id>");
}

function sorted(resources: readonly RecordedResource[]): RecordedResource[] {
  const key = ({ custom, type, name }: RecordedResource): string => `${custom ? 1 : 0} ${type} ${name}`;
  return [...resources].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
