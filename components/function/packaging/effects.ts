import * as ts from "typescript";
import { eachChild, isWithin, type Binding } from "./lexical";
import type { ProgramModule, ProgramModules } from "./program-module";
import { resolveImport, runtimeNames, type ResolvedImport } from "./resolve";

/** What code does when it runs, without the functions in it that are called later. */
export interface Effects {
  /** Variables whose values it may change. */
  readonly touches: Set<Binding>;
  /** Variables at the top of modules that it reads. */
  readonly reads: Set<Binding>;
  /** Parameters, by their index, whose values it may change; -1 is `this`. */
  readonly parameters: Set<number>;
  /** Parameters, by their index, which it calls before it returns. */
  readonly calls: Set<number>;
  /** Whether it changes global objects. */
  touchesGlobals: boolean;
  /** Whether it needs what exists while deploying only: components, resources, Pulumi's configuration. */
  deploys: boolean;
  /** Whether it asks for what is different where it runs: files, variables of the environment, the time, the network. */
  asksMachine: boolean;
}

/** A variable of a module of the program, with the name that the module exports it by. */
export interface ExportedBinding {
  readonly binding: Binding;
  readonly module: ProgramModule;
  readonly name: string;
}

/** Methods of built-in objects that change nothing, or only call what they are given. */
const readers =
  /^(map|filter|slice|join|includes|indexOf|lastIndexOf|find|findIndex|findLast|some|every|reduce|reduceRight|forEach|flat|flatMap|at|charAt|charCodeAt|codePointAt|split|trim|trimStart|trimEnd|replace|replaceAll|match|matchAll|startsWith|endsWith|toString|toUpperCase|toLowerCase|toFixed|padStart|padEnd|repeat|substring|toISOString|getTime|bind|hasOwnProperty|toSorted|toReversed|toSpliced|with|concat|localeCompare|normalize)$/;
/** Methods that call a function at once which they are given. */
const callers =
  /^(map|filter|find|findIndex|findLast|some|every|reduce|reduceRight|forEach|flatMap|sort|toSorted|replace|replaceAll|from|call|apply)$/;
/** Functions of built-in objects that change their first argument. */
const changers =
  /^(assign|defineProperty|defineProperties|freeze|seal|preventExtensions|setPrototypeOf|set|deleteProperty)$/;
const pureGlobals =
  /^(console|JSON|Math|Object|Reflect|Array|String|Number|Boolean|Symbol|BigInt|Date|RegExp|Promise|Map|Set|WeakMap|WeakSet|Error|TypeError|RangeError|SyntaxError|URL|URLSearchParams|Buffer|Intl|structuredClone|parseInt|parseFloat|isNaN|isFinite|encodeURIComponent|decodeURIComponent|encodeURI|decodeURI|atob|btoa|TextEncoder|TextDecoder|setTimeout|setInterval|setImmediate|queueMicrotask|AbortController|Headers|Request|Response|Uint8Array|Float64Array|Int32Array|ArrayBuffer|Proxy)$/;
/** Modules of Node whose answers differ from machine to machine. */
const machineModules =
  /^(fs|fs\/promises|child_process|http|https|http2|net|tls|dns|dns\/promises|os|dgram|readline|process|worker_threads|cluster)$/;

const nothing = (): Effects => ({
  touches: new Set(),
  reads: new Set(),
  parameters: new Set(),
  calls: new Set(),
  touchesGlobals: false,
  deploys: false,
  asksMachine: false,
});

type FunctionNode = ts.FunctionLikeDeclaration;

/** Sees what the statements of a program's modules do, through the functions of the program that they call. */
export class EffectAnalysis {
  private readonly statements = new Map<ts.Node, Effects>();
  private readonly functions = new Map<ts.Node, Effects>();
  private readonly deployments = new Map<Binding, boolean>();
  private readonly latent = new Map<Binding, Effects>();
  private readonly resolved = new Map<string, ResolvedImport>();

  public constructor(private readonly modules: ProgramModules) {}

  public resolve(specifier: string, module: ProgramModule): ResolvedImport {
    const key = `${module.file}\n${specifier}`;
    const known = this.resolved.get(key) ?? resolveImport(specifier, module.file);
    this.resolved.set(key, known);
    return known;
  }

  /** What a node at the top of a module does when the module is loaded. */
  public of(node: ts.Node, module: ProgramModule): Effects {
    const known = this.statements.get(node);
    if (known !== undefined) return known;
    const effects = nothing();
    this.statements.set(node, effects);
    new Walk(this, module, effects, undefined).visit(node);
    return effects;
  }

  /** What a function of the program does when it is called. */
  public ofFunction(node: FunctionNode, module: ProgramModule): Effects {
    const known = this.functions.get(node);
    if (known !== undefined) return known;
    const effects = nothing();
    // Set first: a function that calls itself adds nothing by that.
    this.functions.set(node, effects);
    const walk = new Walk(this, module, effects, node);
    for (const parameter of node.parameters) walk.visit(parameter);
    if (node.body !== undefined) walk.visit(node.body);
    return effects;
  }

  /** What `new C(…)` does, for a class of the program. */
  public ofClass(node: ts.ClassLikeDeclaration, module: ProgramModule): Effects {
    const known = this.functions.get(node);
    if (known !== undefined) return known;
    const effects = nothing();
    this.functions.set(node, effects);
    const walk = new Walk(this, module, effects, undefined);
    for (const member of node.members) {
      if (ts.isPropertyDeclaration(member) && member.initializer !== undefined) walk.visit(member.initializer);
      if (ts.isConstructorDeclaration(member)) merge(effects, this.ofFunction(member, module), true);
    }
    const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    const target = base === undefined ? undefined : this.targetOf(base.expression, module);
    if (target !== undefined && ts.isClassLike(target.node))
      merge(effects, this.ofClass(target.node, target.module), false);
    return effects;
  }

  /** Whether a variable at the top of a module holds, or is made of, what exists while deploying only. */
  public isDeployment(binding: Binding, module: ProgramModule): boolean {
    const known = this.deployments.get(binding);
    if (known !== undefined) return known;
    this.deployments.set(binding, false);
    const found = this.decideDeployment(binding, module);
    this.deployments.set(binding, found);
    return found;
  }

  private decideDeployment(binding: Binding, module: ProgramModule): boolean {
    const imported = module.importOf(binding);
    if (imported !== undefined) {
      const to = this.resolve(imported.specifier, module);
      if (to.kind === "pulumi") return true;
      if (to.kind === "library") return !runtimeNames.has(imported.name);
      if (to.kind !== "project") return false;
      const target = this.exported(to.file, imported.name);
      return target !== undefined && this.isDeployment(target.binding, target.module);
    }
    const { declaration } = binding;
    if (ts.isClassLike(declaration)) return this.of(declaration, module).deploys;
    const value = module.expressionOf(binding)?.expression ?? variableOf(declaration)?.initializer;
    return value !== undefined && this.of(value, module).deploys;
  }

  /** What the functions that a variable holds may do when something calls them. */
  public latentOf(binding: Binding, module: ProgramModule): Effects {
    const known = this.latent.get(binding);
    if (known !== undefined) return known;
    const effects = nothing();
    this.latent.set(binding, effects);
    const value = module.expressionOf(binding)?.expression ?? variableOf(binding.declaration)?.initializer;
    this.addLatent(effects, value ?? binding.declaration, module, new Set());
    return effects;
  }

  private addLatent(effects: Effects, node: ts.Node, module: ProgramModule, seen: Set<ts.Node>): void {
    if (seen.has(node)) return;
    seen.add(node);
    const visit = (at: ts.Node): void => {
      if (isFunctionNode(at)) merge(effects, this.ofFunction(at, module), false);
      if (ts.isCallExpression(at) || ts.isNewExpression(at)) {
        // What a function returns, or a class makes, has functions of its own.
        const target = this.targetOf(at.expression, module);
        if (target !== undefined) this.addLatent(effects, target.node, target.module, seen);
      }
      if (ts.isClassLike(at)) {
        const base = at.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
        const target = base === undefined ? undefined : this.targetOf(base.expression, module);
        if (target !== undefined) this.addLatent(effects, target.node, target.module, seen);
      }
      eachChild(at, visit);
    };
    visit(node);
  }

  /** The variable that a name stands for: of another module, where it is imported. */
  public originOf(
    reference: ts.Identifier,
    module: ProgramModule,
  ): { readonly binding: Binding; readonly module: ProgramModule } | undefined {
    const binding = module.lexical.referenceAt(reference)?.binding;
    if (binding === undefined) return undefined;
    const imported = module.importOf(binding);
    const to = imported === undefined ? undefined : this.resolve(imported.specifier, module);
    if (imported === undefined || to?.kind !== "project") return { binding, module };
    const { parent } = reference;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.expression === reference;
    const name = imported.name === "*" && isMember ? parent.name.text : imported.name;
    return this.exported(to.file, name) ?? { binding, module };
  }

  /** The variable behind what a module of the program exports. */
  public exported(file: string, name: string): ExportedBinding | undefined {
    const module = this.modules.ofFile(file);
    if (module === undefined) return undefined;
    const exported = module.exports.get(name);
    if (exported?.kind === "local") {
      const { binding } = exported;
      const imported = module.importOf(binding);
      const further = imported && this.exportedFrom(imported.specifier, imported.name, module);
      return further ?? { binding, module, name };
    }
    if (exported?.kind === "from") return this.exportedFrom(exported.specifier, exported.name, module);
    for (const specifier of exported === undefined ? module.starExports : []) {
      const found = this.exportedFrom(specifier, name, module);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private exportedFrom(specifier: string, name: string, module: ProgramModule): ExportedBinding | undefined {
    const to = this.resolve(specifier, module);
    return to.kind === "project" ? this.exported(to.file, name) : undefined;
  }

  /** The function or class of the program that an expression names. */
  public targetOf(
    expression: ts.Expression,
    module: ProgramModule,
  ): { readonly node: FunctionNode | ts.ClassLikeDeclaration; readonly module: ProgramModule } | undefined {
    const at = bare(expression);
    if (isFunctionNode(at) || ts.isClassLike(at)) return { node: at, module };
    if (ts.isPropertyAccessExpression(at)) return this.memberTarget(at, module);
    if (!ts.isIdentifier(at)) return undefined;
    const binding = module.lexical.referenceAt(at)?.binding;
    if (binding === undefined) return undefined;
    const imported = module.importOf(binding);
    if (imported === undefined) return declaredTarget(binding, module);
    const to = this.resolve(imported.specifier, module);
    const target = to.kind === "project" ? this.exported(to.file, imported.name) : undefined;
    return target && declaredTarget(target.binding, target.module);
  }

  /** `list.add` of an object or class whose members are in the source. */
  private memberTarget(
    { expression, name }: ts.PropertyAccessExpression,
    module: ProgramModule,
  ): ReturnType<EffectAnalysis["targetOf"]> {
    const owner = bare(expression);
    if (owner.kind === ts.SyntaxKind.ThisKeyword) {
      for (let at: ts.Node = owner; at !== undefined; at = at.parent) {
        if (ts.isClassLike(at)) return memberOf(at, name.text, false, module) ?? memberOf(at, name.text, true, module);
        if (ts.isSourceFile(at)) return undefined;
      }
    }
    if (!ts.isIdentifier(owner)) return undefined;
    const binding = module.lexical.referenceAt(owner)?.binding;
    if (binding === undefined) return undefined;
    const imported = module.importOf(binding);
    const to = imported === undefined ? undefined : this.resolve(imported.specifier, module);
    if (to !== undefined && to.kind !== "project") return undefined;
    if (to?.kind === "project" && imported?.name === "*") {
      const target = this.exported(to.file, name.text);
      return target && declaredTarget(target.binding, target.module);
    }
    const own = to?.kind === "project" ? this.exported(to.file, imported?.name ?? "") : { binding, module };
    if (own === undefined) return undefined;
    const { declaration } = own.binding;
    if (ts.isClassLike(declaration)) return memberOf(declaration, name.text, true, own.module);
    const initializer = variableOf(declaration)?.initializer;
    if (initializer === undefined || variableOf(declaration)?.name.kind !== ts.SyntaxKind.Identifier) return undefined;
    const value = bare(initializer);
    if (ts.isObjectLiteralExpression(value)) {
      const member = value.properties.find((each) => each.name !== undefined && each.name.getText() === name.text);
      if (member === undefined) return undefined;
      if (isFunctionNode(member)) return { node: member, module: own.module };
      return ts.isPropertyAssignment(member) ? this.targetOf(member.initializer, own.module) : undefined;
    }
    if (!ts.isNewExpression(value)) return undefined;
    const made = this.targetOf(value.expression, own.module);
    return made !== undefined && ts.isClassLike(made.node)
      ? memberOf(made.node, name.text, false, made.module)
      : undefined;
  }
}

function memberOf(
  owner: ts.ClassLikeDeclaration,
  name: string,
  isStatic: boolean,
  module: ProgramModule,
): ReturnType<EffectAnalysis["targetOf"]> {
  const member = owner.members.find(
    (each) =>
      isFunctionNode(each) &&
      each.name?.getText() === name &&
      (ts.canHaveModifiers(each) && each.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) ===
        (isStatic ? true : each.modifiers === undefined ? undefined : false),
  );
  return member === undefined ? undefined : { node: member as FunctionNode, module };
}

function declaredTarget(
  { declaration, isAssigned }: Binding,
  module: ProgramModule,
): ReturnType<EffectAnalysis["targetOf"]> {
  if (ts.isClassLike(declaration)) return { node: declaration, module };
  if (ts.isFunctionDeclaration(declaration)) return { node: declaration, module };
  if (!ts.isVariableDeclaration(declaration) || isAssigned || declaration.initializer === undefined) return undefined;
  const value = bare(declaration.initializer);
  return isFunctionNode(value) || ts.isClassLike(value) ? { node: value, module } : undefined;
}

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

function merge(into: Effects, from: Effects, withParameters: boolean): void {
  for (const each of from.touches) into.touches.add(each);
  for (const each of from.reads) into.reads.add(each);
  if (withParameters) for (const each of from.parameters) into.parameters.add(each);
  into.touchesGlobals ||= from.touchesGlobals;
  into.deploys ||= from.deploys;
  into.asksMachine ||= from.asksMachine;
}

/** Goes through code as it would run. */
class Walk {
  public constructor(
    private readonly analysis: EffectAnalysis,
    private readonly module: ProgramModule,
    private readonly effects: Effects,
    /** The function whose parameters are told apart. */
    private readonly within: FunctionNode | undefined,
  ) {}

  public readonly visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    if (ts.isClassLike(node)) return this.visitClass(node);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) return this.visitCall(node);
    if (ts.isTaggedTemplateExpression(node)) this.callUnknown(node.tag, []);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment) {
      if (node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) this.touchTargets(node.left);
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { operator } = node;
      if (operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken)
        this.touch(node.operand);
    }
    if (ts.isDeleteExpression(node)) this.touch(node.expression);
    if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
      if (!ts.isVariableDeclarationList(node.initializer)) this.touchTargets(node.initializer);
    }
    if (ts.isIdentifier(node)) return this.read(node);
    eachChild(node, this.visit);
  };

  private visitClass(node: ts.ClassLikeDeclaration): void {
    for (const clause of node.heritageClauses ?? []) {
      if (clause.token === ts.SyntaxKind.ExtendsKeyword) for (const type of clause.types) this.visit(type.expression);
    }
    for (const member of node.members) {
      if (member.name !== undefined && ts.isComputedPropertyName(member.name)) this.visit(member.name.expression);
      const isStatic =
        ts.canHaveModifiers(member) && (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
      if (ts.isPropertyDeclaration(member) && isStatic && member.initializer !== undefined)
        this.visit(member.initializer);
      if (ts.isClassStaticBlockDeclaration(member)) eachChild(member.body, this.visit);
    }
  }

  private read(node: ts.Identifier): void {
    const reference = this.module.lexical.referenceAt(node);
    if (reference === undefined) return;
    const { binding } = reference;
    if (binding === undefined) {
      if (node.text === "process" || node.text === "fetch") this.effects.asksMachine = true;
      return;
    }
    if (!ts.isSourceFile(binding.scope)) return;
    this.effects.reads.add(binding);
    const origin = this.analysis.originOf(node, this.module);
    const isDeployed = origin !== undefined && this.analysis.isDeployment(origin.binding, origin.module);
    if (isDeployed || this.analysis.isDeployment(binding, this.module)) {
      // import * as tandem: only what is taken from it tells.
      const member = ts.isPropertyAccessExpression(node.parent) ? node.parent.name.text : "";
      const isRuntime = this.module.importOf(binding)?.name === "*" && runtimeNames.has(member);
      if (!isRuntime) this.effects.deploys = true;
    }
    const imported = this.module.importOf(binding);
    const to = imported === undefined ? undefined : this.analysis.resolve(imported.specifier, this.module);
    if (to?.kind === "builtin" && asksMachine(to.name, imported?.name ?? "", node)) this.effects.asksMachine = true;
  }

  private visitCall(node: ts.CallExpression | ts.NewExpression): void {
    const callee = bare(node.expression);
    const given: readonly ts.Expression[] = node.arguments ?? [];
    this.visit(node.expression);
    const target = this.analysis.targetOf(callee, this.module);
    const called = this.calledBy(target);
    given.forEach((each, index) => {
      const value = bare(ts.isSpreadElement(each) ? each.expression : each);
      const isCalled = called === undefined ? this.isCalledAtOnce(callee, node) : called.has(index);
      if (isFunctionNode(value)) {
        if (isCalled) this.callOwn(value, []);
        return;
      }
      this.visit(each);
      if (isCalled) this.callNamed(value);
    });
    const own = this.parameterIndex(callee);
    if (own !== undefined) this.effects.calls.add(own);
    if (isFunctionNode(callee)) return this.callOwn(callee, given);
    if (target !== undefined) return this.callTarget(target, callee, given, ts.isNewExpression(node));
    this.callUnknown(callee, given, ts.isNewExpression(node));
  }

  /** The parameters that a function of the program calls; undefined for other functions. */
  private calledBy(target: ReturnType<EffectAnalysis["targetOf"]>): ReadonlySet<number> | undefined {
    if (target === undefined) return undefined;
    const { node, module } = target;
    if (!ts.isClassLike(node)) return this.analysis.ofFunction(node, module).calls;
    const made = node.members.find(ts.isConstructorDeclaration);
    return made === undefined ? new Set() : this.analysis.ofFunction(made, module).calls;
  }

  /** A function that is handed on by its name, and called. */
  private callNamed(value: ts.Expression): void {
    const index = this.parameterIndex(value);
    if (index !== undefined) this.effects.calls.add(index);
    const target = this.analysis.targetOf(value, this.module);
    if (target !== undefined && !ts.isClassLike(target.node)) this.callTarget(target, value, [], false);
  }

  private parameterIndex(value: ts.Expression): number | undefined {
    if (!ts.isIdentifier(value) || this.within === undefined) return undefined;
    const declaration = this.module.lexical.referenceAt(value)?.binding?.declaration;
    if (declaration === undefined || !ts.isParameter(declaration) || declaration.parent !== this.within)
      return undefined;
    return this.within.parameters.indexOf(declaration);
  }

  /** Whether a function that a call is given is called before the call returns. */
  private isCalledAtOnce(callee: ts.Expression, call: ts.Node): boolean {
    if (ts.isPropertyAccessExpression(callee)) return callers.test(callee.name.text);
    return ts.isNewExpression(call) && callee.getText() === "Promise";
  }

  private callOwn(fn: FunctionNode, given: readonly ts.Expression[]): void {
    const effects = this.analysis.ofFunction(fn, this.module);
    merge(this.effects, effects, false);
    this.touchGiven(effects, given);
    // What a nested function does to the parameters of the one around it.
    if (this.within !== undefined && isWithin(fn, this.within)) {
      const walk = new Walk(this.analysis, this.module, this.effects, this.within);
      if (fn.body !== undefined) eachChild(fn.body, walk.visit);
    }
  }

  private callTarget(
    target: NonNullable<ReturnType<EffectAnalysis["targetOf"]>>,
    callee: ts.Expression,
    given: readonly ts.Expression[],
    isNew: boolean,
  ): void {
    const { node, module } = target;
    const effects = ts.isClassLike(node) ? this.analysis.ofClass(node, module) : this.analysis.ofFunction(node, module);
    merge(this.effects, effects, false);
    this.touchGiven(effects, given);
    if (!isNew && effects.parameters.has(-1) && ts.isPropertyAccessExpression(callee)) this.touch(callee.expression);
  }

  private touchGiven({ parameters }: Effects, given: readonly ts.Expression[]): void {
    given.forEach((each, index) => {
      if (!parameters.has(index)) return;
      this.touchValue(each);
      this.callLatent(each);
    });
  }

  private callUnknown(callee: ts.Expression, given: readonly ts.Expression[], isNew = false): void {
    const root = rootOf(callee);
    const binding = root === undefined ? undefined : this.module.lexical.referenceAt(root)?.binding;
    if (root !== undefined && binding === undefined && pureGlobals.test(root.text)) {
      const method = ts.isPropertyAccessExpression(callee) ? callee.name.text : "";
      if (isClock(root.text, method, given.length, isNew)) this.effects.asksMachine = true;
      if (changers.test(method) && given[0] !== undefined) this.touchValue(given[0]);
      return;
    }
    if (root !== undefined && binding === undefined && /^(crypto|performance|fetch)$/.test(root.text)) {
      this.effects.asksMachine = true;
      return;
    }
    if (binding !== undefined && ts.isSourceFile(binding.scope)) {
      if (this.analysis.isDeployment(binding, this.module)) return;
      const imported = this.module.importOf(binding);
      if (imported !== undefined && this.analysis.resolve(imported.specifier, this.module).kind === "builtin") return;
    }
    const isReader =
      ts.isPropertyAccessExpression(callee) && (readers.test(callee.name.text) || isLookup(callee, binding));
    if (isReader) return;
    if (!isNew && (ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee))) {
      this.touch(callee.expression);
    }
    if (!isNew) this.callLatent(callee);
    for (const each of given) {
      this.touchValue(each);
      this.callLatent(each);
    }
  }

  /** A value that is handed on, itself or inside a literal: what gets it may change it. */
  private touchValue(expression: ts.Expression): void {
    const at = bare(expression);
    if (ts.isObjectLiteralExpression(at)) {
      for (const property of at.properties) {
        if (ts.isPropertyAssignment(property)) this.touchValue(property.initializer);
        else if (ts.isShorthandPropertyAssignment(property)) this.touchValue(property.name);
      }
    } else if (ts.isArrayLiteralExpression(at)) at.elements.forEach((each) => this.touchValue(each));
    else if (ts.isConditionalExpression(at)) {
      this.touchValue(at.whenTrue);
      this.touchValue(at.whenFalse);
    } else if (
      ts.isIdentifier(at) ||
      ts.isPropertyAccessExpression(at) ||
      ts.isElementAccessExpression(at) ||
      at.kind === ts.SyntaxKind.ThisKeyword
    ) {
      this.touch(at);
    }
  }

  /** The targets of an assignment, which may be a pattern. */
  private touchTargets(target: ts.Node): void {
    if (ts.isObjectLiteralExpression(target) || ts.isArrayLiteralExpression(target)) {
      const visit = (node: ts.Node): void => {
        if (ts.isIdentifier(node)) this.touch(node);
        else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) this.touch(node);
        else if (ts.isPropertyAssignment(node)) visit(node.initializer);
        else eachChild(node, visit);
      };
      visit(target);
    } else this.touch(target);
  }

  private touch(target: ts.Node): void {
    const root = rootOf(target as ts.Expression);
    if (root === undefined) {
      if (startsWithThis(target as ts.Expression)) this.effects.parameters.add(-1);
      return;
    }
    const isGlobal = this.module.lexical.referenceAt(root)?.binding === undefined;
    if (isGlobal && !/^(process|module|exports|require|console|undefined)$/.test(root.text)) {
      this.effects.touchesGlobals = true;
    }
    this.touchBinding(root, new Set());
  }

  /** A variable's functions may be called. */
  private callLatent(value: ts.Node): void {
    const root = rootOf(value as ts.Expression);
    const origin = root === undefined ? undefined : this.analysis.originOf(root, this.module);
    if (origin === undefined) return;
    const latent = this.analysis.latentOf(origin.binding, origin.module);
    for (const each of latent.touches) this.effects.touches.add(each);
    for (const each of latent.reads) this.effects.reads.add(each);
  }

  private touchBinding(reference: ts.Identifier, seen: Set<Binding>): void {
    const origin = this.analysis.originOf(reference, this.module);
    if (origin === undefined || seen.has(origin.binding)) return;
    const { binding } = origin;
    // What a package exports is the package's.
    if (origin.module.importOf(binding) !== undefined) return;
    seen.add(binding);
    const { declaration } = binding;
    this.effects.touches.add(binding);
    if (origin.module !== this.module) return;
    const parameter = ts.isParameter(declaration) ? declaration : parameterOf(declaration);
    if (parameter !== undefined && this.within !== undefined && parameter.parent === this.within) {
      this.effects.parameters.add(this.within.parameters.indexOf(parameter));
    }
    // What another name was given: const list = state.items; for (const item of list) …
    const from = sourceExpression(declaration);
    const root = from === undefined ? undefined : rootOf(from);
    if (root !== undefined) this.touchBinding(root, seen);
    else if (from !== undefined && startsWithThis(from)) this.effects.parameters.add(-1);
  }
}

function parameterOf(declaration: ts.Node): ts.ParameterDeclaration | undefined {
  let at = declaration;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isParameter(at) ? at : undefined;
}

/** What a variable was first given, or what a loop takes it from. */
function sourceExpression(declaration: ts.Node): ts.Expression | undefined {
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

function startsWithThis(expression: ts.Expression): boolean {
  let at: ts.Expression = bare(expression);
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isCallExpression(at)) {
    at = bare(at.expression);
  }
  return at.kind === ts.SyntaxKind.ThisKeyword;
}

/** `map.get(…)` and the like, of a variable that is seen to be a Map or Set: of others, `get` may do anything. */
function isLookup(callee: ts.PropertyAccessExpression, binding: Binding | undefined): boolean {
  if (!/^(get|has|keys|values|entries)$/.test(callee.name.text) || binding === undefined) return false;
  const value = variableOf(binding.declaration)?.initializer;
  const made = value === undefined ? undefined : bare(value);
  return made !== undefined && ts.isNewExpression(made) && /^(Weak)?(Map|Set)$/.test(made.expression.getText());
}

function isClock(object: string, method: string, given: number, isNew: boolean): boolean {
  if (object === "Date") return (isNew && given === 0) || (!isNew && (method === "" || method === "now"));
  return object === "Math" && method === "random";
}

function asksMachine(module: string, name: string, node: ts.Identifier): boolean {
  if (machineModules.test(module)) return name !== "EOL" && !isType(node);
  const member = ts.isPropertyAccessExpression(node.parent) ? node.parent.name.text : name;
  return module === "crypto" && /^(random|generateKey)/.test(member);
}

/** `class A extends EventEmitter`, `x instanceof Stats`: the machine is not asked. */
function isType(node: ts.Identifier): boolean {
  return ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;
}
