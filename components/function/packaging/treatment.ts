import * as pulumi from "@pulumi/pulumi";
import * as ts from "typescript";
import { capabilityOf } from "../../shared/capabilities";
import type { EffectAnalysis } from "./effects";
import { variableOf } from "./expressions";
import type { CompletingStatement, CompletingStatements } from "./completing";
import type { Binding } from "./lexical";
import type { LiveValue, LiveValues } from "./live-values";
import type { ProgramModule, ProgramModules } from "./program-module";

/** How a variable at the top of a module comes into a package. */
export type Treatment =
  /** As the statements that make it, which run when the function starts. */
  | { readonly kind: "source"; readonly completing: readonly CompletingStatement[] }
  /** As the value that it has while deploying. */
  | { readonly kind: "value"; readonly value: unknown }
  /** Not at all: it needs what exists while deploying only, and its value is out of reach. */
  | { readonly kind: "unreachable" };

/** Decides for each variable whether its source or its value goes into a package. */
export class Treatments {
  private readonly known = new Map<Binding, Treatment>();

  public constructor(
    private readonly modules: ProgramModules,
    private readonly effects: EffectAnalysis,
    private readonly statements: CompletingStatements,
    private readonly live: LiveValues,
    /** Whether a value can be carried over as it is. */
    private readonly canCarry: (value: unknown) => boolean,
  ) {}

  public of(binding: Binding, module: ProgramModule): Treatment {
    const known = this.known.get(binding);
    if (known !== undefined) return known;
    // What is made of itself, through others, is made by its source.
    this.known.set(binding, { kind: "source", completing: [] });
    const decided = this.decide(binding, module);
    this.known.set(binding, decided);
    return decided;
  }

  private decide(binding: Binding, module: ProgramModule): Treatment {
    const { declaration } = binding;
    const value = module.expressionOf(binding)?.expression ?? variableOf(declaration)?.initializer;
    const isVariable = variableOf(declaration) !== undefined || module.expressionOf(binding) !== undefined;
    if (!isVariable) {
      if (ts.isClassLike(declaration) && this.effects.of(declaration, module).deploys) return { kind: "unreachable" };
      return { kind: "source", completing: this.statements.completing(binding, module) };
    }
    const completing = this.statements.completing(binding, module);
    const all = [
      ...(value === undefined ? [] : [this.effects.of(value, module)]),
      ...completing.map((each) => this.effects.of(each.statement, each.module)),
    ];
    const live = this.live.ofTop(binding, module);
    if (live !== undefined && isDeployed(live.value)) return { kind: "value", ...live };
    if (all.some(({ deploys }) => deploys))
      return live === undefined ? { kind: "unreachable" } : { kind: "value", ...live };
    if (all.some(({ asksMachine }) => asksMachine) && this.isCarried(live))
      return { kind: "value", value: live?.value };
    const isBuilt = all.every(({ reads }) => [...reads].every((each) => each === binding || this.isReachable(each)));
    if (isBuilt) return { kind: "source", completing };
    return this.isCarried(live) ? { kind: "value", value: live?.value } : { kind: "unreachable" };
  }

  private isCarried(live: LiveValue | undefined): boolean {
    return live !== undefined && this.canCarry(live.value);
  }

  private isReachable(binding: Binding): boolean {
    const module = this.modules.ofSource(binding.scope as ts.SourceFile);
    if (module === undefined || module.importOf(binding) !== undefined) return true;
    return this.of(binding, module).kind !== "unreachable";
  }
}

/** Whether a value is one that exists while deploying only, and is replaced by what stands for it at run time. */
export function isDeployed(value: unknown): boolean {
  if (typeof value === "function") return capabilityOf(value) !== undefined;
  return pulumi.Resource.isInstance(value) || pulumi.Output.isInstance(value) || isConfig(value);
}

export function isConfig(value: unknown): value is pulumi.Config {
  if (typeof value !== "object" || value === null) return false;
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name === "Config" && "requireSecretObject" in value;
}
