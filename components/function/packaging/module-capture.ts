import * as ts from "typescript";
import { effects, modules, type CaptureState, type ValueRoot } from "./capture-state";
import type { Place } from "./demand";
import { variableOf } from "./expressions";
import type { InspectedFunction } from "./inspector";
import type { Binding } from "./lexical";
import { statementOf, textOf, type ImportedName, type ProgramModule } from "./program-module";
import { runtimeNames } from "./resolve";
import { Slice, type ScopeInstance } from "./slice";
import { dynamicImports, memberAround, memberOf } from "./syntax";
import { valuesPrefix } from "./value-builder";

interface DeferredImport {
  readonly member: ts.ClassElement;
  readonly specifier: string;
  readonly name: string | undefined;
  readonly from: Place | undefined;
}

/** Uses a variable of a function or block around a captured function. */
type UseInner = (
  binding: Binding,
  reference: ts.Node,
  module: ProgramModule,
  scope: ScopeInstance | undefined,
  inspected: InspectedFunction,
) => void;

/** Takes along what a handler's code needs of the program's files. */
export class ModuleCapture {
  private readonly slices = new Map<ProgramModule, Slice>();
  private readonly topRoots = new Map<Binding, ValueRoot>();
  /** What members of classes use that exists while deploying only: wrong where the member is called. */
  private readonly deferred: DeferredImport[] = [];
  private variables: Map<unknown, { readonly binding: Binding; readonly module: ProgramModule }> | undefined;

  public constructor(
    private readonly state: CaptureState,
    private readonly useInner: UseInner,
  ) {}

  public all(): Slice[] {
    return [...this.slices.values()];
  }

  /** Finds what is wrong where a member of a class is called, once all code is known. */
  public checkDeferred(): void {
    for (const { member, specifier, name, from } of this.deferred) {
      if (this.state.code.calls(member)) this.state.problems.addDeployedImport(specifier, name, from);
    }
  }

  /** The expression for an object that a variable holds which is made by its source. */
  public ofVariable(value: unknown): string | undefined {
    this.variables ??= this.valuesOfVariables();
    const found = this.variables.get(value);
    return found === undefined ? undefined : this.thunk(found.binding, found.module);
  }

  /** Objects that variables at the top of the captured files hold which are made by their source. */
  private valuesOfVariables(): Map<unknown, { readonly binding: Binding; readonly module: ProgramModule }> {
    const found = new Map<unknown, { readonly binding: Binding; readonly module: ProgramModule }>();
    for (const { module } of this.slices.values()) {
      for (const binding of module.lexical.top().values()) {
        if (module.importOf(binding) !== undefined || variableOf(binding.declaration) === undefined) continue;
        const live = this.state.live.ofTop(binding, module);
        const isShared = live?.value !== null && /^(object|function|symbol)$/.test(typeof live?.value);
        if (!isShared || found.has(live?.value)) continue;
        if (this.state.treatments.of(binding, module).kind === "source") found.set(live?.value, { binding, module });
      }
    }
    return found;
  }

  public slice(module: ProgramModule): Slice {
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
      const treatment = this.state.treatments.of(binding, module);
      if (treatment.kind !== "source") continue;
      for (const each of treatment.completing) this.includeStatement(each.statement, each.module);
    }
  }

  /** Takes code into the package, with everything that it refers to. */
  public keep(
    node: ts.Node,
    module: ProgramModule,
    scope: ScopeInstance | undefined,
    inspected: InspectedFunction | undefined,
  ): void {
    this.state.code.add(node, module);
    for (const specifier of dynamicImports(node)) {
      const to = effects.resolve(specifier, module);
      const target = to.kind === "project" ? modules.ofFile(to.file) : undefined;
      if (target !== undefined) this.exportAll(target);
    }
    for (const { node: reference, binding } of module.lexical.freeIn(node)) {
      if (binding === undefined) continue;
      if (ts.isSourceFile(binding.scope)) this.useTop(binding, module, { node: reference, module });
      else if (inspected !== undefined) this.useInner(binding, reference, module, scope, inspected);
    }
  }

  /** A variable at the top of a file is used; `from` is the code that stands for it there. */
  public useTop(binding: Binding, module: ProgramModule, from: Place | undefined): void {
    const imported = module.importOf(binding);
    if (imported !== undefined) return this.useImport(binding, module, from);
    const slice = this.slice(module);
    const root = this.topRoots.get(binding);
    if (root !== undefined) return this.demand(root, from);
    if (slice.sources.has(binding)) return;
    const treatment = this.state.treatments.of(binding, module);
    if (treatment.kind === "value") {
      const made = this.state.addRoot(treatment.value, binding, module, from);
      this.topRoots.set(binding, made);
      slice.values.set(binding, () => made.expression());
      return this.demand(made, from);
    }
    if (treatment.kind === "unreachable") return this.state.problems.addUnreachable(binding, module, from);
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
        if (member === undefined) this.state.problems.addDeployedImport(specifier, taken, from);
        else this.deferred.push({ member, specifier, name: taken, from });
        return;
      }
      this.state.code.imports.add(taken);
    }
    if (isRequired) {
      if (!slice.sources.has(binding)) {
        slice.sources.add(binding);
        const statement = statementOf(binding.declaration);
        if (statement !== undefined && !ts.isVariableStatement(statement)) slice.statements.add(statement);
        // The helpers of compilers: __importStar(require("./lib")).
        for (const { binding: helper } of module.lexical.freeIn(binding.declaration)) {
          if (helper !== undefined && helper !== binding && ts.isSourceFile(helper.scope)) {
            this.useTop(helper, module, undefined);
          }
        }
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
      return this.state.problems.addDeployedImport(specifier, name, from);
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
        this.state.treatments.of(exported.binding, module).kind === "unreachable";
      if (!isOut) this.exportName(module, name, undefined);
    }
    for (const specifier of module.starExports) {
      const to = effects.resolve(specifier, module);
      const target = to.kind === "project" ? modules.ofFile(to.file) : undefined;
      if (target === undefined) continue;
      for (const name of target.exports.keys()) if (name !== "default") this.exportName(module, name, undefined);
    }
  }

  /** The expression for a variable at the top of a file, where the module of values asks for it. */
  public thunk(binding: Binding, module: ProgramModule): string {
    const slice = this.slice(module);
    this.useTop(binding, module, undefined);
    const name =
      slice.thunks.get(binding) ?? `t${[...this.slices.values()].reduce((sum, { thunks }) => sum + thunks.size, 1)}`;
    slice.thunks.set(binding, name);
    return `${valuesPrefix}f.${name}()`;
  }

  private demand(root: ValueRoot, from: Place | undefined): void {
    if (from !== undefined) this.state.demand(root, from.node, from.module);
  }
}
