import { fileURLToPath } from "node:url";
import * as path from "node:path";
import { mapSourcePosition } from "source-map-support";
import { show } from "../../shared/checks";

// Pulumi's serializer finds captured variables through V8's inspector; these are the parts of it that tell where.
interface SerializerInternals {
  getFunctionLocationAsync(fn: unknown): Promise<{ file: string; line: number; column: number }>;
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

const inspector = (): SerializerInternals =>
  require("@pulumi/pulumi/runtime/closure/v8") as unknown as SerializerInternals;
const parser = (): ParserInternals =>
  require("@pulumi/pulumi/runtime/closure/parseFunction") as unknown as ParserInternals;

/** A place in a compiled file: line and column count from 0. */
export interface CompiledPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a function stands in the JavaScript that runs; undefined for native functions. */
export async function compiledPosition(fn: unknown): Promise<CompiledPosition | undefined> {
  const { file, line, column } = await inspector().getFunctionLocationAsync(fn);
  if (file === "") return undefined;
  return { file: file.startsWith("file:") ? fileURLToPath(file) : file, line, column };
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
      const captured = await inspector().lookupCapturedVariableValueAsync(fn, variable, false);
      const way = wayTo(captured, value, 4);
      if (way !== undefined) return { fn, variable: variable + way };
    }
  }
  return undefined;
}

function capturedNames(fn: unknown): string[] {
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
