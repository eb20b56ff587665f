import * as ts from "typescript";
import { canCarry } from "./carriage";
import { effects, type CaptureState, type ValueRoot } from "./capture-state";
import type { Demand } from "./demand";
import { heapContextsOf, readHeapContexts } from "./heap-contexts";
import type { InspectedFunction, ProgramFunction } from "./inspector";
import type { Binding } from "./lexical";
import { Pending, valueInScopes } from "./live-values";
import { ModuleCapture } from "./module-capture";
import { isPackages, packageExpression } from "./package-exports";
import type { ProgramModule } from "./program-module";
import { isLibrarys } from "./resolve";
import { chainOf, literalAround, ScopeInstances, SharedVariable, type OuterVariable } from "./scope-instances";
import type { EmittedFunction, ScopeInstance } from "./slice";
import {
  completingIn,
  declaredAtTop,
  declares,
  initializerOf,
  ownerOfThis,
  patternOf,
  usesOfThis,
  usesThis,
} from "./syntax";
import { isDeployed } from "./treatment";
import { valuesPrefix, type Way } from "./value-builder";

/** What an arrow function has as `this`. */
interface Receiver {
  readonly binding: Binding;
  readonly value: unknown;
}

const receivers = new WeakMap<ts.Node, Binding>();

/** The `this` of a function or class, as if it were a variable that it declares. */
function thisOf(owner: ts.Node): Binding {
  const known = receivers.get(owner);
  const binding = known ?? { name: "this", scope: owner, declaration: owner, isAssigned: false };
  receivers.set(owner, binding);
  return binding;
}

/** Takes along functions, with the variables around them. */
export class FunctionCapture {
  public readonly modules: ModuleCapture;
  private readonly expressions = new Map<ProgramFunction, string>();
  /** The files that functions stand in. */
  private readonly homes = new Map<ProgramFunction, ProgramModule>();
  private readonly emitted = new Map<ProgramFunction, EmittedFunction>();
  private readonly instances = new ScopeInstances();
  /** Where functions of one literal, or taken apart by one pattern, were made. */
  private readonly madeTogether = new Map<object, Map<ts.Node, ScopeInstance | undefined>>();

  public constructor(
    private readonly state: CaptureState,
    private readonly handler: ProgramFunction,
  ) {
    this.modules = new ModuleCapture(state, (...used) => this.useInner(...used));
  }

  /** The function that was written for a function of the program, beside the statements of its file. */
  public emittedFor(fn: ProgramFunction): EmittedFunction | undefined {
    return this.emitted.get(fn);
  }

  public expression(fn: ProgramFunction, way: Way): string {
    const expression = this.expressions.get(fn) ?? this.expressionFor(fn, way);
    this.expressions.set(fn, expression);
    // A file whose values hold functions of another one is loaded after it.
    const [home, root] = [this.homes.get(fn), way.root as ValueRoot | undefined];
    if (home !== undefined && root !== undefined && root.module !== home) {
      this.modules.slice(root.module).before.add(home.file);
    }
    return expression;
  }

  /** A variable of a function or block around a captured function is used. */
  public useInner(
    binding: Binding,
    reference: ts.Node,
    module: ProgramModule,
    scope: ScopeInstance | undefined,
    inspected: InspectedFunction,
  ): void {
    const own = chainOf(scope).find(({ node }) => node === binding.scope);
    // What is declared in the code itself that is taken along as a variable's initializer.
    if (own === undefined) return;
    const known = own.variables.get(binding);
    if (known !== undefined) {
      if (known.root !== undefined) this.state.demand(known.root as ValueRoot, reference, module);
      return;
    }
    const live = valueInScopes(inspected, binding.name);
    const initializer = initializerOf(binding);
    if (
      initializer !== undefined &&
      (live === undefined || (!isDeployed(live.value) && !canCarry(live.value, this.state.live)))
    ) {
      const completing = completingIn(binding, module, effects);
      // It has run as part of the program, and may run there again as part of what completes another variable.
      const isAlone = [...effects.of(initializer, module).touches].every(({ scope: of }) => !ts.isSourceFile(of));
      if (completing === undefined || !isAlone) return this.state.problems.addTangled(binding, module, reference);
      own.variables.set(binding, { binding, name: binding.name, expression: undefined, root: undefined, completing });
      for (const each of [initializer, ...completing]) this.modules.keep(each, module, scope, inspected);
      return;
    }
    if (live === undefined) return this.state.problems.addLost(binding, module, reference);
    const root = this.state.addRoot(live.value, binding, module, { node: reference, module }, own);
    const expression = (): string => root.expression();
    own.variables.set(binding, { binding, name: binding.name, expression, root, completing: [] });
    this.state.demand(root, reference, module);
  }

  /**
   * Adds what a method of the program does with its `this`.
   * @returns false where it is no method of the program
   */
  public addUsesOfThis(method: ProgramFunction, demand: Demand): boolean {
    const found = isPackages(method) ? undefined : this.state.live.locate(method);
    const node = found?.module.functionAt(found.position);
    if (found === undefined || node === undefined || isLibrarys(found.module.file)) return false;
    for (const use of usesOfThis(node)) this.state.demands.add(demand, use, found.module);
    return true;
  }

  private expressionFor(fn: ProgramFunction, way: Way): string {
    const fromPackage = isPackages(fn) ? packageExpression(fn) : undefined;
    if (fromPackage !== undefined) return fromPackage;
    const found = isPackages(fn) ? undefined : this.state.live.locate(fn);
    const at = found?.module.functionAt(found.position);
    if (found === undefined || at === undefined) {
      this.state.problems.addFunction(fn, way.path, fn === this.handler);
      return "undefined";
    }
    const { module } = found;
    this.homes.set(fn, module);
    const node = ts.isConstructorDeclaration(at) ? at.parent : at;
    const top = declaredAtTop(node, module);
    if (top !== undefined && this.state.treatments.of(top, module).kind === "source") {
      if (fn === this.handler && usesThis(node) && !ts.isArrowFunction(node)) this.state.problems.addThis(module, node);
      return this.modules.thunk(top, module);
    }
    const owner = ts.isClassLike(node.parent) && !ts.isClassLike(node) ? node.parent : undefined;
    const ownerTop = owner === undefined ? undefined : declaredAtTop(owner, module);
    if (fn === this.handler && usesThis(node) && !ts.isArrowFunction(node)) this.state.problems.addThis(module, node);
    if (ownerTop !== undefined && this.state.treatments.of(ownerTop, module).kind === "source") {
      return this.memberExpression(node, this.modules.thunk(ownerTop, module));
    }
    return this.emit(fn, node, found, way);
  }

  private emit(
    fn: ProgramFunction,
    node: EmittedFunction["node"],
    { module, inspected }: { readonly module: ProgramModule; readonly inspected?: InspectedFunction },
    way: Way,
  ): string {
    const id = this.emitted.size + 1;
    const expression = `${valuesPrefix}f.f${id}()`;
    // Set first: a function may use itself.
    this.expressions.set(fn, expression);
    const receiver = this.receiverOf(fn, node);
    const scope = this.scopeOf(fn, node, module, inspected, way, receiver);
    const named = receiver === undefined ? undefined : this.giveReceiver(receiver, node, module, scope);
    const emitted: EmittedFunction = { id, module, node, name: fn.name, scope, receiver: named };
    this.emitted.set(fn, emitted);
    const slice = this.modules.slice(module);
    slice.functions.push(emitted);
    for (const each of chainOf(scope)) if (!slice.scopes.includes(each)) slice.scopes.push(each);
    this.state.isChanged = true;
    this.modules.keep(node, module, scope, inspected);
    return expression;
  }

  /** The `this` that an arrow function takes from around it. */
  private receiverOf(fn: ProgramFunction, node: ts.Node): Receiver | undefined {
    if (!ts.isArrowFunction(node) || !usesThis(node)) return undefined;
    const owner = ownerOfThis(node);
    if (owner === undefined) return undefined;
    const known = heapContextsOf(fn);
    if (known === undefined) throw new Pending(readHeapContexts([fn, ...this.emitted.keys()]));
    return { binding: thisOf(owner), value: known.receiver?.value };
  }

  private giveReceiver(
    { binding, value }: Receiver,
    node: ts.Node,
    module: ProgramModule,
    scope: ScopeInstance | undefined,
  ): string {
    const own = chainOf(scope).find(({ node }) => node === binding.scope);
    const known = own?.variables.get(binding);
    if (known?.root !== undefined) {
      for (const use of usesOfThis(node)) this.state.demand(known.root as ValueRoot, use, module);
    }
    if (known !== undefined || own === undefined) return known?.name ?? "undefined";
    const root = this.state.addRoot(value, binding, module, { node, module }, own);
    for (const use of usesOfThis(node)) this.state.demand(root, use, module);
    const name = `$tandem_this${own.id}`;
    const expression = (): string => root.expression();
    own.variables.set(binding, { binding, name, expression, root, completing: [] });
    return name;
  }

  /** The variables around a function, shared with the functions that were made with it. */
  private scopeOf(
    fn: ProgramFunction,
    node: ts.Node,
    module: ProgramModule,
    inspected: InspectedFunction | undefined,
    way: Way,
    receiver: Receiver | undefined,
  ): ScopeInstance | undefined {
    const contexts = heapContextsOf(fn)?.scopes;
    const bindings = new Set(module.lexical.freeIn(node).map(({ binding }) => binding));
    const values = [...bindings].flatMap((binding): OuterVariable[] => {
      if (binding === undefined || ts.isSourceFile(binding.scope) || inspected === undefined) return [];
      const live = valueInScopes(inspected, binding.name);
      return [{ binding, value: live?.value, context: live === undefined ? undefined : contexts?.[live.scope] }];
    });
    if (receiver !== undefined) values.push({ ...receiver, context: undefined });
    const literal = literalAround(node);
    const root = way.root as ValueRoot | undefined;
    const holders = [way.holder, patternOf(root?.binding)].filter((each) => each !== undefined);
    const together =
      literal === undefined
        ? undefined
        : holders.map((each) => this.madeTogether.get(each)?.get(literal)).find(Boolean);
    const isOwn = root !== undefined && way.path === root.name && declares(root.binding, node);
    try {
      const scope = this.instances.around(node, module, values, isOwn ? root.scope : together);
      for (const holder of literal === undefined ? [] : holders) {
        const known = this.madeTogether.get(holder) ?? new Map<ts.Node, ScopeInstance | undefined>();
        this.madeTogether.set(holder, known.set(literal as ts.Node, scope));
      }
      return scope;
    } catch (error) {
      if (!(error instanceof SharedVariable)) throw error;
      const functions = [fn, ...this.emitted.keys()];
      if (functions.some((each) => heapContextsOf(each) === undefined)) throw new Pending(readHeapContexts(functions));
      this.state.problems.addShared(error.binding, module, way.path);
      return undefined;
    }
  }

  /** A method of a class that the package has. */
  private memberExpression(node: ts.Node, owner: string): string {
    const member = node as ts.MethodDeclaration | ts.AccessorDeclaration;
    const isStatic = (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
    const holder = isStatic ? owner : `${owner}.prototype`;
    const key = ts.isComputedPropertyName(member.name)
      ? member.name.expression.getText()
      : JSON.stringify(member.name.getText().replace(/^["']|["']$/g, ""));
    if (ts.isMethodDeclaration(member)) return `${holder}[${key}]`;
    return `Object.getOwnPropertyDescriptor(${holder}, ${key}).${ts.isGetAccessor(member) ? "get" : "set"}`;
  }
}
