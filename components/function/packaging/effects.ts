import * as ts from "typescript";
import {
  EffectWalk,
  merge,
  noEffects,
  type CallTarget,
  type Effects,
  type ModuleBinding,
  type ProgramEffects,
} from "./effect-walk";
import { bare, isFunctionNode, variableOf, type FunctionNode } from "./expressions";
import { eachChild, type Binding } from "./lexical";
import type { ProgramModule, ProgramModules } from "./program-module";
import { resolveImport, runtimeNames, type ResolvedImport } from "./resolve";

/** A variable of a module of the program, with the name that the module exports it by. */
export interface ExportedBinding extends ModuleBinding {
  readonly name: string;
}

/** Sees what the statements of a program's modules do, through the functions of the program that they call. */
export class EffectAnalysis implements ProgramEffects {
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
    const effects = noEffects();
    this.statements.set(node, effects);
    new EffectWalk(this, module, effects, undefined).visit(node);
    return effects;
  }

  /** What a function of the program does when it is called. */
  public ofFunction(node: FunctionNode, module: ProgramModule): Effects {
    const known = this.functions.get(node);
    if (known !== undefined) return known;
    const effects = noEffects();
    // Set first: a function that calls itself adds nothing by that.
    this.functions.set(node, effects);
    const walk = new EffectWalk(this, module, effects, node);
    for (const parameter of node.parameters) walk.visit(parameter);
    if (node.body !== undefined) walk.visit(node.body);
    return effects;
  }

  /** What `new C(…)` does, for a class of the program. */
  public ofClass(node: ts.ClassLikeDeclaration, module: ProgramModule): Effects {
    const known = this.functions.get(node);
    if (known !== undefined) return known;
    const effects = noEffects();
    this.functions.set(node, effects);
    const walk = new EffectWalk(this, module, effects, undefined);
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
    const effects = noEffects();
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
  public originOf(reference: ts.Identifier, module: ProgramModule): ModuleBinding | undefined {
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
  public targetOf(expression: ts.Expression, module: ProgramModule): CallTarget | undefined {
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
  ): CallTarget | undefined {
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
): CallTarget | undefined {
  const member = owner.members.find(
    (each) =>
      isFunctionNode(each) &&
      each.name?.getText() === name &&
      (ts.canHaveModifiers(each) && each.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) ===
        (isStatic ? true : each.modifiers === undefined ? undefined : false),
  );
  return member === undefined ? undefined : { node: member as FunctionNode, module };
}

function declaredTarget({ declaration, isAssigned }: Binding, module: ProgramModule): CallTarget | undefined {
  if (ts.isClassLike(declaration)) return { node: declaration, module };
  if (ts.isFunctionDeclaration(declaration)) return { node: declaration, module };
  if (!ts.isVariableDeclaration(declaration) || isAssigned || declaration.initializer === undefined) return undefined;
  const value = bare(declaration.initializer);
  return isFunctionNode(value) || ts.isClassLike(value) ? { node: value, module } : undefined;
}
