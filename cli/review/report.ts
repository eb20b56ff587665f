import { compareGraphs, type Comparison, type ResourceChange } from "../../engine/graph/comparison";
import { exposuresOf, type Exposure } from "../../engine/graph/exposures";
import { labelOf } from "../../engine/graph/names";
import { permissionNames, permissionsOf, type Permission } from "../../engine/graph/permissions";
import { pathText, type PropertyChange } from "../../engine/graph/property-changes";
import { holdsData, type Consequence } from "../../engine/graph/replacement";
import { Archive, type RecordedResource, type Value } from "../../engine/graph/resource";
import type { Recorded } from "../../engine/record";
import { compareCode, type CodeChange } from "./handler-code";
import { compareContexts, type FileChange } from "./image-files";

type Graph = ReadonlyMap<string, RecordedResource>;

/** What a reviewer has to know of a change: `tandem diff --format json` (docs/diff-json.md). */
export interface DiffReport {
  readonly version: 1;
  readonly project: string;
  readonly stack: string;
  readonly permissions: readonly { name: string; gained: readonly Permission[]; lost: readonly Permission[] }[];
  readonly exposures: { readonly opened: readonly Exposure[]; readonly closed: readonly Exposure[] };
  readonly dataAtRisk: readonly { name: string; type: string; change: "deleted" | "replaced"; protect: boolean }[];
  readonly added: readonly Subject[];
  readonly removed: readonly Subject[];
  readonly renamed: readonly { from: string; to: string; type: string }[];
  readonly likelyRenames: readonly { from: string; to: string; type: string; line: string }[];
  readonly changed: readonly ChangedResource[];
  readonly code: readonly ({ name: string } & CodeChange)[];
  readonly images: readonly { name: string; files: readonly FileChange[] }[];
}

/** A component or resource, with how many resources are beneath it. */
export interface Subject {
  readonly name: string;
  readonly type: string;
  readonly resources: number;
}

export interface ChangedResource {
  readonly name: string;
  readonly type: string;
  /** The component that it belongs to; its own name without one. */
  readonly component: string;
  readonly consequence: Consequence;
  readonly properties: readonly { path: string; before: Value | undefined; after: Value | undefined }[];
}

/** A program as it was recorded, and where its files are. */
export interface Side {
  readonly graph: Graph;
  readonly folder: string;
  /** Values of the configuration that must not be shown, however the program passes them on. */
  readonly secrets?: readonly string[];
}

const secret = "(secret)";

/** Tells what is different between two recordings of a project. */
export async function reportOf({ project }: Pick<Recorded, "project">, before: Side, after: Side): Promise<DiffReport> {
  const comparison = compareGraphs(before.graph, after.graph);
  const { added, removed, changed, likely } = comparison;
  const folders = { before: before.folder, after: after.folder };
  const images = await Promise.all(
    comparison.kept
      .filter((kept) => kept.after.type === "docker-build:index:Image")
      .map(async (kept) => ({
        name: componentOf(kept.after, after.graph),
        files: await compareContexts(kept.before, kept.after, folders),
      })),
  );
  const code = comparison.kept
    .filter((kept) => kept.after.type === "aws:lambda/function:Function")
    .flatMap((kept) => {
      const change = compareCode(kept.before, kept.after, folders);
      return change === undefined ? [] : [{ name: kept.after.name, ...change }];
    });
  const permissions = permissionChanges(before.graph, after.graph, comparison);
  const explained = new Set([...permissions, ...code].map(({ name }) => name));
  const report: DiffReport = {
    version: 1,
    project: project.name,
    stack: project.stack,
    permissions,
    exposures: exposureChanges(before.graph, after.graph),
    dataAtRisk: byName([
      ...removed.filter(({ type }) => holdsData(type)).map((resource) => atRisk(resource, "deleted")),
      ...changed
        .filter(({ after: { type }, consequence }) => holdsData(type) && consequence === "replacement")
        .map((change) => atRisk(change.after, "replaced")),
    ]),
    added: subjects(added, after.graph),
    removed: subjects(removed, before.graph),
    renamed: topmost(changed.filter(({ renamed }) => renamed)).map((change) => ({
      from: change.before.name,
      to: change.after.name,
      type: change.after.type,
    })),
    likelyRenames: likely.map((pair) => ({
      from: pair.before.name,
      to: pair.after.name,
      type: pair.after.type,
      line: pair.line,
    })),
    changed: changed.flatMap((change) => changedResource(change, after.graph, explained)).sort(compareChanged),
    code: byName(code),
    images: byName(images.filter(({ files }) => files.length > 0)),
  };
  return masked(report, [...(before.secrets ?? []), ...(after.secrets ?? [])]);
}

/** Shorter secrets are part of too many words to be told from them. */
const shortestSecret = 4;

/** A report in which no text has one of the secrets. */
function masked(report: DiffReport, secrets: readonly string[]): DiffReport {
  const long = [...new Set(secrets)].filter(({ length }) => length >= shortestSecret);
  if (long.length === 0) return report;
  return JSON.parse(JSON.stringify(report), (_key, value: unknown) =>
    typeof value === "string" ? long.reduce((text, each) => text.replaceAll(each, secret), value) : value,
  ) as DiffReport;
}

/** Whether there is anything to tell. */
export function isEmpty(report: DiffReport): boolean {
  const { permissions, exposures, dataAtRisk, added, removed, renamed, changed, code, images } = report;
  const lists = [permissions, exposures.opened, exposures.closed, dataAtRisk, added, removed, renamed];
  return [...lists, changed, code, images].every((list) => list.length === 0);
}

function permissionChanges(before: Graph, after: Graph, { kept, nameNow }: Comparison): DiffReport["permissions"] {
  const now = new Map(kept.map((pair) => [pair.before.name, pair.after.name]));
  const rename = (name: string): string => now.get(name) ?? name;
  const old = permissionsOf(before, permissionNames(before, rename));
  const nowIn = permissionsOf(after);
  const oldName = (urn: string, name: string): string => {
    const resource = before.get(urn);
    return resource === undefined || labelOf(resource) !== resource.name ? rename(name) : nameNow(resource);
  };
  const from = new Map(old.map(({ urn, name, permissions }) => [oldName(urn, name), permissions]));
  const to = new Map(nowIn.map(({ name, permissions }) => [name, permissions]));
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((name) => {
    const gained = missingIn(from.get(name) ?? [], to.get(name) ?? []);
    const lost = missingIn(to.get(name) ?? [], from.get(name) ?? []);
    return gained.length + lost.length === 0 ? [] : [{ name, gained, lost }];
  });
}

/** The entries of `all` that `known` does not have. */
function missingIn<T>(known: readonly T[], all: readonly T[]): T[] {
  const texts = new Set(known.map((entry) => JSON.stringify(entry)));
  return all.filter((entry) => !texts.has(JSON.stringify(entry)));
}

function exposureChanges(before: Graph, after: Graph): DiffReport["exposures"] {
  const [old, now] = [exposuresOf(before), exposuresOf(after)];
  return { opened: missingIn(old, now), closed: missingIn(now, old) };
}

function atRisk(
  { name, type, options }: RecordedResource,
  change: "deleted" | "replaced",
): DiffReport["dataAtRisk"][number] {
  return { name, type, change, protect: options.protect };
}

/** What is added or removed as a whole: a component counts once, with all beneath it. */
function subjects(resources: readonly RecordedResource[], graph: Graph): Subject[] {
  const urns = new Set(resources.map(({ urn }) => urn));
  const counted = resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");
  const tops = counted.filter(({ parent }) => parent === undefined || !urns.has(parent) || isStack(graph.get(parent)));
  return byName(
    tops.map((top) => ({
      name: top.name,
      type: top.type,
      resources: counted.filter((resource) => resource.custom && isBelow(resource, top, graph)).length,
    })),
  );
}

function isStack(resource: RecordedResource | undefined): boolean {
  return resource?.type === "pulumi:pulumi:Stack";
}

function isBelow(resource: RecordedResource, top: RecordedResource, graph: Graph): boolean {
  for (let at: RecordedResource | undefined = resource; at !== undefined; at = graph.get(at.parent ?? "")) {
    if (at.urn === top.urn) return true;
  }
  return false;
}

/** The renamed ones whose parent was not renamed: the others follow from them. */
function topmost(changes: readonly ResourceChange[]): ResourceChange[] {
  const urns = new Set(changes.map(({ after }) => after.urn));
  return changes.filter(({ after }) => after.parent === undefined || !urns.has(after.parent));
}

/** The component that people know a resource by. */
function componentOf(resource: RecordedResource, graph: Graph): string {
  const parent = graph.get(resource.parent ?? "");
  return parent === undefined || isStack(parent) ? resource.name : parent.name;
}

/**
 * Whether other sections say better what a property says.
 * @param explained the handlers of which permissions or code are listed as changed
 */
function isToldElsewhere(
  change: ResourceChange,
  { path, before, after }: PropertyChange,
  graph: Graph,
  explained: ReadonlySet<string>,
): boolean {
  const [first, second, third] = path.map(String);
  switch (change.after.type) {
    case "aws:lambda/function:Function": {
      if (first === "code" || first === "sourceCodeHash") return true;
      // A setting by which a captured method finds its component comes and goes with the code that captures it.
      const isSetting = first === "environment" && second === "variables" && third?.startsWith("TANDEM_") === true;
      const isWhole = path.length === 3 && (before === undefined || after === undefined);
      return isSetting && isWhole && explained.has(change.after.name);
    }
    case "aws:iam/rolePolicy:RolePolicy":
      return first === "policy" && isOfRunner(change.after, graph);
    case "aws:s3/bucketObjectv2:BucketObjectv2":
      return first === "etag" || first === "sourceHash";
    default:
      return false;
  }
}

/** Whether a policy is one of a function's or task's own, whose permissions are listed. */
function isOfRunner({ inputs }: RecordedResource, graph: Graph): boolean {
  const role = [...graph.values()].find(
    ({ type, id }) => type === "aws:iam/role:Role" && id !== "" && id === inputs["role"],
  );
  const arn = role?.outputs["arn"];
  return [...graph.values()].some(
    (runner) => arn !== undefined && [runner.inputs["role"], runner.inputs["taskRoleArn"]].includes(arn),
  );
}

function changedResource(change: ResourceChange, graph: Graph, explained: ReadonlySet<string>): ChangedResource[] {
  const properties = change.properties.filter((property) => !isToldElsewhere(change, property, graph, explained));
  if (properties.length === 0 || change.consequence === undefined) return [];
  return [
    {
      name: change.after.name,
      type: change.after.type,
      component: componentOf(change.after, graph),
      consequence: change.consequence,
      properties: properties.map(({ path, before, after, secret: isSecret }) => ({
        path: pathText(path).replace(/^\((\w+)\)/, "option $1"),
        before: shown(before, isSecret),
        after: shown(after, isSecret),
      })),
    },
  ];
}

/** A value as a reviewer may see it. */
function shown(value: Value | undefined, isSecret: boolean): Value | undefined {
  if (value === undefined) return undefined;
  if (isSecret) return secret;
  if (value instanceof Archive) return "(content)";
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => shown(item, false) ?? null);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item as Value, false) ?? null]));
}

function compareChanged(a: ChangedResource, b: ChangedResource): number {
  return JSON.stringify([a.component, a.name, a.type]) < JSON.stringify([b.component, b.name, b.type]) ? -1 : 1;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
