import { replacementRules } from "./replacing-properties";

/** What a change of a resource comes to. */
export type Consequence = "update" | "replacement" | "update or replacement";

/** A task definition's revisions are never changed: a new one takes its place, and nothing is lost. */
const revised = new Set(["aws:ecs/taskDefinition:TaskDefinition"]);

/**
 * What a change of these properties of a resource comes to; unknown types are said to be.
 * @param paths names, or paths into them as Pulumi writes them: `cpu`, `rules[0].prefix`
 */
export function consequenceOf(type: string, paths: readonly string[]): Consequence {
  // Options, which are Pulumi's own; another provider replaces what it makes.
  const own = paths.filter((path) => !path.startsWith("("));
  if (paths.includes(providerOption)) return "update or replacement";
  // AWS's provider moves nothing to another region (`forceNewIfRegionChanges` in its internal/provider/sdkv2/region.go).
  if (type.startsWith("aws:") && own.includes("region")) return "replacement";
  if (own.length === 0 || revised.has(type)) return "update";
  const rules = replacementRules[type];
  if (rules === undefined) return "update or replacement";
  const { replacing, perhaps = [] } = rules;
  if (replacing === "*" || own.some((path) => isAnyOf(replacing, path))) return "replacement";
  return own.some((path) => isAnyOf(perhaps, path)) ? "update or replacement" : "update";
}

/** Whether a change at a path is a change of a property, of what is in it, or of what it is in. */
function isAnyOf(properties: readonly string[], path: string): boolean {
  const changed = path.replace(/\[\d+\]/g, "");
  return properties.some(
    (property) => property === changed || changed.startsWith(`${property}.`) || property.startsWith(`${changed}.`),
  );
}

/** How the provider of a resource is named among its properties. */
export const providerOption = "(provider)";

const data: readonly RegExp[] = [
  /^aws:s3\/bucket(V2)?:/,
  /^aws:sqs\/queue:/,
  /^aws:dynamodb\/(table|globalTable):/,
  /^aws:(rds|docdb|neptune)\/(instance|cluster):/,
  /^aws:efs\/fileSystem:/,
  /^aws:kinesis\/stream:/,
];

/** Whether a resource holds data that goes with it. */
export function holdsData(type: string): boolean {
  return data.some((pattern) => pattern.test(type));
}
