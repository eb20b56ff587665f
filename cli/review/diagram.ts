import { shortType } from "../report/tree";
import type { DiffReport } from "./report";

/** More would not be read. */
const most = 40;

/** The components that are not the same, and the permissions between them, as a mermaid flowchart; empty without any. */
export function diagramOf(report: DiffReport): string {
  const states = new Map<string, { type: string; state: "added" | "removed" | "changed" }>();
  const put = (name: string, type: string, state: "added" | "removed" | "changed"): void => {
    if (!states.has(name) && states.size < most) states.set(name, { type, state });
  };
  for (const { name, type } of report.added) put(name, shortType(type), "added");
  for (const { name, type } of report.removed) put(name, shortType(type), "removed");
  for (const { to, type } of report.renamed) put(to, shortType(type), "changed");
  for (const { component } of report.changed) put(component, "", "changed");
  for (const { name } of [...report.code, ...report.images, ...report.permissions]) put(name, "", "changed");
  const ids = new Map<string, string>();
  // What a permission is for is drawn as well, though it is the same.
  const others: string[] = [];
  const idOf = (name: string): string | undefined => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    if (!states.has(name) && (!/^[\w-]+$/.test(name) || ids.size >= most)) return undefined;
    const id = `n${ids.size}`;
    ids.set(name, id);
    if (!states.has(name)) others.push(`  ${id}["${label(name, "")}"]`);
    return id;
  };
  for (const name of states.keys()) idOf(name);
  const edges = new Set<string>();
  for (const { name, gained, lost } of report.permissions) {
    const edge = (resource: string, arrow: string): void => {
      const [from, to] = [idOf(name), idOf(resource.split(/[/:]/)[0] ?? "")];
      if (from !== undefined && to !== undefined && from !== to) edges.add(`  ${from} ${arrow} ${to}`);
    };
    for (const { resource } of gained) edge(resource, "-->");
    for (const { resource } of lost) edge(resource, "-. no longer .->");
  }
  if (states.size < 2 && edges.size === 0) return "";
  return [
    "flowchart LR",
    ...[...states].map(([name, { type, state }]) => `  ${ids.get(name) ?? ""}["${label(name, type)}"]:::${state}`),
    ...others,
    ...edges,
    "  classDef added fill:#dafbe1,stroke:#1a7f37,color:#1a7f37",
    "  classDef removed fill:#ffebe9,stroke:#cf222e,color:#cf222e",
    "  classDef changed fill:#fff8c5,stroke:#9a6700,color:#9a6700",
  ].join("\n");
}

function label(name: string, type: string): string {
  const text = `${name}${type === "" ? "" : ` ${type}`}`;
  return text.replace(/[^\w .:/-]/g, (character) => `#${character.codePointAt(0) ?? 0};`);
}
