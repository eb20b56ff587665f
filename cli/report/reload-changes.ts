import { shortType, type TreeResource } from "./tree";

/** A resource that a reload has created, updated or deleted. */
export interface ChangedResource extends TreeResource {
  readonly status: string;
}

/**
 * What a reload has changed, a line for each component: what came or went as a whole is named once, with the number of its
 * resources; of a component that stays, the resources that changed.
 */
export function reloadLines(changed: readonly ChangedResource[]): string[] {
  const byUrn = new Map(changed.map((resource) => [resource.urn, resource]));
  const groups = new Map<string, { readonly top: ChangedResource; readonly members: ChangedResource[] }>();
  for (const resource of changed) {
    const top = topOf(resource, byUrn);
    const key = top.component ? top.urn : `${top.status} ${top.parent ?? ""}`;
    const group = groups.get(key) ?? { top, members: [] };
    group.members.push(resource);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ top, members }) => (top.component ? whole(top, members) : parts(top, members)));
}

/** The outermost component with which a resource came or went; itself where there is none. */
function topOf(resource: ChangedResource, byUrn: ReadonlyMap<string, ChangedResource>): ChangedResource {
  const parent = byUrn.get(resource.parent ?? "");
  // What nothing stands for here comes with its component all the same.
  const isSame = parent?.status === resource.status || (parent?.status === "created" && resource.status === "inert");
  return parent?.component === true && isSame ? topOf(parent, byUrn) : resource;
}

function whole({ status, type, name }: ChangedResource, members: readonly ChangedResource[]): string {
  const count = members.filter(({ component }) => !component).length;
  return `${status} ${shortType(type)} ${name}${count === 0 ? "" : ` (${count} ${count === 1 ? "resource" : "resources"})`}`;
}

function parts({ status, type, name, parent }: ChangedResource, members: readonly ChangedResource[]): string {
  const [, , types = "", owner] = (parent ?? "").split("::");
  if (members.length === 1 || owner === undefined || types === "pulumi:pulumi:Stack")
    return members.map((each) => `${status} ${shortType(each.type)} ${each.name}`).join("\n");
  const kinds = members.map((each) => shortType(each.type));
  return `${status} ${shortType(types.split("$").at(-1) ?? type)} ${owner === "" ? name : owner}: ${kinds.join(", ")}`;
}
