import { pathToFileURL } from "node:url";
import { inspectFunction, loadedScript, type InspectedFunction, type ProgramFunction } from "./inspector";
import type { Binding } from "./lexical";
import type { ProgramModule, ProgramModules } from "./program-module";

/** What has to be waited for before a capture can go on: it is tried again then. */
export class Pending extends Error {
  public constructor(public readonly promise: Promise<unknown>) {
    super("waiting");
  }
}

/** A value of the running program; `undefined` in place of it where it cannot be reached. */
export interface LiveValue {
  readonly value: unknown;
}

const namespaces = new Map<string, object>();

/** Finds the values that the variables of the running program have. */
export class LiveValues {
  private readonly functions = new Map<ProgramModule, InspectedFunction[]>();

  public constructor(private readonly modules: ProgramModules) {}

  /** The module and place of a function, whose scopes then answer for the module's variables. */
  public locate(
    fn: ProgramFunction,
  ): ReturnType<ProgramModules["ofFunction"]> & { readonly inspected?: InspectedFunction } {
    const found = this.modules.ofFunction(fn);
    const inspected = inspectFunction(fn);
    if (found === undefined || inspected === undefined) return undefined as never;
    const known = this.functions.get(found.module) ?? [];
    if (known.length < 50) this.functions.set(found.module, [...known, inspected]);
    return { ...found, inspected };
  }

  /** The value of a variable at the top of a module. */
  public ofTop(binding: Binding, module: ProgramModule): LiveValue | undefined {
    for (const { scopes } of this.functions.get(module) ?? []) {
      const scope = scopes.at(-1);
      if (scope?.has(binding.name) === true && module.expressionOf(binding) === undefined) {
        return { value: scope.value(binding.name) };
      }
    }
    for (const [name, exported] of module.exports) {
      if (exported.kind !== "local" || exported.binding !== binding) continue;
      const found = this.ofExport(module, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private ofExport(module: ProgramModule, name: string): LiveValue | undefined {
    const exports = this.exportsOf(module);
    if (name === "module.exports") return exports === undefined ? undefined : { value: exports };
    if (exports === undefined || !(name in exports)) return undefined;
    try {
      const value = (exports as Record<string, unknown>)[name];
      // A function of the module knows its variables.
      if (typeof value === "function") this.locate(value as ProgramFunction);
      return { value };
    } catch {
      // It has not been declared yet.
      return undefined;
    }
  }

  /** What a module of the program exports; undefined where it was not loaded. */
  public exportsOf(module: ProgramModule): object | undefined {
    const script = this.modules.scriptOf(module) ?? loadedScript(module.file);
    const file = script?.file ?? module.file;
    const required = require.cache[file]?.exports as unknown;
    if (typeof required === "object" && required !== null) return required;
    if (typeof required === "function") return required;
    if (script?.isModule !== true) return undefined;
    const known = namespaces.get(file);
    if (known !== undefined) return known;
    // It was loaded: this gives its namespace and runs nothing.
    const address = process.platform === "win32" ? pathToFileURL(file).href : file;
    throw new Pending(import(address).then((namespace: object) => namespaces.set(file, namespace)));
  }
}

/** A value of a variable around a function, with the scope that has it: 0 is the innermost. */
export interface ScopedValue extends LiveValue {
  readonly scope: number;
}

/** The value of a variable as a function sees it, by the name that it has in the source. */
export function valueInScopes({ scopes }: InspectedFunction, name: string): ScopedValue | undefined {
  const holder = scopes.findIndex((scope) => scope.has(name));
  if (holder >= 0) return { value: scopes[holder]?.value(name), scope: holder };
  // As a compiler to older JavaScript renames what a block declares.
  const renamed = new RegExp(`^${name.replaceAll("$", "\\$")}_\\d+$`);
  const candidates = scopes.flatMap((scope) =>
    [...scope.names()].filter((each) => renamed.test(each) && scope.has(each)),
  );
  if (candidates.length !== 1) return undefined;
  const [only = ""] = candidates;
  const renamedIn = scopes.findIndex((scope) => scope.has(only));
  return { value: scopes[renamedIn]?.value(only), scope: renamedIn };
}
