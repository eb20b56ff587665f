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
  const content = unzipSync(fs.readFileSync(code.path));
  const packaged = content["index.js"];
  if (packaged === undefined) throw new Error(`${name} has a package without index.js: ${code.path}`);
  const text = withWholeMap(Buffer.from(packaged).toString("utf8"), wholeMap(code.path));
  const project = path.resolve(path.dirname(code.path), "..", "..");
  const hash = createHash("sha256").update(packaged).digest("hex").slice(0, 8);
  const beside = Object.entries(content).filter(([each]) => each !== "index.js");
  const folder = beside.length === 0 ? project : unpacked(code.path.replace(/\.zip$/, ""), beside);
  const file = path.join(folder, `${name}-${hash}.cjs`);
  const mapped = beside.length === 0 ? text : fromFolder(text, folder, project);
  compiled()?.set(file, mapped);
  if (isOtherContext()) return evaluateHere(file, mapped);
  const module = new internals(file);
  module.filename = file;
  module.paths = [...internals._nodeModulePaths(project), ...internals._nodeModulePaths(__dirname)];
  module._compile(mapped, file);
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

/** Puts the files that a package's code reads beside itself into a folder. */
function unpacked(folder: string, files: readonly (readonly [name: string, content: Uint8Array])[]): string {
  for (const [name, content] of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  return folder;
}

/** The code with a source map whose paths go from a folder on, in place of the project. */
function fromFolder(text: string, folder: string, project: string): string {
  return text.replace(/(sourceMappingURL=data:application\/json;base64,)(\S+)/, (_whole, link: string, map: string) => {
    const parsed = JSON.parse(Buffer.from(map, "base64").toString("utf8")) as { sources: string[] };
    const sources = parsed.sources.map((source) =>
      path.relative(folder, path.join(project, source)).replaceAll("\\", "/"),
    );
    return link + Buffer.from(JSON.stringify({ ...parsed, sources })).toString("base64");
  });
}

/** The texts that `tandem/register` maps stack traces by, where it is loaded. */
function compiled(): Map<string, string> | undefined {
  return (globalThis as unknown as Record<symbol, Map<string, string> | undefined>)[Symbol.for("tandem.compiled")];
}
