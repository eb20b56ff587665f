import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import { urnOf } from "../engine/graph/resource";

/** Whose alias it is: what the alias does not say, is as it is now. */
interface Aliased {
  readonly type: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly project: string;
  readonly stack: string;
}

/**
 * The URN by which a resource was known before: an alias names it, or says what was different
 * (https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/).
 */
export function aliasUrn(alias: Alias, aliased: Aliased): string {
  const spec = alias.getSpec();
  if (alias.getUrn() !== "" || spec === undefined) return alias.getUrn();
  const parent = spec.getNoparent() ? undefined : spec.getParenturn() || aliased.parent;
  return urnOf(
    spec.getProject() || aliased.project,
    spec.getStack() || aliased.stack,
    spec.getType() || aliased.type,
    spec.getName() || aliased.name,
    parent,
  );
}
