import * as ts from "typescript";
import type { EffectAnalysis } from "./effects";
import { bare } from "./expressions";
import type { Binding } from "./lexical";
import type { ProgramModule } from "./program-module";
import { memberAround } from "./syntax";

/** A place in the program. */
export interface Place {
  readonly module: ProgramModule;
  readonly node: ts.Node;
}

/** What code does with a value: which of its properties it takes, and whether it uses the value in another way. */
export class Demand {
  public readonly members = new Map<string, Demand>();
  public readonly calls: ts.CallExpression[] = [];
  /** Where the value is used as a whole: handed on, compared, gone through … */
  public whole: Place | undefined;

  public constructor(private readonly changed: () => void) {}

  public member(name: string): Demand {
    const known = this.members.get(name);
    if (known !== undefined) return known;
    const made = new Demand(this.changed);
    this.members.set(name, made);
    this.changed();
    return made;
  }

  public addWhole(place: Place): void {
    if (this.whole !== undefined) return;
    this.whole = place;
    this.changed();
  }

  public addCall(call: ts.CallExpression): void {
    if (this.calls.includes(call)) return;
    this.calls.push(call);
    this.changed();
  }
}

/** Sees what code does with a value, through other names and the functions of the program that it is handed to. */
export class DemandAnalysis {
  private readonly seen = new Map<Demand, Set<ts.Node>>();
  /** What members of classes do that may never be called. */
  private uncalled: { readonly demand: Demand; readonly node: ts.Node; readonly module: ProgramModule }[] = [];

  public constructor(private readonly effects: EffectAnalysis) {}

  /** Adds what members of classes do that have turned out to be called. */
  public settle(isCalled: (member: ts.ClassElement) => boolean): void {
    const waiting = this.uncalled;
    this.uncalled = [];
    for (const each of waiting) {
      const member = memberAround(each.node);
      if (member === undefined || isCalled(member)) this.add(each.demand, each.node, each.module);
      else this.uncalled.push(each);
    }
  }

  /** Adds to `demand` what is done with the value where `node` stands for it. */
  public add(demand: Demand, node: ts.Node, module: ProgramModule): void {
    const seen = this.seen.get(demand) ?? new Set();
    this.seen.set(demand, seen);
    if (seen.has(node)) return;
    seen.add(node);
    const { parent } = node;
    if (isTransparent(parent, node)) return this.add(demand, parent, module);
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      return this.add(demand.member(parent.name.text), parent, module);
    }
    if (ts.isElementAccessExpression(parent) && parent.expression === node) {
      const key = bare(parent.argumentExpression);
      if (ts.isStringLiteralLike(key) || ts.isNumericLiteral(key)) {
        return this.add(demand.member(key.text), parent, module);
      }
    }
    if (ts.isCallExpression(parent) && bare(parent.expression) === bare(node as ts.Expression))
      return demand.addCall(parent);
    if (ts.isTypeOfExpression(parent)) return;
    if (ts.isVariableDeclaration(parent) && parent.initializer === node) {
      if (this.addName(demand, parent.name, module)) return;
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      if (this.addArgument(demand, node, parent, module)) return;
    }
    if (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent)) {
      if (this.addProperty(demand, parent, module)) return;
    }
    if (ts.isBinaryExpression(parent) && parent.right === node && this.addField(demand, parent, module)) return;
    if (ts.isPropertyDeclaration(parent) && parent.initializer === node && this.addOwnField(demand, parent, module))
      return;
    demand.addWhole({ module, node });
  }

  /** What is done with a property that a pattern takes out of an object. */
  public addPattern(demand: Demand, element: ts.BindingElement, module: ProgramModule): void {
    if (!this.addName(demand, element.name, module)) demand.addWhole({ module, node: element });
  }

  /** What is done with a value that a name or a pattern stands for from here on. */
  private addName(demand: Demand, name: ts.BindingName, module: ProgramModule): boolean {
    if (ts.isIdentifier(name)) return this.addReferences(demand, module.lexical.lookup(name.text, name), module);
    if (ts.isArrayBindingPattern(name)) return false;
    return name.elements.every((element) => {
      const key = element.propertyName ?? element.name;
      if (element.dotDotDotToken !== undefined || !ts.isIdentifier(key)) return false;
      return this.addName(demand.member(key.text), element.name, module);
    });
  }

  private addReferences(demand: Demand, binding: Binding | undefined, module: ProgramModule): boolean {
    if (binding === undefined || binding.isAssigned) return false;
    for (const { node, binding: of } of module.lexical.referencesIn(binding.scope)) {
      if (of === binding) this.add(demand, node, module);
    }
    return true;
  }

  /** What a function of the program does with an argument. */
  private addArgument(
    demand: Demand,
    node: ts.Node,
    call: ts.CallExpression | ts.NewExpression,
    module: ProgramModule,
  ): boolean {
    const index = (call.arguments ?? []).findIndex((each) => each === node);
    const target = index < 0 ? undefined : this.effects.targetOf(call.expression, module);
    if (target === undefined) return false;
    const fn = ts.isClassLike(target.node) ? target.node.members.find(ts.isConstructorDeclaration) : target.node;
    const parameter = fn?.parameters[index];
    if (parameter === undefined || parameter.dotDotDotToken !== undefined) return false;
    const isProperty = ts.isParameterPropertyDeclaration(parameter, parameter.parent);
    if (isProperty && ts.isIdentifier(parameter.name))
      this.addThis(demand, parameter.name.text, parameter, target.module);
    return this.addName(demand, parameter.name, target.module);
  }

  /** `{ bucket: media }`: what is done with that property of the object. */
  private addProperty(
    demand: Demand,
    { name, parent: literal }: ts.PropertyAssignment | ts.ShorthandPropertyAssignment,
    module: ProgramModule,
  ): boolean {
    const isPlain = literal.properties.every(
      (each) =>
        ts.isShorthandPropertyAssignment(each) ||
        (ts.isPropertyAssignment(each) && !ts.isFunctionLike(bare(each.initializer))),
    );
    if (!isPlain || !(ts.isIdentifier(name) || ts.isStringLiteralLike(name))) return false;
    // What is done with the object as a whole, perhaps by a method that turns out to be called later, is done with the component.
    const holder: Demand = new Demand(() => {
      if (holder.whole !== undefined) demand.addWhole(holder.whole);
    });
    holder.members.set(name.text, demand);
    this.add(holder, literal, module);
    return holder.whole === undefined;
  }

  /** `this.bucket = bucket` in a class: what is done with `this.bucket`. */
  private addField(demand: Demand, { left, operatorToken }: ts.BinaryExpression, module: ProgramModule): boolean {
    if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isPropertyAccessExpression(left)) return false;
    if (left.expression.kind !== ts.SyntaxKind.ThisKeyword) return false;
    return this.addThis(demand, left.name.text, left, module);
  }

  /** `bucket = media` in a class. */
  private addOwnField(demand: Demand, field: ts.PropertyDeclaration, module: ProgramModule): boolean {
    const isNamed = ts.isIdentifier(field.name) || ts.isPrivateIdentifier(field.name);
    const isStatic = (ts.getCombinedModifierFlags(field) & ts.ModifierFlags.Static) !== 0;
    return isNamed && !isStatic && this.addThis(demand, field.name.text, field, module);
  }

  private addThis(demand: Demand, name: string, within: ts.Node, module: ProgramModule): boolean {
    let owner: ts.Node = within;
    while (!ts.isClassLike(owner)) {
      if (ts.isSourceFile(owner)) return false;
      owner = owner.parent;
    }
    const visit = (node: ts.Node): void => {
      const isField =
        ts.isPropertyAccessExpression(node) &&
        node.expression.kind === ts.SyntaxKind.ThisKeyword &&
        node.name.text === name;
      const isSet = isField && ts.isBinaryExpression(node.parent) && node.parent.left === node;
      if (isField && !isSet) this.uncalled.push({ demand, node, module });
      ts.forEachChild(node, visit);
    };
    visit(owner);
    return true;
  }
}

function isTransparent(parent: ts.Node, node: ts.Node): boolean {
  return (
    ts.isParenthesizedExpression(parent) ||
    ts.isAsExpression(parent) ||
    ts.isSatisfiesExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.CommaToken && parent.right === node)
  );
}
