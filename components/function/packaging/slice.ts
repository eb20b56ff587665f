import * as ts from "typescript";
import type { Binding } from "./lexical";
import { hasModifier, statementOf, type ProgramModule } from "./program-module";
import { valuesPrefix } from "./value-builder";

/** A piece of a module's text: made, or a part of the source. */
export type Piece = string | { readonly start: number; readonly end: number };

/** What a variable of a scope is given when the function starts. */
export interface ScopeVariable {
  readonly binding: Binding;
  /** What the text calls it. */
  readonly name: string;
  /** The expression for its value; undefined where its initializer stands for it. */
  readonly expression: (() => string) | undefined;
  /** The value that it is given. */
  readonly root: object | undefined;
  /** Statements that complete what the initializer made. */
  readonly completing: readonly ts.Statement[];
}

/** Variables of functions and blocks around captured functions, as they were at that moment. */
export interface ScopeInstance {
  readonly id: number;
  /** The function, block or loop that declares the variables. */
  readonly node: ts.Node;
  readonly module: ProgramModule;
  readonly parent: ScopeInstance | undefined;
  readonly variables: Map<Binding, ScopeVariable>;
}

/** A function or class that is written into a package by itself, beside the statements of its file. */
export interface EmittedFunction {
  readonly id: number;
  readonly module: ProgramModule;
  readonly node: ts.SignatureDeclaration | ts.ClassLikeDeclaration;
  /** Its name while deploying. */
  readonly name: string;
  readonly scope: ScopeInstance | undefined;
  /** What stands for the `this` around an arrow function. */
  readonly receiver: string | undefined;
}

/** What goes into a package of one file of the program. */
export class Slice {
  /** Variables that are made by their source, and those that are given a value. */
  public readonly sources = new Set<Binding>();
  public readonly values = new Map<Binding, () => string>();
  public readonly statements = new Set<ts.Statement>();
  public readonly imports = new Set<Binding>();
  public readonly exports = new Map<string, Binding | { readonly specifier: string; readonly name: string }>();
  public readonly scopes: ScopeInstance[] = [];
  public readonly functions: EmittedFunction[] = [];
  /** Imports of what exists while deploying only. */
  public readonly deployed = new Set<Binding>();
  /** Variables that the module of values asks for, by the names that it calls. */
  public readonly thunks = new Map<Binding, string>();
  /** Files that have to be loaded before this one. */
  public readonly before = new Set<string>();

  public constructor(public readonly module: ProgramModule) {}

  /** The text of the module, in pieces. */
  public pieces(handler: EmittedFunction | undefined): Piece[] {
    const { module } = this;
    const body = [...this.thunkLines(), ...this.scopeLines(handler), ...this.statementPieces()];
    const pieces: Piece[] = [...this.importPieces(), ...body];
    if (handler !== undefined && handler.scope === undefined && handler.module === module) {
      // Without a name of its own, it is called "handler" in stack traces.
      const text: Piece[] =
        handler.name === "" && !ts.isFunctionDeclaration(handler.node)
          ? ["{ handler: ", ...functionPieces(handler).slice(1, -1), " }.handler"]
          : functionPieces(handler);
      pieces.push(module.isCommonJs ? "exports.$handler = " : "const $tandem_handler = ", ...text);
      pieces.push(module.isCommonJs ? ";\n" : ";\nexport { $tandem_handler as $handler };\n");
    }
    pieces.push(...this.exportLines());
    const usesValues = pieces.some((piece) => typeof piece === "string" && piece.includes(valuesPrefix));
    const values = module.isCommonJs
      ? `const $tandem = require("tandem:values");\n`
      : `import * as $tandem from "tandem:values";\n`;
    return [
      ...(usesValues ? [values] : []),
      ...pieces.map((piece) => (typeof piece === "string" ? piece.replaceAll(valuesPrefix, "$tandem.") : piece)),
    ];
  }

  private importPieces(): Piece[] {
    const { module } = this;
    const before = [...this.before].map((file) =>
      module.isCommonJs ? `require(${JSON.stringify(file)});\n` : `import ${JSON.stringify(file)};\n`,
    );
    const own = module.source.statements.flatMap((statement): Piece[] => {
      if (!ts.isImportDeclaration(statement)) return [];
      if (statement.importClause === undefined) {
        return this.statements.has(statement) ? [{ start: statement.getStart(), end: statement.end }, "\n"] : [];
      }
      return [...this.imports].flatMap((binding) =>
        statementOf(binding.declaration) === statement ? [this.importLine(binding)] : [],
      );
    });
    const deployed = [...this.deployed].map(({ name }) => `const ${name} = undefined;\n`);
    return [...before, ...own, ...deployed];
  }

  private importLine(binding: Binding): string {
    const { specifier, name } = this.module.importOf(binding) as { specifier: string; name: string };
    const from = JSON.stringify(specifier);
    if (name === "*") return `import * as ${binding.name} from ${from};\n`;
    if (name === "default") return `import ${binding.name} from ${from};\n`;
    return `import { ${name === binding.name ? name : `${name} as ${binding.name}`} } from ${from};\n`;
  }

  private thunkLines(): string[] {
    return [...this.thunks].map(([{ name }, thunk]) => `${valuesPrefix}f.${thunk} = () => ${name};\n`);
  }

  private scopeLines(handler: EmittedFunction | undefined): Piece[] {
    const write = (parent: ScopeInstance | undefined): Piece[] => [
      ...this.functions.flatMap((fn): Piece[] => {
        if (fn.scope !== parent || (fn === handler && parent === undefined)) return [];
        const own = `$tandem_f${fn.id}`;
        const around = startedScope(parent);
        const started = around === undefined ? "" : `$tandem_s${around.id}(), `;
        return [`let ${own}; ${valuesPrefix}f.f${fn.id} = () => (${started}${own} ??= `, ...functionPieces(fn), `);\n`];
      }),
      ...this.scopes.flatMap((scope) => (scope.parent === parent ? this.scopePieces(scope, write) : [])),
    ];
    return write(undefined);
  }

  private scopePieces(scope: ScopeInstance, write: (scope: ScopeInstance) => Piece[]): Piece[] {
    const { id, parent } = scope;
    // In the order of the source, as they were given their values: what a class is made of comes before it.
    const variables = [...scope.variables.values()].sort(
      (a, b) => a.binding.declaration.pos - b.binding.declaration.pos,
    );
    if (variables.length === 0) return write(scope);
    const started = `$tandem_d${id}`;
    return [
      `{\nlet ${[started, ...variables.map(({ name }) => name)].join(", ")};\n`,
      `const $tandem_s${id} = () => { if (${started}) return; ${started} = true; `,
      startedScope(parent) === undefined ? "" : `$tandem_s${startedScope(parent)?.id}(); `,
      ...variables.flatMap(({ binding, name, expression, completing }): Piece[] => {
        if (expression !== undefined) return [`${name} = ${expression()}; `];
        const { initializer } = binding.declaration as ts.VariableDeclaration;
        const made: Piece[] = initializer === undefined ? [] : [`${name} = `, rangeOf(initializer), ";\n"];
        return [...made, ...completing.flatMap((statement): Piece[] => [rangeOf(statement), "\n"])];
      }),
      "};\n",
      ...write(scope),
      "}\n",
    ];
  }

  private statementPieces(): Piece[] {
    return this.module.source.statements.flatMap((statement): Piece[] => {
      const own = this.module.declaredBy(statement);
      const isWhole = this.statements.has(statement);
      const valued = isWhole ? [] : own.filter((binding) => this.values.has(binding));
      const made = own.filter((binding) => this.sources.has(binding));
      const pieces: Piece[] = valued.map((binding) => this.valueLine(binding));
      if (isWhole || (made.length > 0 && !ts.isVariableStatement(statement))) {
        if (!ts.isImportDeclaration(statement)) pieces.push(...withoutExport(statement), "\n");
      } else if (made.length > 0 && ts.isVariableStatement(statement)) {
        pieces.push(...this.declarationPieces(statement, made));
      }
      return [...pieces, ...this.expressionPieces(statement)];
    });
  }

  /** The declarations of a statement that are needed. */
  private declarationPieces(statement: ts.VariableStatement, made: readonly Binding[]): Piece[] {
    const list = statement.declarationList;
    const needed = list.declarations.filter((declaration) =>
      made.some((binding) => binding.declaration === declaration || isInside(binding.declaration, declaration)),
    );
    const keyword = list.getText().slice(0, (list.declarations[0] as ts.Node).getStart() - list.getStart());
    return needed.flatMap((declaration) => [keyword, rangeOf(declaration), ";\n"]);
  }

  private valueLine(binding: Binding): string {
    const expression = (this.values.get(binding) as () => string)();
    const keyword = binding.isAssigned ? "let" : "const";
    if (this.module.expressionOf(binding) === undefined) return `${keyword} ${binding.name} = ${expression};\n`;
    return "";
  }

  /** Exports that have no name in their file. */
  private expressionPieces(statement: ts.Statement): Piece[] {
    const { module } = this;
    const own = [...this.sources, ...this.values.keys()].filter(
      (binding) => module.expressionOf(binding)?.statement === statement,
    );
    return own.flatMap((binding): Piece[] => {
      const exported = module.expressionOf(binding);
      if (exported === undefined) return [];
      const value = this.values.get(binding);
      const start = module.isCommonJs
        ? exported.name === "module.exports"
          ? "module.exports = "
          : `exports.${exported.name} = `
        : exported.name === "module.exports"
          ? "export = "
          : "export default ";
      if (value !== undefined) return [start, value(), ";\n"];
      if ((exported.expression as ts.Node) === statement) return [rangeOf(statement), "\n"];
      return [start, rangeOf(exported.expression), ";\n"];
    });
  }

  private exportLines(): string[] {
    const { module } = this;
    return [...this.exports].flatMap(([name, exported]) => {
      if ("specifier" in exported) {
        const from = JSON.stringify(exported.specifier);
        if (exported.name === "*") return [`export * as ${name} from ${from};\n`];
        return [`export { ${exported.name}${exported.name === name ? "" : ` as ${name}`} } from ${from};\n`];
      }
      if (module.expressionOf(exported) !== undefined) return [];
      if (!module.isCommonJs) return [`export { ${exported.name}${exported.name === name ? "" : ` as ${name}`} };\n`];
      if (name === "module.exports") return [`module.exports = ${exported.name};\n`];
      return [
        `Object.defineProperty(exports, ${JSON.stringify(name)}, { enumerable: true, get: () => ${exported.name} });\n`,
      ];
    });
  }
}

/** The nearest scope that has variables to be given their values. */
function startedScope(scope: ScopeInstance | undefined): ScopeInstance | undefined {
  let at = scope;
  while (at !== undefined && at.variables.size === 0) at = at.parent;
  return at;
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

function rangeOf(node: ts.Node): Piece {
  return { start: node.getStart(), end: node.end };
}

/** A statement without `export` and `default`: the slice lists what it exports at its end. */
function withoutExport(statement: ts.Statement): Piece[] {
  if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword) || !ts.canHaveModifiers(statement))
    return [rangeOf(statement)];
  const pieces: Piece[] = [];
  let at = statement.getStart();
  for (const modifier of statement.modifiers ?? []) {
    const isExport = modifier.kind === ts.SyntaxKind.ExportKeyword || modifier.kind === ts.SyntaxKind.DefaultKeyword;
    if (!isExport) continue;
    if (modifier.getStart() > at) pieces.push({ start: at, end: modifier.getStart() });
    at = modifier.end;
  }
  return [...pieces, { start: at, end: statement.end }];
}

/** The expression that makes a function or class as its source does. */
export function functionPieces({ node, name, receiver }: EmittedFunction): Piece[] {
  if (ts.isClassLike(node)) return named(name, node.name === undefined, classPieces(node));
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) {
    const isAnonymous = ts.isArrowFunction(node) || node.name === undefined;
    const text = receiver === undefined ? [rangeOf(node)] : withReceiver(node, receiver);
    return named(name, isAnonymous, ["(", ...text, ")"]);
  }
  if (ts.isFunctionDeclaration(node)) {
    const isAsync = hasModifier(node, ts.SyntaxKind.AsyncKeyword);
    const keyword = node.getChildren().find(({ kind }) => kind === ts.SyntaxKind.FunctionKeyword) as ts.Node;
    return [isAsync ? "(async " : "(", { start: keyword.getStart(), end: node.end }, ")"];
  }
  return methodPieces(node, name);
}

function classPieces(node: ts.ClassLikeDeclaration): Piece[] {
  const keyword = node.getChildren().find(({ kind }) => kind === ts.SyntaxKind.ClassKeyword) as ts.Node;
  const decorators = (ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : []).flatMap((each) => [
    rangeOf(each),
    " ",
  ]);
  return ["(", ...decorators, { start: keyword.getStart(), end: node.end }, ")"];
}

/** A method by itself, or a getter or setter. */
function methodPieces(node: ts.SignatureDeclaration, name: string): Piece[] {
  const key = JSON.stringify(name.replace(/^(get|set) /, ""));
  const rest: Piece = { start: (node.name as ts.Node).end, end: node.end };
  if (ts.isGetAccessor(node) || ts.isSetAccessor(node)) {
    const kind = ts.isGetAccessor(node) ? "get" : "set";
    return [`Object.getOwnPropertyDescriptor({ ${kind} ${key}`, rest, ` }, ${key}).${kind}`];
  }
  const isAsync = hasModifier(node, ts.SyntaxKind.AsyncKeyword);
  const isGenerator = ts.isMethodDeclaration(node) && node.asteriskToken !== undefined;
  return [`({ ${isAsync ? "async " : ""}${isGenerator ? "*" : ""}${key}`, rest, ` })[${key}]`];
}

/** An arrow function with another name for the `this` around it. */
function withReceiver(node: ts.Node, receiver: string): Piece[] {
  const pieces: Piece[] = [];
  let start = node.getStart();
  const visit = (at: ts.Node): void => {
    if ((ts.isFunctionLike(at) && !ts.isArrowFunction(at)) || ts.isClassLike(at)) return;
    if (at.kind === ts.SyntaxKind.ThisKeyword) {
      pieces.push({ start, end: at.getStart() }, receiver);
      start = at.end;
    }
    ts.forEachChild(at, visit);
  };
  ts.forEachChild(node, visit);
  return [...pieces, { start, end: node.end }];
}

/** Gives a function the name that it got from the variable or property that it was first assigned to. */
function named(name: string, isAnonymous: boolean, expression: Piece[]): Piece[] {
  return isAnonymous ? [`${valuesPrefix}named(${JSON.stringify(name)}, `, ...expression, ")"] : expression;
}
