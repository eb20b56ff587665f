import type * as pulumi from "@pulumi/pulumi";
import type { Capability, UsedNames } from "../../shared/capabilities";
import { CaptureProblems } from "./capture-problems";
import { CaptureState, type ValueRoot } from "./capture-state";
import { isBareClass } from "./carriage";
import type { Demand } from "./demand";
import { DeployedValues } from "./deployed-values";
import { FunctionCapture } from "./function-capture";
import type { ProgramFunction } from "./inspector";
import { Pending } from "./live-values";
import type { EmittedFunction, Slice } from "./slice";
import { ValueBuilder, type Refusal, type ValueHost, type Way } from "./value-builder";

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

/** The modules of one handler's package, as they are found out. */
class Capture implements ValueHost {
  private readonly state: CaptureState;
  private readonly deployed: DeployedValues;
  private readonly functions: FunctionCapture;
  private builder = new ValueBuilder(this);

  public constructor(
    whose: string,
    private readonly handler: ProgramFunction,
  ) {
    this.state = new CaptureState(new CaptureProblems(whose, handler));
    this.functions = new FunctionCapture(this.state, handler);
    this.deployed = new DeployedValues({
      changed: () => (this.state.isChanged = true),
      build: (value, way) => this.builder.add(value, undefined, way),
      refuse: (refusal, way) => this.refuse(refusal, way),
      addUsesOfThis: (method, demand) => this.functions.addUsesOfThis(method, demand),
    });
  }

  public run(): CapturedHandler {
    const { state, functions, deployed } = this;
    const expression = this.build();
    functions.modules.checkDeferred();
    for (const place of state.code.importMeta) state.problems.addImportMeta(place);
    state.problems.throwFound();
    const emitted = functions.emittedFor(this.handler);
    const isExported = emitted !== undefined && emitted.scope === undefined;
    return {
      slices: functions.modules.all(),
      handler: isExported ? emitted : undefined,
      expression: isExported ? undefined : expression(),
      values: () => [...deployed.declarations(), ...this.builder.declarations()],
      capabilities: deployed.capabilities(state.code),
      outputs: deployed.outputs(),
      used: state.code,
      constants: this.constants(),
    };
  }

  /** Values bring functions, whose code does more with values, until nothing is new. */
  private build(): () => string {
    const { state, deployed } = this;
    for (;;) {
      state.isChanged = false;
      this.builder = new ValueBuilder(this);
      deployed.restart();
      const handler = this.builder.add(this.handler, undefined, { path: "" });
      for (const root of [...state.roots]) {
        root.expression = this.builder.add(root.value, root.demand, { path: root.name, root });
      }
      deployed.build();
      state.demands.settle((member) => state.code.calls(member));
      if (!state.isChanged) return handler;
    }
  }

  private constants(): Record<string, string> {
    const constants = this.state.roots.filter(
      ({ value }) => value === null || /^(string|number|boolean|bigint)$/.test(typeof value),
    );
    return Object.fromEntries(constants.map((root) => [root.name, root.expression()]));
  }

  public functionExpression(fn: ProgramFunction, way: Way): string {
    return this.functions.expression(fn, way);
  }

  public deployedExpression(value: object, demand: Demand | undefined, way: Way): string {
    return this.deployed.expression(value, demand, way);
  }

  public ofVariable(value: unknown): string | undefined {
    return this.functions.modules.ofVariable(value);
  }

  public demandOf(property: string): Demand | undefined {
    return this.state.code.demandOf(property);
  }

  public isBare(constructor: ProgramFunction): boolean {
    return isBareClass(constructor, this.state.live);
  }

  public refuse(refusal: Refusal, way: Way): void {
    const root = way.root as ValueRoot | undefined;
    this.state.problems.add(refusal, way.path, root?.place);
  }
}
