import * as path from "node:path";
import { inspectFunction, type ProgramFunction } from "./inspector";
import { isLibrarys } from "./resolve";

const packages = `${path.sep}node_modules${path.sep}`;

/** Whether a function was loaded from a package, other than this library: its own handlers are taken like the program's. */
export function isPackages(fn: ProgramFunction): boolean {
  const file = inspectFunction(fn)?.script.file;
  return file !== undefined && file.includes(packages) && !isLibrarys(file);
}

/** The expression for what a package exports; undefined where no loaded file of one exports the value. */
export function packageExpression(value: unknown): string | undefined {
  for (const [file, module] of Object.entries(require.cache)) {
    if (!file.includes(packages) || module === undefined) continue;
    const exports: unknown = module.exports;
    const whole = `require(${JSON.stringify(file)})`;
    if (exports === value) return whole;
    if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) continue;
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
      if (descriptor.value === value && value !== undefined) return `${whole}[${JSON.stringify(name)}]`;
    }
  }
  return undefined;
}
