import * as ts from "typescript";
import type { Place } from "./demand";
import type { EffectAnalysis } from "./effects";
import { bare, isFunctionNode } from "./expressions";
import { eachChild, type Binding } from "./lexical";
import type { ProgramModule } from "./program-module";

/** The constructor, field or method of a class that code stands in. */
export function memberAround(node: ts.Node): ts.ClassElement | undefined {
  for (let at = node; !ts.isSourceFile(at); at = at.parent) {
    const isMember =
      ts.isConstructorDeclaration(at) || ts.isMethodDeclaration(at) || ts.isAccessor(at) || isInstanceField(at);
    if (isMember) return ts.isClassLike(at.parent) ? (at as ts.ClassElement) : undefined;
  }
  return undefined;
}

/** The statements that complete what a variable's initializer made; undefined where they cannot be told from others. */
export function completingIn(
  binding: Binding,
  module: ProgramModule,
  effects: EffectAnalysis,
): ts.Statement[] | undefined {
  const block = blockOf(binding.scope);
  const own = statementIn(block, binding.declaration);
  const completing = (block?.statements ?? []).filter(
    (statement) => statement !== own && effects.of(statement, module).touches.has(binding),
  );
  const isClear = completing.every((statement) => {
    const { deploys, asksMachine } = effects.of(statement, module);
    return !deploys && !asksMachine && !leaves(statement);
  });
  return block !== undefined && isClear ? completing : undefined;
}

function blockOf(scope: ts.Node): ts.Block | undefined {
  if (ts.isBlock(scope)) return scope;
  const { body } = scope as { readonly body?: ts.Node };
  return body !== undefined && ts.isBlock(body) ? body : undefined;
}

function statementIn(block: ts.Block | undefined, node: ts.Node): ts.Node {
  let at = node;
  while (at.parent !== block && !ts.isSourceFile(at)) at = at.parent;
  return at;
}

/** Whether a statement leaves the function around it, or waits in it. */
function leaves(statement: ts.Node): boolean {
  let found = false;
  const visit = (at: ts.Node): void => {
    if (found || ts.isFunctionLike(at)) return;
    if (ts.isReturnStatement(at) || ts.isYieldExpression(at) || ts.isAwaitExpression(at)) found = true;
    ts.forEachChild(at, visit);
  };
  visit(statement);
  return found;
}

/** The initializer of a constant that could be made again. */
export function initializerOf({ declaration, isAssigned }: Binding): ts.Expression | undefined {
  if (isAssigned || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return undefined;
  const { initializer } = declaration;
  if (initializer === undefined) return undefined;
  // Another name of something is that.
  const value = bare(initializer);
  const isName = ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) || ts.isElementAccessExpression(value);
  return isName ? undefined : initializer;
}

export function patternOf(binding: Binding | undefined): object | undefined {
  return binding !== undefined && ts.isBindingElement(binding.declaration) ? binding.declaration.parent : undefined;
}

/** Whether a variable's declaration is, or is given, a function or class. */
export function declares({ declaration, isAssigned }: Binding, node: ts.Node): boolean {
  if (declaration === node) return true;
  if (isAssigned || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  return bare(declaration.initializer) === node;
}

export function declaredAtTop(node: ts.Node, module: ProgramModule): Binding | undefined {
  const named = node.parent;
  const isDeclared = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
  if (isDeclared ? !ts.isSourceFile(node.parent) : !ts.isVariableDeclaration(outermost(named))) return undefined;
  return [...module.lexical.top().values()].find((binding) => declares(binding, node));
}

function outermost(node: ts.Node): ts.Node {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at)) at = at.parent;
  return at;
}

/** Whether a function uses the `this` that it is called with, or that is around it. */
export function usesThis(node: ts.Node): boolean {
  let found = false;
  const visit = (at: ts.Node): void => {
    if (found || (ts.isFunctionLike(at) && !ts.isArrowFunction(at)) || ts.isClassLike(at)) return;
    if (at.kind === ts.SyntaxKind.ThisKeyword || at.kind === ts.SyntaxKind.SuperKeyword) found = true;
    eachChild(at, visit);
  };
  if (!ts.isClassLike(node)) eachChild(node, visit);
  return found;
}

/** The function or class whose `this` a node has; undefined at the top of a file. */
export function ownerOfThis(node: ts.Node): ts.Node | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isClassLike(at) || (isFunctionNode(at) && !ts.isArrowFunction(at))) return at;
  }
  return undefined;
}

/** The property that code takes of a namespace, in `ns.name`. */
export function memberOf(from: Place | undefined): string | undefined {
  const parent = from?.node.parent;
  return parent !== undefined && ts.isPropertyAccessExpression(parent) && parent.expression === from?.node
    ? parent.name.text
    : undefined;
}

/** Modules that code loads while it runs. */
export function dynamicImports(node: ts.Node): string[] {
  const found: string[] = [];
  const visit = (at: ts.Node): void => {
    if (ts.isCallExpression(at)) {
      const [first] = at.arguments;
      const isImport = at.expression.kind === ts.SyntaxKind.ImportKeyword || at.expression.getText() === "require";
      if (isImport && first !== undefined && ts.isStringLiteralLike(first)) found.push(first.text);
    }
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}

/** The places at which code uses the `this` of a function, without those of functions that have their own. */
export function usesOfThis(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (at: ts.Node): void => {
    if ((ts.isFunctionLike(at) && !ts.isArrowFunction(at)) || ts.isClassLike(at)) return;
    if (at.kind === ts.SyntaxKind.ThisKeyword) found.push(at);
    eachChild(at, visit);
  };
  eachChild(node, visit);
  return found;
}

/** Whether a node is a field that the constructor of a class gives its value. */
export function isInstanceField(node: ts.Node): node is ts.PropertyDeclaration {
  return ts.isPropertyDeclaration(node) && (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Static) === 0;
}
