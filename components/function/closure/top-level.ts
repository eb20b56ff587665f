import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import * as ts from "typescript";
import { compileFunction } from "node:vm";
import { capturedNames, capturedValue, isPackages, scriptSource, type CapturedFunction } from "./locate";
import { functionTrap } from "./traps";

/**
 * A variable at the top of the project's code whose value cannot be serialized, such as a web framework's app or an SDK's
 * client. Not its value goes into the package then, but the code that makes it, which runs when the function starts.
 */
export interface TopLevelVariable {
  readonly value: object;
  /** `app`, or `app_1.app` where it is imported from a module of the project. */
  readonly variable: string;
  /** The module that exports it, or a function with the statements that make it. */
  readonly source: { readonly file: string; readonly name: string } | { readonly make: CapturedFunction };
}

/**
 * Finds a variable that one of `functions` captures, is not among `known`, and can be made again from the source.
 */
export async function findTopLevelVariable(
  functions: readonly CapturedFunction[],
  known: ReadonlyMap<object, unknown>,
): Promise<TopLevelVariable | undefined> {
  for (const fn of functions) {
    if (await isPackages(fn)) continue;
    for (const variable of capturedNames(fn)) {
      const captured = await capturedValue(fn, variable);
      if (typeof captured !== "object" || captured === null) continue;
      const imported = await exportedInstance(fn, variable, captured, known);
      if (imported !== undefined) return imported;
      if (known.has(captured) || !(await isUncapturable(captured))) continue;
      const make = await makerOf(fn, variable);
      if (make !== undefined) return { value: captured, variable, source: { make } };
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

/** Where `variable` is what a module of the project exports: the instance in it that `fn` uses. */
async function exportedInstance(
  fn: CapturedFunction,
  variable: string,
  captured: object,
  known: ReadonlyMap<object, unknown>,
): Promise<TopLevelVariable | undefined> {
  const file = Object.keys(require.cache).find((each) => require.cache[each]?.exports === captured);
  if (file === undefined || file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
  for (const [, name = ""] of String(fn).matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, "g"))) {
    const value = (captured as Record<string, unknown>)[name];
    if (typeof value !== "object" || value === null || known.has(value) || !(await isUncapturable(value))) continue;
    return { value, variable: `${variable}.${name}`, source: { file, name } };
  }
  return undefined;
}

/** A function that makes the variable as the program's own statements do; undefined where they cannot stand alone. */
async function makerOf(fn: CapturedFunction, variable: string): Promise<CapturedFunction | undefined> {
  const text = await scriptSource(fn);
  if (text === undefined) return undefined;
  const file = ts.createSourceFile("program.js", text, ts.ScriptTarget.ESNext, true);
  const declared = new Map(
    file.statements.flatMap((statement) => namesOf(statement).map((name) => [name, statement] as const)),
  );
  const included = new Set<ts.Statement>();
  const given = new Map<string, unknown>();
  const made = new Set<string>();

  const include = async (name: string): Promise<boolean> => {
    const statement = declared.get(name);
    if (statement === undefined) return false;
    if (included.has(statement)) return true;
    included.add(statement);
    made.add(name);
    // What is done with it there, like app.get(...), is part of what it is.
    const uses = file.statements.filter((each) => ts.isExpressionStatement(each) && rootOf(each.expression) === name);
    for (const use of [statement, ...uses]) {
      included.add(use);
      for (const reference of referencesIn(use)) {
        if (made.has(reference) || given.has(reference) || !declared.has(reference)) continue;
        const known = isImport(declared.get(reference)) ? undefined : await capturedValue(fn, reference);
        const own = known === undefined ? await capturedImport(fn, reference, declared.get(reference)) : known;
        if (own !== undefined && !(await isUncapturable(own))) given.set(reference, own);
        else if (!(await include(reference))) return false;
      }
    }
    return true;
  };

  if (!(await include(variable)) || [...included].some((statement) => referencesIn(statement).has("exports")))
    return undefined;
  // Whatever else the program does with it on the way cannot be told apart from what makes it.
  const others = file.statements.filter((statement) => !included.has(statement));
  if (others.some((statement) => [...referencesIn(statement, true)].some((name) => name === variable)))
    return undefined;
  const body = file.statements
    .filter((statement) => included.has(statement))
    .map((statement) => statement.getText(file));
  const code = `return function () {\n${body.join("\n")}\nreturn ${variable};\n};`;
  return compileFunction(code, [...given.keys()])(...given.values()) as CapturedFunction;
}

/** What the library, Pulumi or a file of the project exports is captured as ever; packages are imported again. */
async function capturedImport(
  fn: CapturedFunction,
  name: string,
  statement: ts.Statement | undefined,
): Promise<unknown> {
  const module = /require\("([^"]+)"\)/.exec(statement?.getText() ?? "")?.[1] ?? "";
  return /^(\.|tandem$|@pulumi\/)/.test(module) || path.isAbsolute(module) ? capturedValue(fn, name) : undefined;
}

/** `const hono_1 = require("hono")`, as imports are compiled. */
function isImport(statement: ts.Statement | undefined): boolean {
  return (
    statement !== undefined &&
    ts.isVariableStatement(statement) &&
    /=\s*(__import\w+\()?require\("/.test(statement.getText())
  );
}

function namesOf(statement: ts.Statement): string[] {
  if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name !== undefined) {
    return [statement.name.text];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
}

/** The variable at the start of a chain of calls and properties. */
function rootOf(expression: ts.Expression): string | undefined {
  let at: ts.Expression = expression;
  while (
    ts.isCallExpression(at) ||
    ts.isPropertyAccessExpression(at) ||
    ts.isElementAccessExpression(at) ||
    ts.isAwaitExpression(at)
  ) {
    at = at.expression;
  }
  return ts.isIdentifier(at) ? at.text : undefined;
}

/** The names that a statement refers to; with `atOnce`, without those in functions, which are called later. */
function referencesIn(statement: ts.Statement, atOnce = false): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (atOnce && ts.isFunctionLike(node)) return;
    if (ts.isPropertyAccessExpression(node)) return visit(node.expression);
    if (ts.isPropertyAssignment(node)) return visit(node.initializer);
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return names;
}
