import type * as apigatewayv2 from "@pulumi/aws/apigatewayv2";
import type { Alias } from "@pulumi/pulumi";
import type { Function } from "../function/function";
import { earlierAlias, type TakenName } from "./route-names";

/** A function with what connects an API to it, and the routes that share it. */
export class Connected {
  /** In the order of the program. */
  public readonly routeKeys: string[] = [];
  public readonly function: Function;
  public readonly integration: apigatewayv2.Integration;
  private readonly lists: { readonly suffix: string; readonly aliases: Alias[] }[] = [];

  /** @param taken the name of its first route, after which its resources are called */
  public constructor(
    private readonly taken: TakenName,
    create: (connected: Connected) => { readonly function: Function; readonly integration: apigatewayv2.Integration },
  ) {
    const made = create(this);
    this.function = made.function;
    this.integration = made.integration;
  }

  /**
   * The aliases of a resource that is called after the first route: where routes change places in the program, another one is the
   * first. The list grows with the routes that follow, until Pulumi reads it: once the program has run.
   */
  public aliasesOf(suffix: string): Alias[] {
    const aliases: Alias[] = [earlierAlias(this.taken, suffix)];
    this.lists.push({ suffix, aliases });
    return aliases;
  }

  /** Lets another route share the function. */
  public share(taken: TakenName): void {
    for (const { suffix, aliases } of this.lists) {
      aliases.push({ name: taken.name + suffix }, earlierAlias(taken, suffix));
    }
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
