import type * as apigatewayv2 from "@pulumi/aws/apigatewayv2";
import { createUrn, type Alias, type Output, type Resource } from "@pulumi/pulumi";
import type { Function } from "../function/function";
import { earlierAlias, type TakenName } from "./route-names";

/** A resource of an API's own has so many aliases after other routes: one that needs more is made anew. */
const places = 8;

/**
 * A function with what connects an API to it, and the routes that share it. It is called after the first of them in the program;
 * where routes change places, another one is the first. So its resources have the names of the others as aliases, which are known
 * when Pulumi asks for them: once the program has run to its end, or to where it waits for something.
 */
export class Connected {
  /** In the order of the program. */
  public readonly routeKeys: string[] = [];
  public readonly function: Function;
  public readonly integration: apigatewayv2.Integration;
  private readonly others: TakenName[] = [];
  private readonly ofFunction: Alias[];

  /** @param taken the name of its first route, after which its resources are called */
  public constructor(
    private readonly taken: TakenName,
    create: (connected: Connected) => { readonly function: Function; readonly integration: apigatewayv2.Integration },
  ) {
    this.ofFunction = [earlierAlias(taken)];
    const made = create(this);
    this.function = made.function;
    this.integration = made.integration;
  }

  /** Those of the function: a list that grows with the routes that follow. */
  public get functionAliases(): Alias[] {
    return this.ofFunction;
  }

  /** Those of a resource of AWS, whose class copies the list at once; by URN, of which Pulumi drops those that are there twice. */
  public aliasesOf(suffix: string, type: string, parent: Resource): Output<string>[] {
    const names = Promise.resolve().then(() => {
      const { taken, others } = this;
      const all = [taken.earlier, ...others.flatMap(({ name, earlier }) => [name, earlier])];
      return all.filter((name) => name !== undefined);
    });
    return Array.from({ length: places }, (_, index) =>
      createUrn(
        names.then((known) => (known[index] ?? this.taken.name) + suffix),
        type,
        parent,
      ),
    );
  }

  /** Lets another route share the function. */
  public share(taken: TakenName): void {
    this.others.push(taken);
    this.ofFunction.push({ name: taken.name }, earlierAlias(taken));
  }
}

/** The functions of an API: one for each distinct handler with its settings, shared by its routes. */
export class SharedFunctions {
  private readonly made: {
    readonly handler: unknown;
    readonly settings: readonly object[];
    readonly connected: Connected;
  }[] = [];

  /** The function of `handler`: that of an earlier route which was given the same, or what `create` makes. */
  public of(
    handler: unknown,
    schemas: object,
    args: object,
    taken: TakenName,
    create: ConstructorParameters<typeof Connected>[1],
  ): Connected {
    const found = this.made.find(
      (made) => made.handler === handler && isSame(made.settings[0], schemas) && isSame(made.settings[1], args),
    );
    if (found !== undefined) {
      found.connected.share(taken);
      return found.connected;
    }
    const connected = new Connected(taken, create);
    this.made.push({ handler, settings: [schemas, args], connected });
    return connected;
  }
}

/** Whether two settings are equal; Outputs and functions only where they are the same one. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  const others = Object.keys(b).filter((key) => b[key] !== undefined);
  return keys.length === others.length && keys.every((key) => isSame(a[key], b[key]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  return proto === Object.prototype || proto === Array.prototype || proto === null;
}
