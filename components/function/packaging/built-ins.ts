import { builtinModules } from "node:module";
import { runInThisContext } from "node:vm";

let globals: Map<unknown, string> | undefined;
let modules: Map<unknown, string> | undefined;

/** The expression for a value that is there in every process: a global, or what a module of Node exports. */
export function builtInExpression(value: unknown): string | undefined {
  globals ??= globalExpressions();
  const known = globals.get(value);
  if (known !== undefined) return known;
  if (typeof value !== "function" && typeof value !== "object") return undefined;
  if (typeof value === "object" && !isExported(value)) return undefined;
  modules ??= moduleExpressions();
  return modules.get(value);
}

/** Symbols that the language knows, such as `Symbol.iterator`. */
export function wellKnownSymbol(symbol: symbol): string | undefined {
  const name = Object.getOwnPropertyNames(Symbol).find(
    (each) => (Symbol as unknown as Record<string, unknown>)[each] === symbol,
  );
  return name === undefined ? undefined : `Symbol.${name}`;
}

/** Objects that modules of Node export are themselves modules or plain; instances are the program's. */
function isExported(value: object | null): boolean {
  return value !== null && Object.getPrototypeOf(value) !== null && !Array.isArray(value);
}

function globalExpressions(): Map<unknown, string> {
  const found = new Map<unknown, string>([
    [globalThis, "globalThis"],
    [process.env, "process.env"],
  ]);
  for (const [name, value] of valuesOf(globalThis)) {
    if (!isReference(value)) continue;
    if (!found.has(value)) found.set(value, name);
    if (name === "globalThis" || name === "global" || name === "mocha") continue;
    for (const [member, inside] of valuesOf(value)) {
      const expression = `${name}.${member}`;
      if (!isReference(inside) || found.has(inside) || name === "process") continue;
      found.set(inside, expression);
      if (member !== "prototype") continue;
      for (const [method, own] of valuesOf(inside)) {
        if (typeof own === "function" && !found.has(own)) found.set(own, `${expression}.${method}`);
      }
    }
  }
  return found;
}

function moduleExpressions(): Map<unknown, string> {
  const found = new Map<unknown, string>();
  for (const name of builtinModules) {
    if (name.startsWith("_") || /^(punycode|sys|wasi|trace_events|inspector)/.test(name)) continue;
    const exports: unknown = process.getBuiltinModule(name);
    if (!isReference(exports)) continue;
    const whole = `require(${JSON.stringify(name)})`;
    if (!found.has(exports)) found.set(exports, whole);
    for (const [member, value] of valuesOf(exports, true)) {
      if (isReference(value) && !found.has(value)) found.set(value, `${whole}.${member}`);
    }
  }
  return found;
}

function isReference(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Own properties with plain names; those behind accessors only where these are known to answer for themselves. */
function valuesOf(owner: object, withAccessors = false): [string, unknown][] {
  // Some accessors of Node warn of their age, where its own `process` lets them: a test runner such as jest has a copy.
  const nodeProcess = runInThisContext("process") as NodeJS.Process;
  const { noDeprecation } = nodeProcess;
  nodeProcess.noDeprecation = true;
  try {
    return Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(([name, { value, get }]) => {
      if (!/^[A-Za-z_$][\w$]*$/.test(name)) return [];
      const isRead = get !== undefined && withAccessors;
      const found = isRead ? attempt(() => get.call(owner) as unknown) : (value as unknown);
      return found === undefined ? [] : [[name, found]];
    });
  } finally {
    nodeProcess.noDeprecation = noDeprecation;
  }
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
