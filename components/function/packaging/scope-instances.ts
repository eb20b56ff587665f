import * as ts from "typescript";
import { isScope, type Binding } from "./lexical";
import type { ProgramModule } from "./program-module";
import type { ScopeInstance } from "./slice";

/** Two functions use a variable that changes, and it cannot be told whether it is the same one. */
export class SharedVariable extends Error {
  public constructor(public readonly binding: Binding) {
    super(binding.name);
  }
}

/** A variable around a function. */
export interface OuterVariable {
  readonly binding: Binding;
  readonly value: unknown;
  /** What identifies the scope that has it, where the heap was asked. */
  readonly context: number | undefined;
}

interface Known {
  readonly instance: ScopeInstance;
  readonly contexts: Map<Binding, number>;
  readonly values: Map<Binding, unknown>;
  /** The functions that are known to have been made in it. */
  readonly made: Set<ts.Node>;
}

/**
 * Tells which functions share the variables around them. V8 shows what a function's variables hold, but not whether
 * another function has the same variable or one with the same value: that matters where a variable is assigned.
 */
export class ScopeInstances {
  private readonly all: Known[] = [];

  /**
   * The scope that a function was made in, with the values of the variables that it uses.
   * @param made the scope that it is known to have been made in, or one inside
   */
  public around(
    node: ts.Node,
    module: ProgramModule,
    variables: readonly OuterVariable[],
    made: ScopeInstance | undefined,
  ): ScopeInstance | undefined {
    let parent: ScopeInstance | undefined;
    for (const scope of scopesAround(node, module)) {
      const own = variables.filter(({ binding }) => binding.scope === scope);
      const proven = chainOf(made).find((each) => each.node === scope);
      parent = this.matching(scope, module, parent, own, proven, isMadeOnce(node, scope) ? node : undefined).instance;
    }
    return parent;
  }

  private matching(
    node: ts.Node,
    module: ProgramModule,
    parent: ScopeInstance | undefined,
    own: readonly OuterVariable[],
    proven: ScopeInstance | undefined,
    only: ts.Node | undefined,
  ): Known {
    let found = this.all.find(({ instance }) => instance === proven);
    found ??= this.all.find(
      ({ instance, values, contexts, made }) =>
        instance.node === node &&
        instance.parent === parent &&
        !(only !== undefined && made.has(only)) &&
        own.every(({ binding, value, context }) => {
          const other = contexts.get(binding);
          if (context !== undefined && other !== undefined) return context === other;
          return !values.has(binding) || Object.is(values.get(binding), value);
        }),
    );
    if (found === undefined) {
      const instance = { id: this.all.length + 1, node, module, parent, variables: new Map() };
      found = { instance, values: new Map(), contexts: new Map(), made: new Set() };
      this.all.push(found);
    } else if (proven === undefined) {
      const { values, contexts } = found;
      const shared = own.find(
        ({ binding, context }) =>
          binding.isAssigned && values.has(binding) && (context === undefined || !contexts.has(binding)),
      );
      if (shared !== undefined) throw new SharedVariable(shared.binding);
    }
    if (only !== undefined) found.made.add(only);
    for (const { binding, value, context } of own) {
      found.values.set(binding, value);
      if (context !== undefined) found.contexts.set(binding, context);
    }
    return found;
  }
}

/** Whether a function is made once each time that a scope around it is entered: no loop or other function is between. */
function isMadeOnce(node: ts.Node, scope: ts.Node): boolean {
  for (let at = node.parent; at !== scope; at = at.parent) {
    if (ts.isFunctionLike(at) || ts.isIterationStatement(at, false)) return false;
  }
  return true;
}

/** A scope and those around it. */
export function chainOf(scope: ScopeInstance | undefined): ScopeInstance[] {
  const chain: ScopeInstance[] = [];
  for (let at = scope; at !== undefined; at = at.parent) chain.push(at);
  return chain;
}

/** The scopes around a node that declare something, or have a `this`; the outermost first, without the file itself. */
function scopesAround(node: ts.Node, module: ProgramModule): ts.Node[] {
  const scopes: ts.Node[] = [];
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    const hasThis = ts.isClassLike(at) || (ts.isFunctionLike(at) && !ts.isArrowFunction(at));
    if (isScope(at) && (hasThis || module.lexical.declares(at))) scopes.unshift(at);
  }
  return scopes;
}

/** The literal or class that a function stands in, within the function around it: what it makes is made at once. */
export function literalAround(node: ts.Node): ts.Node | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isObjectLiteralExpression(at) || ts.isArrayLiteralExpression(at) || ts.isClassLike(at)) return at;
    if (ts.isFunctionLike(at) || ts.isStatement(at)) return undefined;
  }
  return undefined;
}
