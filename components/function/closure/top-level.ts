import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { compileFunction } from "node:vm";
import type * as ts from "typescript";
import {
  capturedNames,
  capturedValue,
  compiledPosition,
  isPackages,
  scriptSource,
  type CapturedFunction,
} from "./locate";
import type { TopLevelVariable } from "./made-modules";
import { declarationsIn, importedModule, isHiddenAt, isLoop, parseFile, referencesIn, rootOf } from "./statements";
import { functionTrap } from "./traps";

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

/** Whether an object is an instance of a package's class, or of one that cannot be serialized. */
async function isUncapturable(value: unknown): Promise<boolean> {
  if (typeof value !== "object" || value === null) return false;
  // Of these, the serializer takes single properties.
  if (pulumi.Resource.isInstance(value) || pulumi.Output.isInstance(value)) return false;
  for (let proto: unknown = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const made: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
    if (typeof made !== "function" || made === Object) continue;
    if (functionTrap(made as CapturedFunction) !== undefined || (await isPackages(made))) return true;
  }
  return false;
}

/** Whether an object is one that cannot be captured, or holds one, like `{ s3: new S3Client() }`. */
async function holdsUncapturable(value: unknown, depth = 2): Promise<boolean> {
  if (await isUncapturable(value)) return true;
  if (depth === 0 || typeof value !== "object" || value === null) return false;
  if (pulumi.Resource.isInstance(value) || pulumi.Output.isInstance(value)) return false;
  for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) {
    if (await holdsUncapturable(descriptor.value, depth - 1)) return true;
  }
  return false;
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
  const make = await new Maker(fn, file).make(name);
  return make && { value, name, file: position.file, make };
}

/** Cuts out of a file what makes one of its variables. */
class Maker {
  private readonly declared: ReadonlyMap<string, ts.Statement>;
  private readonly included = new Set<ts.Statement>();
  /** What is not made, but captured as ever. */
  private readonly given = new Map<string, unknown>();

  public constructor(
    private readonly fn: CapturedFunction,
    private readonly file: ts.SourceFile,
  ) {
    this.declared = declarationsIn(file);
  }

  /** A function that makes the variable; undefined where the statements that do cannot stand alone. */
  public async make(variable: string): Promise<CapturedFunction | undefined> {
    if (!(await this.include(variable))) return undefined;
    const included = this.file.statements.filter((statement) => this.included.has(statement));
    if (included.some((statement) => referencesIn(statement).has("exports"))) return undefined;
    // Whatever else the program does with it on the way cannot be told apart from what makes it.
    const others = this.file.statements.filter((statement) => !this.included.has(statement));
    if (others.some((statement) => referencesIn(statement, true).has(variable))) return undefined;
    const body = included.map((statement) => statement.getText(this.file)).join("\n");
    const code = `return function () {\n${body}\nreturn ${variable};\n};`;
    return compileFunction(code, [...this.given.keys()])(...this.given.values()) as CapturedFunction;
  }

  /** Includes what declares a name, and what is done with it; false where that is not possible. */
  private async include(name: string): Promise<boolean> {
    const statement = this.declared.get(name);
    if (statement === undefined) return false;
    if (this.included.has(statement)) return true;
    // What is done with it there, like app.get(...), is part of what it is; so are loops that do it.
    const uses = this.file.statements.filter(
      (each) => rootOf(each) === name || (isLoop(each) && referencesIn(each, true).has(name)),
    );
    const added = [statement, ...uses].filter((each) => !this.included.has(each));
    for (const each of added) this.included.add(each);
    for (const reference of new Set(added.flatMap((each) => [...referencesIn(each)]))) {
      if (!(await this.provide(reference, name))) return false;
    }
    return true;
  }

  /** Sees to it that what is included finds what it refers to: captured as ever, or included as well. */
  private async provide(reference: string, includedFor: string): Promise<boolean> {
    const statement = this.declared.get(reference);
    if (statement === undefined || this.included.has(statement) || this.given.has(reference)) return true;
    const module = importedModule(statement);
    // Packages are imported again. What the library, Pulumi or a file of the project exports is captured.
    const isCaptured = module === undefined || /^(\.|tandem$|@pulumi\/)/.test(module) || path.isAbsolute(module);
    const value = isCaptured ? await capturedValue(this.fn, reference) : undefined;
    if (value === undefined || (await isUncapturable(value)) || this.leadsTo(reference, includedFor)) {
      return this.include(reference);
    }
    this.given.set(reference, value);
    return true;
  }

  /** Whether a function at the top of the file uses `name`, itself or through others: captured, it would get another one. */
  private leadsTo(from: string, name: string, seen = new Set<string>()): boolean {
    const statement = this.declared.get(from);
    if (statement === undefined || seen.has(from) || importedModule(statement) !== undefined) return false;
    seen.add(from);
    return [...referencesIn(statement)].some((each) => each === name || this.leadsTo(each, name, seen));
  }
}
