import * as ts from "typescript";
import {
  bare,
  isFunctionNode,
  parameterOf,
  rootOf,
  sourceExpression,
  startsWithThis,
  type FunctionNode,
} from "./expressions";
import { asksMachine, callers, changers, isClock, isLookup, pureGlobals, readers } from "./known-effects";
import { eachChild, isWithin, type Binding } from "./lexical";
import type { ProgramModule } from "./program-module";
import { runtimeNames, type ResolvedImport } from "./resolve";

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

/** The function or class of the program that is called. */
export interface CallTarget {
  readonly node: FunctionNode | ts.ClassLikeDeclaration;
  readonly module: ProgramModule;
}

/** A variable with the module that declares it. */
export interface ModuleBinding {
  readonly binding: Binding;
  readonly module: ProgramModule;
}

/** What is known of the rest of the program while one piece of code is looked at. */
export interface ProgramEffects {
  resolve(specifier: string, module: ProgramModule): ResolvedImport;
  targetOf(expression: ts.Expression, module: ProgramModule): CallTarget | undefined;
  ofFunction(node: FunctionNode, module: ProgramModule): Effects;
  ofClass(node: ts.ClassLikeDeclaration, module: ProgramModule): Effects;
  latentOf(binding: Binding, module: ProgramModule): Effects;
  originOf(reference: ts.Identifier, module: ProgramModule): ModuleBinding | undefined;
  isDeployment(binding: Binding, module: ProgramModule): boolean;
}

export const noEffects = (): Effects => ({
  touches: new Set(),
  reads: new Set(),
  parameters: new Set(),
  calls: new Set(),
  touchesGlobals: false,
  deploys: false,
  asksMachine: false,
});

export function merge(into: Effects, from: Effects, withParameters: boolean): void {
  for (const each of from.touches) into.touches.add(each);
  for (const each of from.reads) into.reads.add(each);
  if (withParameters) for (const each of from.parameters) into.parameters.add(each);
  into.touchesGlobals ||= from.touchesGlobals;
  into.deploys ||= from.deploys;
  into.asksMachine ||= from.asksMachine;
}

/** Goes through code as it would run. */
export class EffectWalk {
  public constructor(
    private readonly analysis: ProgramEffects,
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
  private calledBy(target: CallTarget | undefined): ReadonlySet<number> | undefined {
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
      const walk = new EffectWalk(this.analysis, this.module, this.effects, this.within);
      if (fn.body !== undefined) eachChild(fn.body, walk.visit);
    }
  }

  private callTarget(target: CallTarget, callee: ts.Expression, given: readonly ts.Expression[], isNew: boolean): void {
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
