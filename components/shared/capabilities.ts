import type { Input, Resource } from "@pulumi/pulumi";
import { show } from "./checks";
import type { Problem } from "./errors";
import type { Statement } from "./grants";

/**
 * What capturing one runtime method of a component means: `bucket.put` in a handler's closure is the permission to put
 * into that bucket, and the environment variable that tells the method which bucket it is.
 */
export interface Capability {
  /** The component and its method, e.g. `media` and `put`. */
  readonly component: string;
  readonly verb: string;
  readonly statements: readonly Statement[];
  /** What the method reads at run time. Variables, not text in the code: the package is the same in every stack. */
  readonly environment: Readonly<Record<string, Input<string>>>;
  /** What has to be there before a handler runs, where its variables do not refer to it. */
  readonly dependsOn?: readonly Resource[];
  /** What is allowed to whatever this method starts, e.g. a task's own grants; looked at for loops only. */
  readonly reaches?: readonly Statement[];
  /**
   * What is allowed besides, judged by the handler's text where a capture alone cannot show it: which methods of a
   * returned handle are called, or whether an address is signed for reading or writing.
   */
  readonly refine?: (text: string) => readonly Statement[];
}

const capabilities = new WeakMap<object, Capability>();

/** Marks `method` as one that grants `capability` to the handlers that capture it. */
export function withCapability<Method extends (...args: never[]) => unknown>(
  method: Method,
  capability: Capability,
): Method {
  capabilities.set(method, capability);
  return method;
}

/** What capturing `value` means, if it is a component's runtime method. */
export function capabilityOf(value: object): Capability | undefined {
  return capabilities.get(value);
}

/** What a handler is told of one component. */
type Told = Pick<Capability, "component" | "environment">;

/**
 * Finds components of one kind and name among those that a handler is told of. Pulumi takes them below components of
 * different types, but the variable that says where they are has room for one.
 */
export function checkNames(whose: string, told: readonly Told[]): Problem[] {
  const known = new Map<string, Input<string>>();
  const twice = new Set<string>();
  for (const { component, environment } of told) {
    for (const [variable, value] of Object.entries(environment)) {
      if ((known.get(variable) ?? value) !== value) twice.add(component);
      known.set(variable, value);
    }
  }
  return [...twice].map((name) => ({
    code: "ERR_CAPTURE_NAME",
    message: `${whose} uses two components of one kind that are called the same, and would reach only one of them`,
    got: `two of the name ${show(name)}`,
    fix: "give each a name of its own, with that of the class it is in; the option aliases keeps what is deployed",
  }));
}
