import { readFileSync } from "node:fs";
import { TandemError, type Problem } from "../../shared/errors";
import {
  findCapture,
  findPackageInstance,
  isPackages,
  sourcePosition,
  type CapturedFunction,
  type CapturedInstance,
  type CapturePath,
} from "./locate";
import type { Trap } from "./traps";

/** A value that must not be captured, on its way out of the serializer. */
export class TrapFound extends Error {
  public constructor(
    public readonly trap: Trap,
    public readonly value: unknown,
  ) {
    super(trap.what);
  }
}

/** What to say of a value that must not be captured: the handler, the variable, where it is, and the fix. */
export async function problemOf(
  whose: string,
  closure: CapturedFunction,
  functions: readonly CapturedFunction[],
  found: TrapFound,
): Promise<TandemError> {
  const path = await findCapture(functions, found.value);
  const instance = path !== undefined && (await isPackages(path.fn)) ? await findPackageInstance(functions) : undefined;
  if (instance !== undefined) return new TandemError([await instanceProblem(whose, instance, found.trap)]);
  const position = await sourcePosition(path?.fn ?? closure);
  const problem: Problem = {
    code: found.trap.code,
    message: `${whose}${position === undefined ? "" : ` (${position})`} captures ${found.trap.what}`,
    ...(path === undefined ? {} : { got: path.variable }),
    fix: found.trap.fix,
  };
  return new TandemError([problem]);
}

/** What to say where the handler itself comes from a package, such as `app.fetch`: the fault is not in what it captures. */
export async function packageFunctionProblem(
  whose: string,
  closure: CapturedFunction,
): Promise<TandemError | undefined> {
  if (!(await isPackages(closure))) return undefined;
  const position = await sourcePosition(closure);
  return new TandemError([
    {
      code: "ERR_CAPTURE_FAILED",
      message: `${whose} is a function of a package, which cannot be serialized`,
      ...(position === undefined ? {} : { got: position }),
      fix: "pass a function of your own that calls it, like (request) => app.fetch(request)",
    },
  ]);
}

async function instanceProblem(whose: string, instance: CapturedInstance, trap: Trap): Promise<Problem> {
  const { fn, variable, className } = instance;
  const position = await sourcePosition(fn);
  return {
    code: "ERR_CAPTURE_VALUE",
    message: `${whose}${position === undefined ? "" : ` (${position})`} captures an object of the class ${className}, which holds ${trap.what}`,
    got: variable,
    fix: `create it inside the handler: new ${className}(...)`,
  };
}

/** What to say of a variable that hides a global. */
export async function shadowProblem(whose: string, { fn, variable }: CapturePath): Promise<Problem> {
  const position = await sourcePosition(fn);
  return {
    code: "ERR_CAPTURE_VALUE",
    message: `${whose}${position === undefined ? "" : ` (${position})`} captures a variable with the name of a global, whose value it would get instead`,
    got: variable,
    fix: "give the variable another name",
  };
}

/** The serializer's own refusals, with what they share put first: its report names the way to the culprit. */
export async function unserializable(whose: string, closure: CapturedFunction, error: unknown): Promise<TandemError> {
  const report = error instanceof Error ? error.message : String(error);
  const position = await sourcePosition(closure);
  const variable = /variable '([^']+)'|'([^']+)', a function defined at|^ +function '([^']+)'/m
    .exec(report)
    ?.slice(1)
    .find(Boolean);
  const module = /module '([^']+)'/.exec(report)?.[1];
  const reason = reasonIn(report);
  return new TandemError([
    {
      code: "ERR_CAPTURE_FAILED",
      message: `${whose}${position === undefined ? "" : ` (${position})`} cannot be serialized: ${reason}`,
      got: [variable, module === undefined ? undefined : `module ${module}`].filter(Boolean).join(", in ") || undefined,
      fix: fixFor(report, module),
    } as Problem,
  ]);
}

function reasonIn(report: string): string {
  const lines = report.split("\n").map((line) => line.trim());
  const because = lines.findIndex((line) => line.endsWith("could not be serialized because"));
  const reason = lines.slice(because + 1).find((line) => line !== "" && !line.startsWith("Error serializing"));
  return (reason ?? "the serializer refused it").replace(/\.$/, "");
}

function fixFor(report: string, module: string | undefined): string {
  if (/captured 'this'|'this'/.test(report)) {
    return 'do not use "this" in the handler: copy what it needs into a const before, and use that';
  }
  if (/function 'bound bound /.test(report)) {
    return "bind once only, or use an arrow function, like (...rest) => fn(first, ...rest)";
  }
  if (isModuleProject() && /native code|closure environment/i.test(report)) {
    return 'import it inside the handler, like const { extname } = await import("node:path"): what an ES module imports cannot be captured (or remove "type": "module" from package.json)';
  }
  if (module !== undefined)
    return `import it inside the handler: const name = await import("${module.replace(/^\.\//, "")}")`;
  if (/native code|it was a native function|closure environment/i.test(report)) {
    return 'call it through its module (import * as path from "node:path"; path.join(...)), or import it inside the handler';
  }
  return "create the value inside the handler, or capture plain data";
}

/** Whether the project's own files are ES modules, whose imports the serializer cannot tell from values. */
function isModuleProject(): boolean {
  try {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { type?: string };
    return manifest.type === "module";
  } catch {
    return false;
  }
}
