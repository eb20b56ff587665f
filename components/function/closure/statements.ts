import * as ts from "typescript";
import type { CompiledPosition } from "./locate";

/** Takes the compiled text of a file apart. */
export function parseFile(text: string): ts.SourceFile {
  return ts.createSourceFile("program.js", text, ts.ScriptTarget.ESNext, true);
}

/** The statements that declare variables, functions and classes at the top of a file, by what they declare. */
export function declarationsIn(file: ts.SourceFile): Map<string, ts.Statement> {
  return new Map(file.statements.flatMap((statement) => namesOf(statement).map((name) => [name, statement] as const)));
}

function namesOf(statement: ts.Statement): string[] {
  if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name !== undefined) {
    return [statement.name.text];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}

/** Something that a file imports as ES modules do. */
export interface ImportedName {
  readonly module: string;
  /** What the module calls it; undefined where it is the whole module. */
  readonly name: string | undefined;
}

/** What a file imports as ES modules do, by the names that it has there. */
export function importsIn(file: ts.SourceFile): Map<string, ImportedName> {
  const imports = new Map<string, ImportedName>();
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const module = statement.moduleSpecifier.text;
    const { name, namedBindings } = statement.importClause ?? {};
    if (name !== undefined) imports.set(name.text, { module, name: "default" });
    if (namedBindings === undefined) continue;
    if (ts.isNamespaceImport(namedBindings)) imports.set(namedBindings.name.text, { module, name: undefined });
    else {
      for (const each of namedBindings.elements) {
        imports.set(each.name.text, { module, name: (each.propertyName ?? each.name).text });
      }
    }
  }
  return imports;
}

/** Whether a statement says under which name something is exported, and does nothing to it. */
export function isExport(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement)) return true;
  if (ts.isExportAssignment(statement)) return ts.isIdentifier(statement.expression);
  // As it is compiled: exports.default = app
  return ts.isExpressionStatement(statement) && /^exports\.\w+ = \w+;?$/.test(statement.getText());
}

/** The module of an import as it is compiled, `const hono_1 = require("hono")`; undefined for any other statement. */
export function importedModule(statement: ts.Statement | undefined): string | undefined {
  if (statement === undefined || !ts.isVariableStatement(statement)) return undefined;
  return /=\s*(?:__import\w+\()?require\("([^"]+)"\)/.exec(statement.getText())?.[1];
}

/** Whether a statement goes through a list: `for (…)`, or `list.forEach(…)`. */
export function isLoop(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement)) return ts.isIterationStatement(statement, false);
  const { expression } = statement;
  return ts.isCallExpression(expression) && isIterating(expression.expression);
}

/** The variable at the start of a statement that is a chain of calls and properties, like `app.get(…)`. */
export function rootOf(statement: ts.Statement): string | undefined {
  if (!ts.isExpressionStatement(statement)) return undefined;
  let at: ts.Expression = statement.expression;
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

/** The names that a statement refers to; with `atOnce`, without those in functions that are called later. */
export function referencesIn(statement: ts.Statement, atOnce = false): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (atOnce && ts.isFunctionLike(node) && !isCalledAtOnce(node)) return;
    if (ts.isPropertyAccessExpression(node)) return visit(node.expression);
    if (ts.isPropertyAssignment(node)) return visit(node.initializer);
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return names;
}

/** Whether a function is called where it stands, or by what goes through a list. */
function isCalledAtOnce(node: ts.Node): boolean {
  const outer = ts.isParenthesizedExpression(node.parent) ? node.parent : node;
  const call = outer.parent;
  return ts.isCallExpression(call) && (call.expression === outer || isIterating(call.expression));
}

function isIterating(called: ts.Expression): boolean {
  return (
    ts.isPropertyAccessExpression(called) &&
    /^(forEach|map|flatMap|filter|find|some|every|reduce)$/.test(called.name.text)
  );
}

/** Whether a function around `position` has a variable of its own by that name, which is not the one at the top. */
export function isHiddenAt(file: ts.SourceFile, { line, column }: CompiledPosition, name: string): boolean {
  const position = file.getPositionOfLineAndCharacter(line, column);
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found || position < node.pos || position >= node.end) return;
    if (node !== file && (ts.isFunctionLike(node) || ts.isBlock(node) || ts.isIterationStatement(node, false))) {
      found = ownNames(node).has(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What a function or block declares by itself, without the functions in it. */
function ownNames(scope: ts.Node): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(scope, visit);
  return names;
}
