import { unzipSync } from "fflate";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import Module, { createRequire } from "node:module";
import * as path from "node:path";
import { Archive } from "../engine/graph/resource";
import { wholeMap, withWholeMap } from "../engine/graph/whole-map";
import { isOtherContext } from "./context";

/** What a handler's package exports. */
export interface HandlerModule {
  /** What Lambda calls. */
  readonly handler: (event: unknown, context: object) => Promise<unknown>;
  /** The handler by itself. */
  readonly handle: (event: unknown, context: object) => unknown;
}

/** Parts of Node's module system that its types leave out (https://nodejs.org/api/modules.html). */
interface NodeModule {
  filename: string;
  paths: string[];
  exports: unknown;
  _compile(code: string, filename: string): void;
}
const internals = Module as unknown as {
  new (id: string): NodeModule;
  _nodeModulePaths(folder: string): string[];
};

/**
 * Evaluates a function's package in this process, as a cold start does: nothing is left of earlier calls. It goes by the
 * name of a file beside the program, from which the sources in its source map are told: so debuggers, coverage and stack
 * traces show the `.ts`.
 * @param code the function's `code`
 */
export function evaluatePackage(name: string, code: unknown): HandlerModule {
  if (!(code instanceof Archive) || code.path === undefined) {
    throw new Error(`${name} has no package of this library: only functions of its components can be invoked`);
  }
  const packaged = unzipSync(fs.readFileSync(code.path))["index.js"];
  if (packaged === undefined) throw new Error(`${name} has a package without index.js: ${code.path}`);
  const text = withWholeMap(Buffer.from(packaged).toString("utf8"), wholeMap(code.path));
  const project = path.resolve(path.dirname(code.path), "..", "..");
  const hash = createHash("sha256").update(packaged).digest("hex").slice(0, 8);
  const file = path.join(project, `${name}-${hash}.cjs`);
  compiled()?.set(file, text);
  if (isOtherContext()) return evaluateHere(file, text);
  const module = new internals(file);
  module.filename = file;
  module.paths = [...internals._nodeModulePaths(project), ...internals._nodeModulePaths(__dirname)];
  module._compile(text, file);
  return module.exports as HandlerModule;
}

/** Evaluates a module with the globals of this context, where Node would take those of the process. */
function evaluateHere(file: string, text: string): HandlerModule {
  const wrapper = `(function (exports, require, module, __filename, __dirname) {${text}\n})\n//# sourceURL=${file}`;
  const evaluate = (0, eval)(wrapper) as (...args: unknown[]) => void;
  const module = { exports: {} };
  evaluate.call(module.exports, module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports as HandlerModule;
}

/** The texts that `tandem/register` maps stack traces by, where it is loaded. */
function compiled(): Map<string, string> | undefined {
  return (globalThis as unknown as Record<symbol, Map<string, string> | undefined>)[Symbol.for("tandem.compiled")];
}
