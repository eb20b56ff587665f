import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { urnOf } from "../graph/resource";

/**
 * The URNs by which a resource was known before: an alias names one, or says what was different
 * (https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/).
 */
export function aliasesOf(
  request: RegisterResourceRequest,
  aliases: readonly Alias[],
  project: string,
  stack: string,
): string[] {
  const urns = aliases.map((alias) => {
    const spec = alias.getSpec();
    if (alias.getUrn() !== "" || spec === undefined) return alias.getUrn();
    const parent = spec.getNoparent() ? undefined : spec.getParenturn() || request.getParent() || undefined;
    return urnOf(
      spec.getProject() || project,
      spec.getStack() || stack,
      spec.getType() || request.getType(),
      spec.getName() || request.getName(),
      parent,
    );
  });
  return [...new Set([...request.getAliasurnsList(), ...urns])].sort();
}
