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
   * What is allowed besides, judged by what the handler's code names where a capture alone cannot show it: which methods
   * of a returned handle are called, or whether an address is signed for reading or writing.
   */
  readonly refine?: (used: UsedNames) => readonly Statement[];
}

/** What a handler's code names: it shows which permissions are needed that a capture alone does not. */
export interface UsedNames {
  /** The names of properties that the code takes of anything, e.g. `wait` of `run.wait()`. */
  readonly properties: ReadonlySet<string>;
  /** What the code imports from this library. */
  readonly imports: ReadonlySet<string>;
  /**
   * What calls of the captured method give to an option, e.g. `get` in `signedUrl(key, { method: "get" })`; undefined for
   * a call that leaves it out or gives what is known at run time only, and for calls that cannot be seen.
   */
  options(option: string): (string | undefined)[];
}

/** What a component's method calls at run time: a function of the library's runtime, which gets `place` first. */
export interface RuntimeMethod {
  /** As in `tandem/runtime/bucket`. */
  readonly module: "bucket" | "function" | "queue" | "task";
  readonly method: string;
  /** Which component it is: plain data. */
  readonly place: unknown;
}

/** What is known of a method: what capturing it means, and what it calls. */
export type MethodCapability = Capability & { readonly runtime: RuntimeMethod };

const capabilities = new WeakMap<object, MethodCapability>();

/** Makes a component's method for handlers, which grants `capability` to those that capture it. */
export function runtimeMethod<Method extends (...args: never[]) => unknown>(
  runtime: RuntimeMethod,
  capability: Capability,
): Method {
  const { module, method, place } = runtime;
  const call = (...given: unknown[]): unknown => {
    const methods = require(`tandem/runtime/${module}`) as Record<string, (...args: unknown[]) => unknown>;
    return methods[method]?.(place, ...given);
  };
  capabilities.set(
    call,
    Object.defineProperties({ runtime }, Object.getOwnPropertyDescriptors(capability)) as MethodCapability,
  );
  return call as unknown as Method;
}

/** What capturing `value` means, if it is a component's runtime method. */
export function capabilityOf(value: object): MethodCapability | undefined {
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
