import type * as ts from "typescript";
import { canCarry } from "./carriage";
import type { CaptureProblems } from "./capture-problems";
import { CodeUse } from "./code-use";
import { CompletingStatements } from "./completing";
import { Demand, DemandAnalysis, type Place } from "./demand";
import { EffectAnalysis } from "./effects";
import type { Binding } from "./lexical";
import { LiveValues } from "./live-values";
import { ProgramModules, type ProgramModule } from "./program-module";
import type { ScopeInstance } from "./slice";
import { Treatments } from "./treatment";

// What follows from the program's text alone is known for all handlers.
export const modules = new ProgramModules();
export const effects = new EffectAnalysis(modules);
const statements = new CompletingStatements(modules, effects);

/** A value that goes into a package, by the variable that holds it. */
export interface ValueRoot {
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

/** What is known of one handler while it is captured. */
export class CaptureState {
  public readonly live = new LiveValues(modules);
  public readonly demands = new DemandAnalysis(effects);
  public readonly treatments = new Treatments(modules, effects, statements, this.live, (value) =>
    canCarry(value, this.live),
  );
  public readonly code: CodeUse;
  public readonly roots: ValueRoot[] = [];
  /** Whether something was found since it was last set to false. */
  public isChanged = false;

  public constructor(public readonly problems: CaptureProblems) {
    this.code = new CodeUse(this.demands, () => (this.isChanged = true));
  }

  public addRoot(
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

  /** Code does something with the value of a root. */
  public demand({ demand }: ValueRoot, node: ts.Node, module: ProgramModule): void {
    this.demands.add(demand, node, module);
  }
}
