import { bold, dim, green, red, yellow } from "../colours";

/** A resource as the tree shows it. */
export interface TreeResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly component: boolean;
  readonly status: string;
}

/**
 * Draws resources as a tree by component: a line for each component, with the types of its own resources beneath.
 * @param width columns; longer lines are cut
 */
export function drawTree(resources: readonly TreeResource[], width: number): string[] {
  const children = new Map<string | undefined, TreeResource[]>();
  for (const resource of resources) {
    const siblings = children.get(resource.parent) ?? [];
    siblings.push(resource);
    children.set(resource.parent, siblings);
  }
  const isComponent = ({ urn, component }: TreeResource): boolean => component || children.has(urn);
  const lines: string[] = [];
  const draw = (urn: string | undefined, indent: string): void => {
    const all = children.get(urn) ?? [];
    const parts = all.filter((resource) => !isComponent(resource));
    const components = all.filter(isComponent);
    if (parts.length > 0) {
      const words = parts.map(({ type, status }) =>
        status === "inert" || status === "failed" ? `${shortType(type)} (${status})` : shortType(type),
      );
      lines.push(indent + dim(cut(`${components.length > 0 ? "│" : " "} ${words.join(", ")}`, width - indent.length)));
    }
    components.forEach((component, index) => {
      const isLast = index === components.length - 1;
      const { name, type } = component;
      const mark = markOf([component, ...below(component, children)]);
      lines.push(`${indent}${dim(isLast ? "└─" : "├─")} ${mark} ${bold(name)} ${dim(shortType(type))}`);
      draw(component.urn, `${indent}${isLast ? "  " : dim("│") + " "} `);
    });
  };
  const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  draw(stack?.urn, "  ");
  return lines;
}

function below(resource: TreeResource, children: ReadonlyMap<string | undefined, TreeResource[]>): TreeResource[] {
  return (children.get(resource.urn) ?? []).flatMap((child) => [child, ...below(child, children)]);
}

/** ✓ when all is up, … while something is coming, ! when something failed. */
function markOf(resources: readonly TreeResource[]): string {
  if (resources.some(({ status }) => status === "failed")) return red("!");
  if (resources.some(({ status }) => status === "creating" || status === "updating")) return yellow("…");
  return green("✓");
}

/** `aws:s3/bucketPolicy:BucketPolicy` → `BucketPolicy`. */
export function shortType(type: string): string {
  return type.split(":").at(-1) ?? type;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
