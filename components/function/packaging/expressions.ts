import * as ts from "typescript";

export type FunctionNode = ts.FunctionLikeDeclaration;

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  return ts.isFunctionLike(node) && "body" in node;
}

/** An expression without what does not matter when it runs: parentheses, types, `await`. */
export function bare(expression: ts.Expression): ts.Expression {
  let at = expression;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isTypeAssertionExpression(at) ||
    ts.isNonNullExpression(at)
  ) {
    at = at.expression;
  }
  // (0, module_1.name)(…), as TypeScript compiles the call of an import.
  if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.CommaToken) return bare(at.right);
  return at;
}

/** The declaration that a name is bound by, also inside a pattern. */
export function variableOf(declaration: ts.Node): ts.VariableDeclaration | undefined {
  let at: ts.Node = declaration;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isVariableDeclaration(at) ? at : undefined;
}

export function parameterOf(declaration: ts.Node): ts.ParameterDeclaration | undefined {
  let at = declaration;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isParameter(at) ? at : undefined;
}

/** What a variable was first given, or what a loop takes it from. */
export function sourceExpression(declaration: ts.Node): ts.Expression | undefined {
  const variable = variableOf(declaration);
  if (variable === undefined) return undefined;
  const loop = variable.parent.parent;
  if (ts.isForOfStatement(loop) || ts.isForInStatement(loop)) return loop.expression;
  return variable.initializer;
}

/** The variable at the start of a chain of properties and calls of methods. */
export function rootOf(expression: ts.Expression): ts.Identifier | undefined {
  let at: ts.Expression = bare(expression);
  for (;;) {
    if (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) at = bare(at.expression);
    else if (ts.isAwaitExpression(at)) at = bare(at.expression);
    else if (ts.isCallExpression(at) && ts.isPropertyAccessExpression(bare(at.expression))) at = bare(at.expression);
    else return ts.isIdentifier(at) ? at : undefined;
  }
}

export function startsWithThis(expression: ts.Expression): boolean {
  let at: ts.Expression = bare(expression);
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isCallExpression(at)) {
    at = bare(at.expression);
  }
  return at.kind === ts.SyntaxKind.ThisKeyword;
}
