import * as ts from "typescript";

/** A variable, function, class or import, by the scope that it is declared in. */
export interface Binding {
  readonly name: string;
  readonly scope: ts.Node;
  /** What declares it: a variable's declaration, a parameter, a function, a class, an import's clause … */
  readonly declaration: ts.Node;
  /** Whether something other than its declaration assigns it. */
  isAssigned: boolean;
}

/** A name in an expression. */
export interface Reference {
  readonly node: ts.Identifier;
  /** Undefined for globals. */
  readonly binding: Binding | undefined;
}

/** What names mean in a file: JavaScript's scoping rules. Types are left out, since they do not run. */
export class Lexical {
  private readonly scopes = new Map<ts.Node, Map<string, Binding>>();
  private readonly all: Reference[] = [];
  private readonly byNode = new Map<ts.Node, Reference>();

  public constructor(public readonly file: ts.SourceFile) {
    this.declareIn(file, file);
    this.resolveIn(file);
    this.all.sort((a, b) => a.node.pos - b.node.pos);
  }

  /** What is declared at the top of the file. */
  public top(): ReadonlyMap<string, Binding> {
    return this.scopes.get(this.file) ?? new Map<string, Binding>();
  }

  /** Whether a scope declares anything. */
  public declares(scope: ts.Node): boolean {
    return this.scopes.has(scope);
  }

  public referenceAt(node: ts.Node): Reference | undefined {
    return this.byNode.get(node);
  }

  /** Every name that is used in a node. */
  public referencesIn({ pos, end }: ts.Node): Reference[] {
    let from = 0;
    for (let to = this.all.length; from < to;) {
      const middle = (from + to) >> 1;
      if ((this.all[middle] as Reference).node.pos < pos) from = middle + 1;
      else to = middle;
    }
    const found: Reference[] = [];
    for (let at = from; at < this.all.length && (this.all[at] as Reference).node.pos < end; at++) {
      found.push(this.all[at] as Reference);
    }
    return found;
  }

  /** The names that a node uses and does not declare in itself. */
  public freeIn(node: ts.Node): Reference[] {
    return this.referencesIn(node).filter(({ binding }) => binding === undefined || !isWithin(binding.scope, node));
  }

  /** What a name means where a node stands. */
  public lookup(name: string, from: ts.Node): Binding | undefined {
    for (let node: ts.Node | undefined = from; node !== undefined; node = node.parent) {
      const found = this.scopes.get(node)?.get(name);
      if (found !== undefined && !isOutside(found, from)) return found;
    }
    return undefined;
  }

  private declare(scope: ts.Node, name: string, declaration: ts.Node): void {
    const own = this.scopes.get(scope) ?? new Map<string, Binding>();
    this.scopes.set(scope, own);
    // `var` and functions may be declared again; the first that has a body or a value counts.
    const before = own.get(name);
    if (before !== undefined && !(ts.isParameter(before.declaration) && ts.isFunctionDeclaration(declaration))) return;
    own.set(name, { name, scope, declaration, isAssigned: false });
  }

  private declareIn(node: ts.Node, scope: ts.Node): void {
    eachChild(node, (child) => {
      if (!isDeclaredOnly(child)) this.declareOwn(child, scope);
      this.declareIn(child, isScope(child) ? child : scope);
    });
  }

  private declareOwn(node: ts.Node, scope: ts.Node): void {
    const bind = (at: ts.Node, name: ts.BindingName, declaration: ts.Node): void => {
      if (ts.isIdentifier(name)) return this.declare(at, name.text, declaration);
      for (const element of name.elements) {
        if (!ts.isOmittedExpression(element)) bind(at, element.name, element);
      }
    };
    if (ts.isVariableDeclaration(node)) {
      const isVar = ts.isVariableDeclarationList(node.parent) && (node.parent.flags & ts.NodeFlags.BlockScoped) === 0;
      bind(isVar ? variableScope(scope) : scope, node.name, node);
    } else if (ts.isParameter(node)) bind(scope, node.name, node);
    else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name !== undefined) {
      this.declare(scope, node.name.text, node);
    } else if ((ts.isFunctionExpression(node) || ts.isClassExpression(node)) && node.name !== undefined) {
      this.declare(node, node.name.text, node);
    } else if (ts.isEnumDeclaration(node)) {
      this.declare(scope, node.name.text, node);
      for (const { name } of node.members) if (ts.isIdentifier(name)) this.declare(node, name.text, node);
    } else if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)) this.declare(scope, node.name.text, node);
    else if (ts.isImportEqualsDeclaration(node)) this.declare(scope, node.name.text, node);
    else if (ts.isImportDeclaration(node)) this.declareImport(node);
  }

  private declareImport({ importClause }: ts.ImportDeclaration): void {
    if (importClause === undefined || importClause.isTypeOnly) return;
    if (importClause.name !== undefined) this.declare(this.file, importClause.name.text, importClause);
    const bindings = importClause.namedBindings;
    if (bindings === undefined) return;
    if (ts.isNamespaceImport(bindings)) return this.declare(this.file, bindings.name.text, bindings);
    for (const each of bindings.elements) if (!each.isTypeOnly) this.declare(this.file, each.name.text, each);
  }

  private resolveIn(node: ts.Node): void {
    eachChild(node, (child) => {
      if (ts.isIdentifier(child)) {
        if (!isName(child)) this.addReference(child);
      } else this.resolveIn(child);
    });
  }

  private addReference(node: ts.Identifier): void {
    const binding = this.lookup(node.text, node);
    const reference = { node, binding };
    this.all.push(reference);
    this.byNode.set(node, reference);
    if (binding !== undefined && isWritten(node)) binding.isAssigned = true;
  }
}

/** Calls back for the children that run: without types, and what only declares them. */
export function eachChild(node: ts.Node, visit: (child: ts.Node) => void): void {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isExportDeclaration(node)) return;
  if (isDeclaredOnly(node)) return;
  ts.forEachChild(node, (child) => {
    if (ts.isTypeNode(child) && !ts.isExpressionWithTypeArguments(child)) return;
    if (ts.isTypeParameterDeclaration(child)) return;
    if (ts.isHeritageClause(child) && child.token === ts.SyntaxKind.ImplementsKeyword) return;
    visit(child);
  });
}

/** Whether something is declared without being there: `declare const …`, a function's overload. */
export function isDeclaredOnly(node: ts.Node): boolean {
  if (ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true) {
    return true;
  }
  const isOverload =
    ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node);
  return isOverload && node.body === undefined;
}

export function isWithin(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

/** Names that a class expression or function expression has for itself only are no names around it. */
function isOutside({ scope, declaration }: Binding, from: ts.Node): boolean {
  return scope === declaration && !isWithin(from, scope);
}

export function isScope(node: ts.Node): boolean {
  return (
    (ts.isBlock(node) && !ts.isFunctionLike(node.parent)) ||
    ts.isFunctionLike(node) ||
    ts.isForStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isCatchClause(node) ||
    ts.isClassLike(node) ||
    ts.isCaseBlock(node) ||
    ts.isModuleBlock(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isClassStaticBlockDeclaration(node) ||
    ts.isSourceFile(node)
  );
}

/** Where `var` declares. */
function variableScope(scope: ts.Node): ts.Node {
  let at = scope;
  while (
    !ts.isFunctionLike(at) &&
    !ts.isSourceFile(at) &&
    !ts.isModuleBlock(at) &&
    !ts.isClassStaticBlockDeclaration(at)
  ) {
    at = at.parent;
  }
  return at;
}

/** Whether an identifier names a declaration, a property or a label, and is no expression. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isPropertyAccessExpression(parent) || ts.isMetaProperty(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.name === node || parent.propertyName === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true;
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return true;
  if (ts.isJsxAttribute(parent)) return true;
  if (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) return /^[a-z]/.test(node.text);
  return (parent as { readonly name?: ts.Node }).name === node && !ts.isExportAssignment(parent);
}

/** Whether an identifier stands where it is assigned. */
export function isWritten(node: ts.Node): boolean {
  let at: ts.Node = node;
  for (;;) {
    const { parent } = at;
    if (ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent) || ts.isAsExpression(parent)) {
      at = parent;
      continue;
    }
    if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
      return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
    }
    if (ts.isBinaryExpression(parent)) return parent.left === at && isAssignment(parent.operatorToken.kind);
    if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === at;
    // A pattern: [a, { b: c = 1 }] = …
    const isInPattern =
      ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) ||
      ts.isSpreadElement(parent) ||
      ts.isSpreadAssignment(parent) ||
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isPropertyAssignment(parent) && parent.initializer === at);
    if (!isInPattern) return false;
    at = parent;
  }
}

export function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}
