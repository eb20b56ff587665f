import type * as pulumi from "@pulumi/pulumi";
import * as ts from "typescript";
import type { Capability, UsedNames } from "../../shared/capabilities";
import { CaptureProblems } from "./capture-problems";
import { canCarry, isBareClass } from "./carriage";
import { CompletingStatements } from "./completing";
import { CodeUse } from "./code-use";
import { Demand, DemandAnalysis, type Place } from "./demand";
import { DeployedValues } from "./deployed-values";
import { bare, EffectAnalysis, isFunctionNode, variableOf } from "./effects";
import type { InspectedFunction, ProgramFunction } from "./inspector";
import { eachChild, type Binding } from "./lexical";
import { LiveValues, Pending, valueInScopes } from "./live-values";
import { heapContextsOf, readHeapContexts } from "./heap-contexts";
import { isPackages, packageExpression } from "./package-exports";
import { ProgramModules, statementOf, textOf, type ImportedName, type ProgramModule } from "./program-module";
import { runtimeNames } from "./resolve";
import { chainOf, literalAround, ScopeInstances, SharedVariable, type OuterVariable } from "./scope-instances";
import { Slice, type EmittedFunction, type ScopeInstance } from "./slice";
import { isDeployed, Treatments } from "./treatment";
import { ValueBuilder, valuesPrefix, type Refusal, type ValueHost, type Way } from "./value-builder";

/** A handler's code as modules, and what it was seen to capture. */
export interface CapturedHandler {
  readonly slices: readonly Slice[];
  /** The function that is the handler, where its file exports it as `$handler`. */
  readonly handler: EmittedFunction | undefined;
  /** Else the expression for it. */
  readonly expression: string | undefined;
  /** The declarations of the module of values; asked for after the texts of the slices. */
  readonly values: () => string[];
  readonly capabilities: readonly Capability[];
  /** Outputs whose values stand in the text; where one is not known yet (in a preview), the text is not final. */
  readonly outputs: readonly pulumi.Output<unknown>[];
  readonly used: Omit<UsedNames, "options">;
  /** Constants that stand in the text, by the names of their variables. */
  readonly constants: Readonly<Record<string, string>>;
}

const modules = new ProgramModules();
const effects = new EffectAnalysis(modules);
const statements = new CompletingStatements(modules, effects);

/**
 * Takes a handler's source apart: what it needs of the program's files, and the values of what only exists while
 * deploying.
 * @param whose the handler, e.g. `handler "onNewVideo"`
 * @throws `ERR_CAPTURE_…` with the handler, the variable, where it is, and what to write instead
 */
export async function captureHandler(whose: string, handler: ProgramFunction): Promise<CapturedHandler> {
  for (;;) {
    try {
      return new Capture(whose, handler).run();
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      await error.promise;
    }
  }
}

/** A value that goes into a package, by the variable that holds it. */
interface ValueRoot {
  readonly value: unknown;
  readonly demand: Demand;
  readonly name: string;
  readonly module: ProgramModule;
  readonly binding: Binding;
  readonly scope: ScopeInstance | undefined;
  /** Where the code is that uses it. */
  readonly place: Place | undefined;
  expression: () => string;
}

interface DeferredImport {
  readonly member: ts.ClassElement;
  readonly specifier: string;
  readonly name: string | undefined;
  readonly from: Place | undefined;
}

/** The modules of one handler's package, as they are found out. */
class Capture implements ValueHost {
  private readonly live = new LiveValues(modules);
  private readonly demands = new DemandAnalysis(effects);
  private readonly treatments = new Treatments(modules, effects, statements, this.live, (value) =>
    canCarry(value, this.live),
  );
  private readonly problems: CaptureProblems;
  private readonly deployed: DeployedValues;
  private readonly slices = new Map<ProgramModule, Slice>();
  private readonly roots: ValueRoot[] = [];
  private readonly topRoots = new Map<Binding, ValueRoot>();
  private readonly expressions = new Map<ProgramFunction, string>();
  private readonly emitted = new Map<ProgramFunction, EmittedFunction>();
  private readonly instances = new ScopeInstances();
  /** Where functions of one literal, or taken apart by one pattern, were made. */
  private readonly madeTogether = new Map<object, Map<ts.Node, ScopeInstance | undefined>>();
  private readonly code: CodeUse;
  /** What members of classes use that exists while deploying only: wrong where the member is called. */
  private readonly deferred: DeferredImport[] = [];
  private builder = new ValueBuilder(this);
  private isChanged = false;
  private variables: Map<unknown, { readonly binding: Binding; readonly module: ProgramModule }> | undefined;

  public constructor(
    whose: string,
    private readonly handler: ProgramFunction,
  ) {
    const changed = (): void => void (this.isChanged = true);
    this.problems = new CaptureProblems(whose, handler);
    this.code = new CodeUse(this.demands, changed);
    this.deployed = new DeployedValues({
      changed,
      build: (value, way) => this.builder.add(value, undefined, way),
      refuse: (refusal, way) => this.refuse(refusal, way),
    });
  }

  public run(): CapturedHandler {
    let handler = (): string => "";
    // Values bring functions, whose code does more with values, until nothing is new.
    do {
      this.isChanged = false;
      this.builder = new ValueBuilder(this);
      this.deployed.restart();
      handler = this.builder.add(this.handler, undefined, { path: "" });
      for (const root of [...this.roots]) {
        root.expression = this.builder.add(root.value, root.demand, { path: root.name, root });
      }
      this.deployed.build();
    } while (this.isChanged);
    for (const { member, specifier, name, from } of this.deferred) {
      if (this.code.calls(member)) this.problems.addDeployedImport(specifier, name, from);
    }
    for (const place of this.code.importMeta) this.problems.addImportMeta(place);
    this.problems.throwFound();
    const emitted = this.emitted.get(this.handler);
    const isExported = emitted !== undefined && emitted.scope === undefined;
    const expression = isExported ? undefined : handler();
    return {
      slices: [...this.slices.values()],
      handler: isExported ? emitted : undefined,
      expression,
      values: () => [...this.deployed.declarations(), ...this.builder.declarations()],
      capabilities: this.deployed.capabilities(this.code),
      outputs: this.deployed.outputs(),
      used: this.code,
      constants: Object.fromEntries(
        this.roots
          .filter(({ value }) => value === null || /^(string|number|boolean|bigint)$/.test(typeof value))
          .map((root) => [root.name, root.expression()]),
      ),
    };
  }

  public functionExpression(fn: ProgramFunction, way: Way): string {
    const known = this.expressions.get(fn);
    if (known !== undefined) return known;
    const expression = this.expressionFor(fn, way);
    this.expressions.set(fn, expression);
    return expression;
  }

  public deployedExpression(value: object, demand: Demand | undefined, way: Way): string {
    return this.deployed.expression(value, demand, way);
  }

  public ofVariable(value: unknown): string | undefined {
    this.variables ??= this.valuesOfVariables();
    const found = this.variables.get(value);
    return found === undefined ? undefined : this.thunk(found.binding, found.module);
  }

  public demandOf(property: string): Demand | undefined {
    return this.code.demandOf(property);
  }

  public isBare(constructor: ProgramFunction): boolean {
    return isBareClass(constructor, this.live);
  }

  public refuse(refusal: Refusal, way: Way): void {
    const root = way.root as ValueRoot | undefined;
    this.problems.add(refusal, way.path, root === undefined ? undefined : root.place);
  }

  /** Objects that variables at the top of the captured files hold which are made by their source. */
  private valuesOfVariables(): Map<unknown, { readonly binding: Binding; readonly module: ProgramModule }> {
    const found = new Map<unknown, { readonly binding: Binding; readonly module: ProgramModule }>();
    for (const { module } of this.slices.values()) {
      for (const binding of module.lexical.top().values()) {
        if (module.importOf(binding) !== undefined || variableOf(binding.declaration) === undefined) continue;
        const live = this.live.ofTop(binding, module);
        const isShared = live?.value !== null && /^(object|function|symbol)$/.test(typeof live?.value);
        if (!isShared || found.has(live?.value)) continue;
        if (this.treatments.of(binding, module).kind === "source") found.set(live?.value, { binding, module });
      }
    }
    return found;
  }

  private slice(module: ProgramModule): Slice {
    const known = this.slices.get(module);
    if (known !== undefined) return known;
    const slice = new Slice(module);
    this.slices.set(module, slice);
    this.variables = undefined;
    for (const statement of module.source.statements) this.includeAlways(statement, slice);
    return slice;
  }

  /** What a file does to the whole process when it is loaded: other modules that it loads for that, globals that it sets. */
  private includeAlways(statement: ts.Statement, slice: Slice): void {
    const { module } = slice;
    if (ts.isImportDeclaration(statement) && statement.importClause === undefined) {
      const to = effects.resolve(textOf(statement.moduleSpecifier), module);
      if (to.kind === "library" || to.kind === "pulumi") return;
      slice.statements.add(statement);
      const target = to.kind === "project" ? modules.ofFile(to.file) : undefined;
      if (target !== undefined) this.slice(target);
      return;
    }
    const { touchesGlobals, deploys, asksMachine } = effects.of(statement, module);
    if (touchesGlobals && !deploys && !asksMachine) this.includeStatement(statement, module);
    if (module.isCommonJs && /["']__esModule["']/.test(statement.getText())) slice.statements.add(statement);
  }

  private includeStatement(statement: ts.Statement, module: ProgramModule): void {
    const slice = this.slice(module);
    if (slice.statements.has(statement)) return;
    slice.statements.add(statement);
    this.keep(statement, module, undefined, undefined);
    for (const binding of module.declaredBy(statement)) {
      slice.sources.add(binding);
      const treatment = this.treatments.of(binding, module);
      if (treatment.kind !== "source") continue;
      for (const each of treatment.completing) this.includeStatement(each.statement, each.module);
    }
  }

  /** Takes code into the package, with everything that it refers to. */
  private keep(
    node: ts.Node,
    module: ProgramModule,
    scope: ScopeInstance | undefined,
    inspected: InspectedFunction | undefined,
  ): void {
    this.code.add(node, module);
    for (const { specifier, whole } of dynamicImports(node)) {
      const to = effects.resolve(specifier, module);
      const target = to.kind === "project" ? modules.ofFile(to.file) : undefined;
      if (target !== undefined) this.exportAll(target);
      void whole;
    }
    for (const { node: reference, binding } of module.lexical.freeIn(node)) {
      if (binding === undefined) continue;
      if (ts.isSourceFile(binding.scope)) this.useTop(binding, module, { node: reference, module });
      else if (inspected !== undefined) this.useInner(binding, reference, module, scope, inspected);
    }
  }

  /** A variable at the top of a file is used; `from` is the code that stands for it there. */
  private useTop(binding: Binding, module: ProgramModule, from: Place | undefined): void {
    const imported = module.importOf(binding);
    if (imported !== undefined) return this.useImport(binding, module, from);
    const slice = this.slice(module);
    const root = this.topRoots.get(binding);
    if (root !== undefined) return this.demand(root, from);
    if (slice.sources.has(binding)) return;
    const treatment = this.treatments.of(binding, module);
    if (treatment.kind === "value") {
      const made = this.addRoot(treatment.value, binding, module, from);
      this.topRoots.set(binding, made);
      slice.values.set(binding, () => made.expression());
      return this.demand(made, from);
    }
    if (treatment.kind === "unreachable") return this.problems.addUnreachable(binding, module, from);
    slice.sources.add(binding);
    this.keepDeclaration(binding, module);
    for (const { statement, module: other } of treatment.completing) {
      this.includeStatement(statement, other);
    }
  }

  private keepDeclaration(binding: Binding, module: ProgramModule): void {
    const exported = module.expressionOf(binding);
    if (exported !== undefined) {
      this.keep(exported.expression, module, undefined, undefined);
      // module.exports = fn; module.exports.base = 5;
      for (const statement of exported.name === "module.exports" ? module.source.statements : []) {
        if (statement !== exported.statement && /^(module\.)?exports\s*[.[]/.test(statement.getText())) {
          this.includeStatement(statement, module);
        }
      }
      return;
    }
    const variable = variableOf(binding.declaration);
    const statement = statementOf(binding.declaration);
    if (variable !== undefined && statement !== undefined && ts.isVariableStatement(statement)) {
      for (const own of module.declaredBy(statement)) {
        if (variableOf(own.declaration) === variable) this.slice(module).sources.add(own);
      }
      return this.keep(variable, module, undefined, undefined);
    }
    if (variable !== undefined && statement !== undefined) return this.includeStatement(statement, module);
    this.keep(binding.declaration, module, undefined, undefined);
  }

  private useImport(binding: Binding, module: ProgramModule, from: Place | undefined): void {
    const { specifier, name, isRequired } = module.importOf(binding) as ImportedName;
    const to = effects.resolve(specifier, module);
    const slice = this.slice(module);
    if (to.kind === "library" || to.kind === "pulumi") {
      const taken = name === "*" ? memberOf(from) : name;
      if (to.kind === "pulumi" || taken === undefined || !runtimeNames.has(taken)) {
        slice.deployed.add(binding);
        const member = from === undefined ? undefined : memberAround(from.node);
        if (member === undefined) this.problems.addDeployedImport(specifier, taken, from);
        else this.deferred.push({ member, specifier, name: taken, from });
        return;
      }
      this.code.imports.add(taken);
    }
    if (isRequired) {
      if (!slice.sources.has(binding)) {
        slice.sources.add(binding);
        const statement = statementOf(binding.declaration);
        if (statement !== undefined && !ts.isVariableStatement(statement)) slice.statements.add(statement);
      }
    } else slice.imports.add(binding);
    if (to.kind !== "project") return;
    const target = modules.ofFile(to.file);
    if (target === undefined) return;
    if (name !== "*") return this.exportName(target, name, from);
    const member = memberOf(from);
    if (member === undefined) return this.exportAll(target);
    this.exportName(target, member, { node: (from as Place).node.parent, module });
  }

  /** Another file needs what a file exports. */
  private exportName(module: ProgramModule, name: string, from: Place | undefined): void {
    const slice = this.slice(module);
    const exported = module.exports.get(name);
    if (exported?.kind === "local") {
      slice.exports.set(name, exported.binding);
      return this.useTop(exported.binding, module, from);
    }
    if (exported !== undefined) return this.exportFrom(module, name, exported, from);
    const star = module.starExports.find((specifier) => this.hasExport(specifier, name, module));
    if (star !== undefined) return this.exportFrom(module, name, { specifier: star, name }, from);
    if (!module.isCommonJs) return;
    if (module.exports.has("module.exports")) return this.exportName(module, "module.exports", undefined);
    this.exportAll(module);
  }

  private exportFrom(
    module: ProgramModule,
    as: string,
    { specifier, name }: { readonly specifier: string; readonly name: string },
    from: Place | undefined,
  ): void {
    const to = effects.resolve(specifier, module);
    if (to.kind === "pulumi" || (to.kind === "library" && !runtimeNames.has(name))) {
      return this.problems.addDeployedImport(specifier, name, from);
    }
    this.slice(module).exports.set(as, { specifier: to.kind === "library" ? "tandem" : specifier, name });
    const target = to.kind === "project" ? modules.ofFile(to.file) : undefined;
    if (target === undefined) return;
    if (name === "*") this.exportAll(target);
    else this.exportName(target, name, from);
  }

  private hasExport(specifier: string, name: string, module: ProgramModule): boolean {
    const to = effects.resolve(specifier, module);
    if (to.kind !== "project") return to.kind === "package";
    const target = modules.ofFile(to.file);
    if (target === undefined) return false;
    return target.exports.has(name) || target.starExports.some((each) => this.hasExport(each, name, target));
  }

  /** Everything that a file exports and that can be had at run time. */
  private exportAll(module: ProgramModule): void {
    const slice = this.slice(module);
    for (const [name, exported] of module.exports) {
      if (slice.exports.has(name)) continue;
      const isOut =
        exported.kind === "local" &&
        module.importOf(exported.binding) === undefined &&
        this.treatments.of(exported.binding, module).kind === "unreachable";
      if (!isOut) this.exportName(module, name, undefined);
    }
    for (const specifier of module.starExports) {
      const to = effects.resolve(specifier, module);
      const target = to.kind === "project" ? modules.ofFile(to.file) : undefined;
      if (target === undefined) continue;
      for (const name of target.exports.keys()) if (name !== "default") this.exportName(module, name, undefined);
    }
  }

  /** A variable of a function or block around a captured function is used. */
  private useInner(
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
      if (known.root !== undefined) this.demand(known.root as ValueRoot, { node: reference, module });
      return;
    }
    const live = valueInScopes(inspected, binding.name);
    const initializer = initializerOf(binding);
    if (
      initializer !== undefined &&
      (live === undefined || (!isDeployed(live.value) && !canCarry(live.value, this.live)))
    ) {
      const completing = completingIn(binding, module);
      // It has run as part of the program, and may run there again as part of what completes another variable.
      const isAlone = [...effects.of(initializer, module).touches].every(({ scope: of }) => !ts.isSourceFile(of));
      if (completing === undefined || !isAlone) return this.problems.addTangled(binding, module, reference);
      own.variables.set(binding, { binding, name: binding.name, expression: undefined, root: undefined, completing });
      for (const each of [initializer, ...completing]) this.keep(each, module, scope, inspected);
      return;
    }
    if (live === undefined) return this.problems.addLost(binding, module, reference);
    const root = this.addRoot(live.value, binding, module, { node: reference, module }, own);
    const expression = (): string => root.expression();
    own.variables.set(binding, { binding, name: binding.name, expression, root, completing: [] });
    this.demand(root, { node: reference, module });
  }

  private addRoot(
    value: unknown,
    binding: Binding,
    module: ProgramModule,
    place: Place | undefined,
    scope?: ScopeInstance,
  ): ValueRoot {
    const demand = new Demand(() => (this.isChanged = true));
    const root = { value, demand, name: binding.name, binding, module, scope, place, expression: () => "undefined" };
    this.roots.push(root);
    this.isChanged = true;
    return root;
  }

  private demand({ demand }: ValueRoot, from: Place | undefined): void {
    if (from === undefined) return;
    this.demands.add(demand, from.node, from.module);
  }

  private expressionFor(fn: ProgramFunction, way: Way): string {
    const fromPackage = isPackages(fn) ? packageExpression(fn) : undefined;
    if (fromPackage !== undefined) return fromPackage;
    const found = isPackages(fn) ? undefined : this.live.locate(fn);
    const at = found?.module.functionAt(found.position);
    if (found === undefined || at === undefined) {
      this.problems.addFunction(fn, way.path, fn === this.handler);
      return "undefined";
    }
    const { module } = found;
    const node = ts.isConstructorDeclaration(at) ? at.parent : at;
    const top = declaredAtTop(node, module);
    if (top !== undefined && this.treatments.of(top, module).kind === "source") {
      if (fn === this.handler && usesThis(node) && !ts.isArrowFunction(node)) this.problems.addThis(module, node);
      return this.thunk(top, module);
    }
    const owner = ts.isClassLike(node.parent) && !ts.isClassLike(node) ? node.parent : undefined;
    const ownerTop = owner === undefined ? undefined : declaredAtTop(owner, module);
    const root = way.root as ValueRoot | undefined;
    if (root !== undefined && root.module !== module) this.slice(root.module).before.add(module.file);
    if (fn === this.handler && usesThis(node) && !ts.isArrowFunction(node)) this.problems.addThis(module, node);
    if (ownerTop !== undefined && this.treatments.of(ownerTop, module).kind === "source") {
      return this.memberExpression(node, this.thunk(ownerTop, module));
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
    const named = receiver === undefined ? undefined : this.giveReceiver(receiver, module, scope);
    const emitted: EmittedFunction = { id, module, node, name: fn.name, scope, receiver: named };
    this.emitted.set(fn, emitted);
    const slice = this.slice(module);
    slice.functions.push(emitted);
    for (const each of chainOf(scope)) if (!slice.scopes.includes(each)) slice.scopes.push(each);
    this.isChanged = true;
    this.keep(node, module, scope, inspected);
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

  private giveReceiver({ binding, value }: Receiver, module: ProgramModule, scope: ScopeInstance | undefined): string {
    const own = chainOf(scope).find(({ node }) => node === binding.scope);
    const known = own?.variables.get(binding);
    if (known !== undefined || own === undefined) return known?.name ?? "undefined";
    const root = this.addRoot(value, binding, module, undefined, own);
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
      this.problems.addShared(error.binding, module, way.path);
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

  /** The expression for a variable at the top of a file, where the module of values asks for it. */
  private thunk(binding: Binding, module: ProgramModule): string {
    const slice = this.slice(module);
    this.useTop(binding, module, undefined);
    const name =
      slice.thunks.get(binding) ?? `t${[...this.slices.values()].reduce((sum, { thunks }) => sum + thunks.size, 1)}`;
    slice.thunks.set(binding, name);
    return `${valuesPrefix}f.${name}()`;
  }
}

/** The constructor or method of a class that code stands in. */
function memberAround(node: ts.Node): ts.ClassElement | undefined {
  for (let at = node; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isConstructorDeclaration(at) || ts.isMethodDeclaration(at) || ts.isAccessor(at)) {
      return ts.isClassLike(at.parent) ? (at as ts.ClassElement) : undefined;
    }
  }
  return undefined;
}

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

/** The statements that complete what a variable's initializer made; undefined where they cannot be told from others. */
function completingIn(binding: Binding, module: ProgramModule): ts.Statement[] | undefined {
  const block = blockOf(binding.scope);
  const own = statementIn(block, binding.declaration);
  const completing = (block?.statements ?? []).filter(
    (statement) => statement !== own && effects.of(statement, module).touches.has(binding),
  );
  const isClear = completing.every((statement) => {
    const { deploys, asksMachine } = effects.of(statement, module);
    return !deploys && !asksMachine && !leaves(statement);
  });
  return block !== undefined && isClear ? completing : undefined;
}

function blockOf(scope: ts.Node): ts.Block | undefined {
  if (ts.isBlock(scope)) return scope;
  const { body } = scope as { readonly body?: ts.Node };
  return body !== undefined && ts.isBlock(body) ? body : undefined;
}

function statementIn(block: ts.Block | undefined, node: ts.Node): ts.Node {
  let at = node;
  while (at.parent !== block && !ts.isSourceFile(at)) at = at.parent;
  return at;
}

/** Whether a statement leaves the function around it, or waits in it. */
function leaves(statement: ts.Node): boolean {
  let found = false;
  const visit = (at: ts.Node): void => {
    if (found || ts.isFunctionLike(at)) return;
    if (ts.isReturnStatement(at) || ts.isYieldExpression(at) || ts.isAwaitExpression(at)) found = true;
    ts.forEachChild(at, visit);
  };
  visit(statement);
  return found;
}

/** The initializer of a constant that could be made again. */
function initializerOf({ declaration, isAssigned }: Binding): ts.Expression | undefined {
  if (isAssigned || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return undefined;
  const { initializer } = declaration;
  if (initializer === undefined) return undefined;
  // Another name of something is that.
  const value = bare(initializer);
  const isName = ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) || ts.isElementAccessExpression(value);
  return isName ? undefined : initializer;
}

function patternOf(binding: Binding | undefined): object | undefined {
  return binding !== undefined && ts.isBindingElement(binding.declaration) ? binding.declaration.parent : undefined;
}

/** Whether a variable's declaration is, or is given, a function or class. */
function declares({ declaration, isAssigned }: Binding, node: ts.Node): boolean {
  if (declaration === node) return true;
  if (isAssigned || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  return bare(declaration.initializer) === node;
}

function declaredAtTop(node: ts.Node, module: ProgramModule): Binding | undefined {
  const named = node.parent;
  const isDeclared = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
  if (isDeclared ? !ts.isSourceFile(node.parent) : !ts.isVariableDeclaration(outermost(named))) return undefined;
  return [...module.lexical.top().values()].find((binding) => declares(binding, node));
}

function outermost(node: ts.Node): ts.Node {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at)) at = at.parent;
  return at;
}

/** Whether a function uses the `this` that it is called with, or that is around it. */
function usesThis(node: ts.Node): boolean {
  let found = false;
  const visit = (at: ts.Node): void => {
    if (found || (ts.isFunctionLike(at) && !ts.isArrowFunction(at)) || ts.isClassLike(at)) return;
    if (at.kind === ts.SyntaxKind.ThisKeyword || at.kind === ts.SyntaxKind.SuperKeyword) found = true;
    eachChild(at, visit);
  };
  if (!ts.isClassLike(node)) eachChild(node, visit);
  return found;
}

/** The function or class whose `this` a node has; undefined at the top of a file. */
function ownerOfThis(node: ts.Node): ts.Node | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isClassLike(at) || (isFunctionNode(at) && !ts.isArrowFunction(at))) return at;
  }
  return undefined;
}

/** The property that code takes of a namespace, in `ns.name`. */
function memberOf(from: Place | undefined): string | undefined {
  const parent = from?.node.parent;
  return parent !== undefined && ts.isPropertyAccessExpression(parent) && parent.expression === from?.node
    ? parent.name.text
    : undefined;
}

/** Modules that code loads while it runs. */
function dynamicImports(node: ts.Node): { readonly specifier: string; readonly whole: boolean }[] {
  const found: { readonly specifier: string; readonly whole: boolean }[] = [];
  const visit = (at: ts.Node): void => {
    if (ts.isCallExpression(at)) {
      const [first] = at.arguments;
      const isImport = at.expression.kind === ts.SyntaxKind.ImportKeyword || at.expression.getText() === "require";
      if (isImport && first !== undefined && ts.isStringLiteralLike(first))
        found.push({ specifier: first.text, whole: true });
    }
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}
