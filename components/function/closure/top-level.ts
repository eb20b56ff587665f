import * as path from "node:path";
import { sourceFile } from "./bundle";
import {
  capturedNames,
  capturedValue,
  compiledPosition,
  isPackages,
  scriptSource,
  type CapturedFunction,
} from "./locate";
import type { TopLevelVariable } from "./made-modules";
import { Maker } from "./maker";
import { importsIn, isHiddenAt, parseFile, type ImportedName } from "./statements";
import { holdsUncapturable } from "./uncapturable";

/**
 * Finds a variable at the top of the project's code that one of `functions` captures, whose value cannot be serialized
 * and is not among `known`, and that can be made again from the source.
 */
export async function findTopLevelVariable(
  functions: readonly CapturedFunction[],
  known: { has(value: object): boolean },
): Promise<TopLevelVariable | undefined> {
  for (const fn of functions) {
    if (await isPackages(fn)) continue;
    for (const variable of capturedNames(fn)) {
      const captured = await capturedValue(fn, variable);
      if (typeof captured !== "object" || captured === null) continue;
      const exported = await exportedInstance(fn, variable, captured, known);
      if (exported !== undefined) return exported;
      if (known.has(captured) || moduleOf(captured) !== undefined || !(await holdsUncapturable(captured))) continue;
      const made = await declaredInstance(fn, variable, captured);
      if (made !== undefined) return made;
    }
  }
  return undefined;
}

/** The file of the module whose exports an object is. */
function moduleOf(value: object): string | undefined {
  return Object.keys(require.cache).find((file) => require.cache[file]?.exports === value);
}

/** Where `variable` is what a module of the project exports: the instance in it that `fn` uses. */
async function exportedInstance(
  fn: CapturedFunction,
  variable: string,
  captured: object,
  known: { has(value: object): boolean },
): Promise<TopLevelVariable | undefined> {
  const file = moduleOf(captured);
  if (file === undefined || file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
  for (const [, name = ""] of String(fn).matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, "g"))) {
    const value = (captured as Record<string, unknown>)[name];
    if (typeof value !== "object" || value === null || known.has(value) || !(await holdsUncapturable(value))) continue;
    return { value, name, file, make: undefined };
  }
  return undefined;
}

/** What stands at the top of the file of `fn`, with a function that makes it as the program's own statements do. */
async function declaredInstance(
  fn: CapturedFunction,
  name: string,
  value: object,
): Promise<TopLevelVariable | undefined> {
  const [position, text] = [await compiledPosition(fn), await scriptSource(fn)];
  if (position === undefined || text === undefined) return undefined;
  const file = parseFile(text);
  if (isHiddenAt(file, position, name)) return undefined;
  const imported = importsIn(file).get(name);
  if (imported !== undefined) return importedInstance(imported, path.dirname(position.file), value);
  const make = await new Maker(fn, file).make(name);
  return make && { value, name, file: position.file, make };
}

/** What an ES module imports from another of the project. */
function importedInstance({ module, name }: ImportedName, folder: string, value: object): TopLevelVariable | undefined {
  const file = module.startsWith(".") ? sourceFile(path.resolve(folder, module)) : undefined;
  return file === undefined || name === undefined ? undefined : { value, name, file, make: undefined };
}
