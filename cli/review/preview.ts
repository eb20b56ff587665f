import * as fs from "node:fs";
import * as path from "node:path";
import { exposuresOf, type Exposure } from "../../engine/graph/exposures";
import { labelOf } from "../../engine/graph/names";
import { permissionsOf, type Permission } from "../../engine/graph/permissions";
import { Archive, type Properties, type RecordedResource } from "../../engine/graph/resource";
import type { Recorded } from "../../engine/record";

/** The version of {@link Preview}'s shape: raised when a reader of the last one would be misled. */
const version = 1;

/** What a program would make: `tandem preview --json` (docs/preview-json.md). */
export interface Preview {
  readonly version: number;
  readonly project: string;
  readonly stack: string;
  /** How many resources there are, without components and the stack itself. */
  readonly resources: number;
  readonly tree: readonly PreviewNode[];
  readonly permissions: readonly PreviewPermissions[];
  readonly exposures: readonly Exposure[];
  readonly images: readonly PreviewImage[];
  readonly functions: readonly PreviewFunction[];
  /** The names of what the program exports, sorted. */
  readonly outputs: readonly string[];
}

/** A component or resource, and what is beneath it. */
export interface PreviewNode {
  readonly name: string;
  readonly type: string;
  readonly component: boolean;
  readonly children: readonly PreviewNode[];
}

/** A function or task, and what it may do. */
export interface PreviewPermissions {
  readonly name: string;
  readonly kind: "function" | "task";
  readonly permissions: readonly Permission[];
}

/** An image that is built for a deployment. Paths start at the project's folder. */
export interface PreviewImage {
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
}

/** A function as Lambda gets it. */
export interface PreviewFunction {
  readonly name: string;
  /** The size of its package, zipped, in bytes; undefined where it is not on this machine. */
  readonly bytes?: number;
  readonly runtime: string;
  /** MB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
}

const stackType = "pulumi:pulumi:Stack";

/** What a reviewer asks of a recorded program, in an order that does not change. */
export function previewOf({ project, resources, stackOutputs }: Recorded): Preview {
  const all = [...resources.values()];
  const ofType = (type: string): RecordedResource[] => sorted(all.filter((resource) => resource.type === type));
  return {
    version,
    project: project.name,
    stack: project.stack,
    resources: all.filter(({ custom, remote, type }) => (custom || remote) && type !== stackType).length,
    tree: treeOf(all),
    permissions: permissionsOf(resources).map(({ name, kind, permissions }) => ({ name, kind, permissions })),
    exposures: exposuresOf(resources),
    images: ofType("docker-build:index:Image").map((image) => imageOf(image, resources, project.folder)),
    functions: ofType("aws:lambda/function:Function").map((lambda) => functionOf(lambda)),
    outputs: Object.keys(stackOutputs).sort(),
  };
}

function treeOf(resources: readonly RecordedResource[]): PreviewNode[] {
  const children = new Map<string | undefined, RecordedResource[]>();
  for (const resource of resources) {
    if (resource.type === stackType || resource.type.startsWith("pulumi:providers:")) continue;
    children.set(resource.parent, [...(children.get(resource.parent) ?? []), resource]);
  }
  const nodes = (parent: string | undefined): PreviewNode[] =>
    sorted(children.get(parent) ?? []).map(({ urn, name, type, custom }) => ({
      name,
      type,
      component: !custom,
      children: nodes(urn),
    }));
  const stack = resources.find(({ type }) => type === stackType)?.urn;
  return [...nodes(stack), ...(stack === undefined ? [] : nodes(undefined))];
}

/** By name, since the order in which a program registers what waits for something differs from run to run. */
function sorted(resources: readonly RecordedResource[]): RecordedResource[] {
  return [...resources].sort((a, b) => (a.name < b.name || (a.name === b.name && a.urn < b.urn) ? -1 : 1));
}

function imageOf(
  { inputs, name, parent }: RecordedResource,
  resources: Recorded["resources"],
  folder: string,
): PreviewImage {
  const location = (key: string): string | undefined => {
    const value = (inputs[key] as Properties | undefined)?.["location"];
    return typeof value === "string" ? value : undefined;
  };
  const context = path.resolve(folder, location("context") ?? ".");
  const dockerfile = path.resolve(folder, location("dockerfile") ?? path.join(context, "Dockerfile"));
  const shown = (file: string): string => path.relative(folder, file).replaceAll("\\", "/") || ".";
  const platforms = Array.isArray(inputs["platforms"]) ? (inputs["platforms"] as readonly unknown[]).map(String) : [];
  const component = resources.get(parent ?? "");
  const isOwn = component === undefined || component.type === stackType;
  return { name: isOwn ? name : component.name, context: shown(context), dockerfile: shown(dockerfile), platforms };
}

function functionOf(lambda: RecordedResource): PreviewFunction {
  const { inputs } = lambda;
  const file = inputs["code"] instanceof Archive ? inputs["code"].path : undefined;
  const status = file === undefined ? undefined : fs.statSync(file, { throwIfNoEntry: false });
  return {
    name: labelOf(lambda),
    ...(status?.isFile() === true ? { bytes: status.size } : {}),
    runtime: typeof inputs["runtime"] === "string" ? inputs["runtime"] : "image",
    // Lambda's own defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    memory: typeof inputs["memorySize"] === "number" ? inputs["memorySize"] : 128,
    timeout: typeof inputs["timeout"] === "number" ? inputs["timeout"] : 3,
  };
}
