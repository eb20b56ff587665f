import { createHash } from "node:crypto";
import * as path from "node:path";
import type { CapturedFunction } from "./locate";

/**
 * A variable at the top of the project's code whose value cannot be serialized, such as a web framework's app or an SDK's
 * client. Not its value goes into the package then, but the code that makes it, which runs when the function starts.
 */
export interface TopLevelVariable {
  readonly value: object;
  /** `app`; of a module that exports it, the name of the export. */
  readonly name: string;
  /** The file at whose top it stands. */
  readonly file: string;
  /** A function with the statements that make it; undefined where the file exports it, and is required as a whole. */
  readonly make: CapturedFunction | undefined;
}

/** What packages call the modules that make variables. */
export const madePrefix = "tandem-made/";

/**
 * Modules that make top-level variables again. The serializer writes `require(...)` for a value that a loaded module
 * exports, wherever it comes upon it, so these are listed as if they were loaded while closures are captured.
 */
export class MadeModules {
  private readonly variables = new Map<object, { readonly module: string; readonly variable: TopLevelVariable }>();
  private captures = 0;

  /** Captures something; what was added meanwhile is forgotten when nothing is captured any more. */
  public async during<Result>(capture: () => Promise<Result>): Promise<Result> {
    this.captures += 1;
    try {
      return await capture();
    } finally {
      this.captures -= 1;
      if (this.captures === 0) this.forget();
    }
  }

  public has(value: object): boolean {
    return this.variables.has(value);
  }

  public add(variable: TopLevelVariable): void {
    // The same from run to run: it becomes part of the package.
    const place = `${path.relative(process.cwd(), variable.file)}#${variable.name}`;
    const module = `${madePrefix}${createHash("sha256").update(place).digest("hex").slice(0, 12)}`;
    this.variables.set(variable.value, { module, variable });
    require.cache[cacheKey(module)] = { exports: variable.value } as NodeJS.Module;
  }

  /** The modules that a serialized closure requires, by name. */
  public requiredBy(text: string): Map<string, TopLevelVariable> {
    const named = [...this.variables.values()].filter(({ module }) => text.includes(`require("${module}")`));
    return new Map(named.map(({ module, variable }) => [module, variable]));
  }

  private forget(): void {
    for (const { module } of this.variables.values()) Reflect.deleteProperty(require.cache, cacheKey(module));
    this.variables.clear();
  }
}

/** The serializer leaves out of a module's name what leads to `node_modules`. */
function cacheKey(module: string): string {
  return path.join(process.cwd(), "node_modules", module);
}
