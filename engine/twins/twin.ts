import { createHash } from "node:crypto";
import type { Identity, Properties, RecordedResource, Registration, Value } from "../graph/resource";
import { text } from "../graph/values";
import { arn, type Account } from "../services/account";
import type { Services } from "../services/services";

/**
 * Inputs that a twin takes over, and those that change nothing on one machine (tags, descriptions, encryption): `true`
 * with whatever is in them. What is nested counts for every item of a list.
 */
export interface KnownInputs {
  readonly [name: string]: true | KnownInputs;
}

/**
 * What stands for one type of resource on this machine. Its outputs follow from its inputs alone, so that a program
 * can be recorded before anything is started; what is started then is done by `create`, `update` and `delete`.
 */
export interface Twin {
  /** The resource's type token, e.g. `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** The inputs that it knows. Others have no effect on this machine, and people are told. */
  readonly inputs: KnownInputs;
  /** Awaited before `identify` when an engine runs: takes what outputs tell of, and what only a running engine knows. */
  reserve?(resource: Registration, services: Services): Promise<void>;
  identify(resource: Registration, account: Account): Identity;
  /** Starts it; also where it ran in an earlier `tandem up`. Left out where nothing has to run. */
  create?(resource: RecordedResource, services: Services): Promise<void> | void;
  /** Takes over changed inputs; where it is left out, `delete` and `create` do. */
  update?(resource: RecordedResource, old: RecordedResource, services: Services): Promise<void> | void;
  delete?(resource: RecordedResource, services: Services): Promise<void> | void;
}

/**
 * The name that Pulumi would generate, but the same on every run: a resource keeps its data.
 * @param prefix what the program wants it to start with, in place of the resource's own name
 */
export function physicalName(
  { urn, name, inputs }: Registration,
  given?: Value,
  longest = 63,
  prefix = text(inputs, "namePrefix"),
): string {
  if (typeof given === "string" && given !== "") return given;
  const suffix = createHash("sha256").update(urn).digest("hex").slice(0, 7);
  const start = prefix === "" ? `${name.slice(0, longest - suffix.length - 1)}-` : prefix;
  return start.slice(0, longest - suffix.length) + suffix;
}

/** The usual identity: a physical name that is also the id, and an ARN made of it. */
export function named(
  resource: Registration,
  account: Account,
  service: string,
  prefix: string,
  property = "name",
): Identity & { readonly name: string; readonly arn: string } {
  const name = physicalName(resource, resource.inputs[property]);
  const resourceArn = arn(account, service, `${prefix}${name}`);
  return { id: name, name, arn: resourceArn, outputs: { [property]: name, arn: resourceArn } };
}

/** A twin for settings of another resource: they have that resource's id, and take effect there. */
export function settingOf(
  type: string,
  property: string,
  inputs: KnownInputs,
  apply?: (services: Services, owner: string, inputs: Properties | undefined) => Promise<void> | void,
): Twin {
  const owner = (resource: { inputs: Properties }): string => text(resource.inputs, property);
  return {
    type,
    inputs: { [property]: true, ...inputs },
    identify: (resource) => ({ id: owner(resource), outputs: {} }),
    ...(apply === undefined
      ? {}
      : {
          create: (resource, services) => apply(services, owner(resource), resource.inputs),
          update: (resource, _old, services) => apply(services, owner(resource), resource.inputs),
          delete: (resource, services) => apply(services, owner(resource), undefined),
        }),
  };
}
