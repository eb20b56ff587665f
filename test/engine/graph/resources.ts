import type { Properties, RecordedResource } from "../../../engine/graph/resource";
import { identify } from "../../../engine/twins";
import { localAccount } from "../../../engine/services/account";
import { urnOf } from "../../../engine/graph/resource";

/** A resource as a program would register it, with the outputs that it would have. */
export function resource(
  type: string,
  name: string,
  inputs: Properties = {},
  { parent, ...options }: Partial<RecordedResource["options"]> & { parent?: RecordedResource } = {},
): RecordedResource {
  const custom = !/^(tandem:|pulumi:pulumi:Stack)/.test(type);
  const urn = urnOf("proj", "dev", type, name, parent?.urn);
  const { id, outputs } = identify({ urn, type, name, custom, inputs, parent: parent?.urn }, localAccount);
  return {
    urn,
    type,
    name,
    custom,
    remote: false,
    parent: parent?.urn,
    id,
    inputs,
    outputs: { ...inputs, ...outputs },
    options: { protect: false, dependsOn: [], aliases: [], ignoreChanges: [], provider: "", secrets: [], ...options },
  };
}

export function graphOf(...resources: readonly RecordedResource[]): ReadonlyMap<string, RecordedResource> {
  return new Map(resources.map((each) => [each.urn, each]));
}
