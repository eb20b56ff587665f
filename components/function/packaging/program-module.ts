import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import { inspectFunction, loadedScript, type ProgramFunction, type Script } from "./inspector";
import { Lexical, type Binding } from "./lexical";
import { sourceOf, type ScriptSource } from "./source-text";

/** What a name stands for that a file takes from another module. */
export interface ImportedName {
  readonly specifier: string;
  /** What the module calls it; `*` for the module as a whole. */
  readonly name: string;
  /** Whether it comes by `require`, where `*` is whatever the module exports. */
  readonly isRequired: boolean;
}

/** What a file exports under a name: something of its own, or what another module exports. */
export type ExportedName =
  | { readonly kind: "local"; readonly binding: Binding }
  | { readonly kind: "from"; readonly specifier: string; readonly name: string };

/** An export that has no name in its file: `export default …`, or `exports.x = …` of a CommonJS file. */
export interface ExportedExpression {
  readonly statement: ts.Statement;
  readonly expression: ts.Expression;
  readonly name: string;
}

/** A file of the program, as its author wrote it. */
export class ProgramModule {
  public readonly lexical: Lexical;
  public readonly source: ts.SourceFile;
  /** Whether it is written as CommonJS, with `require` and `exports`. */
  public readonly isCommonJs: boolean;
  public readonly exports = new Map<string, ExportedName>();
  /** The modules of `export * from`. */
  public readonly starExports: string[] = [];
  private readonly imports = new Map<Binding, ImportedName>();
  private readonly expressions = new Map<Binding, ExportedExpression>();

  public constructor(
    public readonly file: string,
    public readonly text: string,
  ) {
    this.source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true, kindOf(file));
    this.lexical = new Lexical(this.source);
    this.isCommonJs = !/\.[cm]?tsx?$/.test(file) && !this.source.statements.some(isModuleSyntax);
    for (const statement of this.source.statements) this.readExports(statement);
    for (const binding of this.lexical.top().values()) {
      const imported = importOf(binding);
      if (imported !== undefined) this.imports.set(binding, imported);
    }
  }

  public importOf(binding: Binding): ImportedName | undefined {
    return this.imports.get(binding);
  }

  /** The export that a binding stands for which is no name in the file. */
  public expressionOf(binding: Binding): ExportedExpression | undefined {
    return this.expressions.get(binding);
  }

  private addExpression(name: string, statement: ts.Statement, expression: ts.Expression): void {
    const own = ts.isIdentifier(expression) ? this.lexical.top().get(expression.text) : undefined;
    const binding = own ?? { name, scope: this.source, declaration: statement, isAssigned: false };
    if (own === undefined) this.expressions.set(binding, { statement, expression, name });
    this.exports.set(name, { kind: "local", binding });
  }

  /** The modules that are imported for what they do only. */
  public sideEffectImports(): string[] {
    return this.source.statements.flatMap((statement) =>
      ts.isImportDeclaration(statement) && statement.importClause === undefined
        ? [textOf(statement.moduleSpecifier)]
        : [],
    );
  }

  /** Every module that the file imports or exports from. */
  public specifiers(): string[] {
    const exported = [...this.exports.values()].flatMap((each) => (each.kind === "from" ? [each.specifier] : []));
    const imported = [...this.imports.values()].map(({ specifier }) => specifier);
    return [...new Set([...imported, ...exported, ...this.starExports, ...this.sideEffectImports()])];
  }

  private readExports(statement: ts.Statement): void {
    if (ts.isExportDeclaration(statement)) return this.readExportList(statement);
    if (ts.isExportAssignment(statement)) {
      const name = statement.isExportEquals === true ? "module.exports" : "default";
      return this.addExpression(name, statement, statement.expression);
    }
    if (this.isCommonJs) return this.readCommonJsExports(statement);
    if (!ts.canHaveModifiers(statement) || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return;
    const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
    for (const binding of this.declaredBy(statement)) {
      this.exports.set(isDefault ? "default" : binding.name, { kind: "local", binding });
    }
    if (isDefault && this.declaredBy(statement).length === 0) {
      // export default function () {}: the statement is its own expression.
      this.addExpression("default", statement, statement as unknown as ts.Expression);
    }
  }

  private readExportList({ exportClause, moduleSpecifier, isTypeOnly }: ts.ExportDeclaration): void {
    if (isTypeOnly) return;
    const specifier = moduleSpecifier === undefined ? undefined : textOf(moduleSpecifier);
    if (exportClause === undefined) {
      if (specifier !== undefined) this.starExports.push(specifier);
      return;
    }
    if (ts.isNamespaceExport(exportClause)) {
      this.exports.set(exportClause.name.text, { kind: "from", specifier: specifier ?? "", name: "*" });
      return;
    }
    for (const { name, propertyName, isTypeOnly: isType } of exportClause.elements) {
      const local = (propertyName ?? name).text;
      if (isType) continue;
      if (specifier !== undefined) this.exports.set(name.text, { kind: "from", specifier, name: local });
      else {
        const binding = this.lexical.top().get(local);
        if (binding !== undefined) this.exports.set(name.text, { kind: "local", binding });
      }
    }
  }

  /** `exports.x = …`, `module.exports = …`, also several in a row. */
  private readCommonJsExports(statement: ts.Statement): void {
    if (!ts.isExpressionStatement(statement)) return;
    let at: ts.Expression = statement.expression;
    const names: string[] = [];
    while (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const [, name] = /^(?:module\.)?exports\.([\w$]+)$/.exec(at.left.getText()) ?? [];
      if (name !== undefined) names.push(name);
      else if (at.left.getText() === "module.exports") names.push("module.exports");
      at = at.right;
    }
    const expression = at;
    // TypeScript's compiler first sets what is declared later to undefined.
    if (/^(void 0|undefined)$/.test(expression.getText())) return;
    for (const name of names) {
      this.addExpression(name, statement, expression);
      if (name !== "module.exports" || !ts.isObjectLiteralExpression(expression)) continue;
      for (const property of expression.properties) {
        const key = property.name !== undefined && ts.isIdentifier(property.name) ? property.name.text : undefined;
        if (key === undefined) continue;
        if (ts.isShorthandPropertyAssignment(property)) {
          this.addExpression(key, statement, property.name);
        } else if (ts.isPropertyAssignment(property)) {
          this.addExpression(key, statement, property.initializer);
        }
      }
    }
  }

  /** The bindings that a statement at the top declares. */
  public declaredBy(statement: ts.Statement): Binding[] {
    return [...this.lexical.top().values()].filter(({ declaration }) => statementOf(declaration) === statement);
  }

  /** The function, method or class at a place of the file: the innermost whose head is there. */
  public functionAt(position: number): ts.SignatureDeclaration | ts.ClassLikeDeclaration | undefined {
    let found: ts.SignatureDeclaration | ts.ClassLikeDeclaration | undefined;
    const visit = (node: ts.Node): void => {
      if (position < node.pos || position >= node.end) return;
      const body = ts.isFunctionLike(node) ? (node as { readonly body?: ts.Node }).body : undefined;
      const isHead = body !== undefined && position <= body.getStart(this.source);
      const isClassHead = ts.isClassLike(node) && position <= (node.members.pos || node.end);
      if ((isHead || isClassHead) && node.getStart(this.source) <= position) {
        found = node as ts.SignatureDeclaration | ts.ClassLikeDeclaration;
      }
      ts.forEachChild(node, visit);
    };
    visit(this.source);
    return found;
  }

  /** `index.ts:12:5`, relative to the project. */
  public placeOf(node: ts.Node): string {
    const { line, character } = this.source.getLineAndCharacterOfPosition(node.getStart(this.source));
    return `${path.relative(process.cwd(), this.file)}:${line + 1}:${character + 1}`;
  }
}

/** The statement at the top of a file that a node stands in. */
export function statementOf(node: ts.Node): ts.Statement | undefined {
  for (let at: ts.Node = node; ; at = at.parent) {
    if (at.parent === undefined) return undefined;
    if (ts.isSourceFile(at.parent)) return at as ts.Statement;
  }
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && node.modifiers?.some((modifier) => modifier.kind === kind) === true;
}

export function textOf(literal: ts.Expression): string {
  return ts.isStringLiteralLike(literal) ? literal.text : "";
}

/** The module of `require("…")`, also of one that TypeScript's helpers wrap. */
export function requiredModule(node: ts.Node | undefined): string | undefined {
  if (node === undefined || !ts.isCallExpression(node)) return undefined;
  const [first] = node.arguments;
  if (ts.isIdentifier(node.expression)) {
    if (node.expression.text === "require" && first !== undefined && ts.isStringLiteralLike(first)) return first.text;
    if (/^__import(Star|Default)$/.test(node.expression.text)) return requiredModule(first);
  }
  return undefined;
}

function importOf({ declaration }: Binding): ImportedName | undefined {
  if (ts.isImportClause(declaration)) {
    return { specifier: textOf(declaration.parent.moduleSpecifier), name: "default", isRequired: false };
  }
  if (ts.isNamespaceImport(declaration)) {
    return { specifier: textOf(declaration.parent.parent.moduleSpecifier), name: "*", isRequired: false };
  }
  if (ts.isImportSpecifier(declaration)) {
    const { moduleSpecifier } = declaration.parent.parent.parent;
    return {
      specifier: textOf(moduleSpecifier),
      name: (declaration.propertyName ?? declaration.name).text,
      isRequired: false,
    };
  }
  if (ts.isImportEqualsDeclaration(declaration)) {
    const { moduleReference } = declaration;
    if (!ts.isExternalModuleReference(moduleReference)) return undefined;
    return { specifier: textOf(moduleReference.expression), name: "*", isRequired: true };
  }
  if (ts.isVariableDeclaration(declaration) && ts.isIdentifier(declaration.name)) {
    const { initializer } = declaration;
    const required = requiredModule(initializer);
    if (required !== undefined) return { specifier: required, name: "*", isRequired: true };
    if (initializer !== undefined && ts.isPropertyAccessExpression(initializer)) {
      const from = requiredModule(initializer.expression);
      return from === undefined ? undefined : { specifier: from, name: initializer.name.text, isRequired: true };
    }
  }
  if (ts.isBindingElement(declaration) && ts.isObjectBindingPattern(declaration.parent)) {
    const { parent } = declaration.parent;
    const from = ts.isVariableDeclaration(parent) ? requiredModule(parent.initializer) : undefined;
    const name = declaration.propertyName ?? declaration.name;
    if (from === undefined || !ts.isIdentifier(name) || declaration.dotDotDotToken !== undefined) return undefined;
    return { specifier: from, name: name.text, isRequired: true };
  }
  return undefined;
}

function isModuleSyntax(statement: ts.Statement): boolean {
  return (
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isExportAssignment(statement) ||
    hasModifier(statement, ts.SyntaxKind.ExportKeyword)
  );
}

function kindOf(file: string): ts.ScriptKind {
  if (/\.tsx$/.test(file)) return ts.ScriptKind.TSX;
  if (/\.[cm]?ts$/.test(file)) return ts.ScriptKind.TS;
  return /\.jsx$/.test(file) ? ts.ScriptKind.JSX : ts.ScriptKind.JS;
}

/** The modules of a program, each read once. */
export class ProgramModules {
  private readonly modules = new Map<string, ProgramModule>();
  private readonly sources = new WeakMap<ts.SourceFile, ProgramModule>();
  private readonly scripts = new Map<string, Script>();

  /** The module that a function of the program stands in, and the function's place in it. */
  public ofFunction(fn: ProgramFunction): { readonly module: ProgramModule; readonly position: number } | undefined {
    const inspected = inspectFunction(fn);
    if (inspected === undefined || !path.isAbsolute(inspected.script.file)) return undefined;
    const module = this.ofScript(inspected.script);
    const at = sourceOf(inspected.script).originalPosition(inspected.line, inspected.column);
    if (at === undefined || at.line >= module.source.getLineStarts().length) return undefined;
    return { module, position: module.source.getPositionOfLineAndCharacter(at.line, at.column) };
  }

  public ofScript(script: Script): ProgramModule {
    const module = this.read(sourceOf(script));
    this.scripts.set(module.file, script);
    return module;
  }

  /** The module whose text was parsed into a source file. */
  public ofSource(source: ts.SourceFile): ProgramModule | undefined {
    return this.sources.get(source);
  }

  public ofFile(file: string): ProgramModule | undefined {
    if (!/\.[cm]?[jt]sx?$/.test(file)) return undefined;
    const known = this.modules.get(file);
    if (known !== undefined && this.scripts.has(file)) return known;
    const script = loadedScript(file);
    if (script !== undefined) return this.ofScript(script);
    return this.read({ file, text: fs.readFileSync(file, "utf8") });
  }

  /** The script that a module runs as, once a function of it was seen. */
  public scriptOf(module: ProgramModule): Script | undefined {
    return this.scripts.get(module.file);
  }

  private read({ file, text }: Pick<ScriptSource, "file" | "text">): ProgramModule {
    const known = this.modules.get(file);
    if (known?.text === text) return known;
    const module = new ProgramModule(file, text);
    this.modules.set(file, module);
    this.sources.set(module.source, module);
    return module;
  }
}
