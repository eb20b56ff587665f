import type * as apigatewayv2 from "@pulumi/aws/apigatewayv2";
import type { Function } from "../function/function";

/** A function with what connects an API to it. */
interface Connected {
  readonly function: Function;
  readonly integration: apigatewayv2.Integration;
}

/** The functions of an API: one for each distinct handler with its settings, shared by its routes. */
export class SharedFunctions {
  private readonly made: {
    readonly handler: unknown;
    readonly settings: readonly object[];
    readonly connected: Connected;
  }[] = [];

  /** The function of `handler`: that of an earlier route which was given the same, or what `create` makes. */
  public of(handler: unknown, schemas: object, args: object, create: () => Connected): Connected {
    const found = this.made.find(
      (made) => made.handler === handler && isSame(made.settings[0], schemas) && isSame(made.settings[1], args),
    );
    if (found !== undefined) return found.connected;
    const connected = create();
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
