import { bold, dim, green, red, yellow } from "../colours";
import { shortType } from "../report/tree";
import { permissionLines } from "./permission-text";
import type { Preview, PreviewNode } from "./preview";

/**
 * A preview for people.
 * @param all shows every resource, not only components
 */
export function previewText(preview: Preview, all: boolean): string {
  const { project, stack, resources, tree, exposures, images, functions, outputs } = preview;
  const sections: [string, string[]][] = [
    ["Permissions", preview.permissions.flatMap(permissionLines)],
    ["Open to the internet", exposures.map(({ name, what }) => `${red("!")} ${bold(name)}: ${what}`)],
    [
      "Images to build",
      images.map(
        ({ name, dockerfile, platforms }) =>
          `${bold(name)} from ${dockerfile}${platforms.length > 0 ? dim(` for ${platforms.join(", ")}`) : ""}`,
      ),
    ],
    [
      "Functions",
      functions.map(({ name, bytes, runtime, memory, timeout }) => {
        const size = bytes === undefined ? "package elsewhere" : sizeText(bytes);
        return `${bold(name)} ${size}${dim(`, ${runtime}, ${memory} MB, ${timeout} s`)}`;
      }),
    ],
    ["Exports", outputs.length === 0 ? [] : [outputs.join(", ")]],
  ];
  return [
    `${bold(`${project} · ${stack}`)}: ${count(components(tree), "component")}, ${count(resources, "resource")}`,
    "",
    ...drawNodes(tree, "", all),
    ...sections.flatMap(([title, lines]) =>
      lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)],
    ),
    "",
    dim("nothing was started; ids and ARNs are known once it is deployed"),
    "",
  ].join("\n");
}

/** `1 resource`, `2 resources`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Bytes for people: `3.6 KB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function components(nodes: readonly PreviewNode[]): number {
  return nodes.reduce((sum, node) => sum + (node.component ? 1 : 0) + components(node.children), 0);
}

function resourcesBelow({ children }: PreviewNode): number {
  return children.reduce((sum, child) => sum + (child.component ? 0 : 1) + resourcesBelow(child), 0);
}

function drawNodes(nodes: readonly PreviewNode[], indent: string, all: boolean): string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const below = all ? node.children : componentsBelow(node);
    const folded = !all && node.component ? dim(`, ${count(resourcesBelow(node), "resource")}`) : "";
    const mark = node.component ? green("+") : yellow("+");
    return [
      `${indent}${dim(isLast ? "└─" : "├─")} ${mark} ${bold(node.name)} ${dim(shortType(node.type))}${folded}`,
      ...drawNodes(below, `${indent}${isLast ? "   " : `${dim("│")}  `}`, all),
    ];
  });
}

/** Components within one; a subscription's function has its name, and is no news. */
function componentsBelow(node: PreviewNode): PreviewNode[] {
  return node.children.filter(({ component, name }) => component && name !== node.name);
}
