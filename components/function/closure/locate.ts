import { Session } from "node:inspector/promises";
import { fileURLToPath } from "node:url";
import * as path from "node:path";
import { mapSourcePosition } from "source-map-support";
import { show } from "../../shared/checks";

// Pulumi's serializer finds captured variables through V8's inspector; these are the parts of it that tell where.
interface SerializerInternals {
  lookupCapturedVariableValueAsync(fn: unknown, variable: string, throwOnFailure: boolean): Promise<unknown>;
}
interface ParserInternals {
  parseFunction(text: string): [string, undefined] | [undefined | "", ParsedFunction];
}
interface ParsedFunction {
  readonly capturedVariables: {
    readonly required: ReadonlyMap<string, unknown>;
    readonly optional: ReadonlyMap<string, unknown>;
  };
}

const serializer = (): SerializerInternals =>
  require("@pulumi/pulumi/runtime/closure/v8") as unknown as SerializerInternals;
const parser = (): ParserInternals =>
  require("@pulumi/pulumi/runtime/closure/parseFunction") as unknown as ParserInternals;

/** A function of the program that is serialized. */
export type CapturedFunction = (...args: never[]) => unknown;

/** A place in a compiled file: line and column count from 0. */
export interface CompiledPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

let session: Session | undefined;
const scripts = new Map<string, string>();
const inspected = Symbol.for("tandem.inspected");

/** An inspector of this process that knows every script: the serializer's own misses those that were loaded before it. */
async function inspector(): Promise<Session> {
  if (session !== undefined) return session;
  session = new Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params.url));
  await session.post("Debugger.enable");
  return session;
}

/** Where a function stands in the JavaScript that runs; undefined for native functions. */
export async function compiledPosition(fn: unknown): Promise<CompiledPosition | undefined> {
  const debug = await inspector();
  Object.assign(globalThis, { [inspected]: fn });
  const evaluated = debug.post("Runtime.evaluate", { expression: `globalThis[Symbol.for("tandem.inspected")]` });
  Object.assign(globalThis, { [inspected]: undefined });
  const { objectId } = (await evaluated).result;
  if (objectId === undefined) return undefined;
  const { internalProperties = [] } = await debug.post("Runtime.getProperties", { objectId, ownProperties: true });
  const found = internalProperties.find(({ name }) => name === "[[FunctionLocation]]")?.value?.value as
    { scriptId: string; lineNumber: number; columnNumber: number } | undefined;
  const file = found === undefined ? "" : (scripts.get(found.scriptId) ?? "");
  if (found === undefined || file === "") return undefined;
  return {
    file: file.startsWith("file:") ? fileURLToPath(file) : file,
    line: found.lineNumber,
    column: found.columnNumber,
  };
}

/** Where a function stands in the user's source, as `index.ts:12:5`, relative to the project. */
export async function sourcePosition(fn: unknown): Promise<string | undefined> {
  const position = await compiledPosition(fn);
  if (position === undefined) return undefined;
  const source = mapSourcePosition({ source: position.file, line: position.line + 1, column: position.column });
  const file = source.source.startsWith("file:") ? fileURLToPath(source.source) : source.source;
  return `${path.relative(process.cwd(), path.resolve(file))}:${source.line}:${source.column + 1}`;
}

/** How a function reached a value: the variable, with the way into it, e.g. `settings.started`. */
export interface CapturePath {
  readonly fn: unknown;
  readonly variable: string;
}

/**
 * Finds which of `functions` captures `value`, and under which name. The serializer shows captured values without
 * their names, so this looks them up again; only errors need it.
 */
export async function findCapture(functions: readonly unknown[], value: unknown): Promise<CapturePath | undefined> {
  for (const fn of [...functions].reverse()) {
    for (const variable of capturedNames(fn)) {
      const captured = await capturedValue(fn, variable);
      const way = wayTo(captured, value, 4);
      if (way !== undefined) return { fn, variable: variable + way };
    }
  }
  return undefined;
}

/** An object of a package that a function of the project captures. */
export interface CapturedInstance extends CapturePath {
  readonly className: string;
}

/** Finds the captured object whose class comes from a package, e.g. an SDK client that was made outside the handler. */
export async function findPackageInstance(functions: readonly unknown[]): Promise<CapturedInstance | undefined> {
  for (const fn of functions) {
    if (await isPackages(fn)) continue;
    for (const variable of capturedNames(fn)) {
      const captured = await capturedValue(fn, variable);
      if (typeof captured !== "object" || captured === null) continue;
      const { constructor } = captured;
      if (typeof constructor === "function" && (await isPackages(constructor))) {
        return { fn, variable, className: constructor.name };
      }
    }
  }
  return undefined;
}

/** Whether a function was loaded from a package. */
export async function isPackages(fn: unknown): Promise<boolean> {
  return (await compiledPosition(fn))?.file.includes(`${path.sep}node_modules${path.sep}`) === true;
}

/**
 * Finds a variable that hides a global of the same name, e.g. `const crypto = …`. The serializer takes every name that
 * is a global for the global, so that the handler would silently get another value.
 */
export async function findShadowedGlobal(functions: readonly unknown[]): Promise<CapturePath | undefined> {
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const fn of functions) {
    const words = new Set(String(fn).match(/(?<![.\w$"'`])[A-Za-z_$][\w$]*(?!\s*:[^:?]*[,}])/g) ?? []);
    for (const variable of words) {
      if (!Object.hasOwn(globalThis, variable)) continue;
      const captured = await capturedValue(fn, variable);
      if (captured !== undefined && captured !== globals[variable]) return { fn, variable };
    }
  }
  return undefined;
}

/** The value that a function finds in a variable around it; undefined where there is none of that name. */
export async function capturedValue(fn: unknown, variable: string): Promise<unknown> {
  return serializer().lookupCapturedVariableValueAsync(fn, variable, false);
}

/** The text of the file that a function stands in, as it runs. */
export async function scriptSource(fn: unknown): Promise<string | undefined> {
  const position = await compiledPosition(fn);
  const script = [...scripts].findLast(([, url]) => url === position?.file || url === `file://${position?.file}`);
  if (script === undefined) return undefined;
  return (await (await inspector()).post("Debugger.getScriptSource", { scriptId: script[0] })).scriptSource;
}

/** The names of the variables that a function captures. */
export function capturedNames(fn: unknown): string[] {
  const [error, parsed] = parser().parseFunction(String(fn));
  if (parsed === undefined || (error !== undefined && error !== "")) return [];
  return [...parsed.capturedVariables.required.keys(), ...parsed.capturedVariables.optional.keys()];
}

/** The property chain from `from` to `to`, at most `depth` steps: `""` where they are the same. */
function wayTo(from: unknown, to: unknown, depth: number): string | undefined {
  if (Object.is(from, to)) return "";
  if (depth === 0 || typeof from !== "object" || from === null) return undefined;
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
    if (!("value" in descriptor)) continue;
    const way = wayTo(descriptor.value, to, depth - 1);
    if (way === undefined) continue;
    return (Array.isArray(from) ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${show(key)}]`) + way;
  }
  return undefined;
}
