import * as pulumi from "@pulumi/pulumi";
import * as ts from "typescript";
import { capabilityOf, type Capability, type MethodCapability, type UsedNames } from "../../shared/capabilities";
import { optionsOf } from "./code-use";
import { Demand } from "./demand";
import type { ProgramFunction } from "./inspector";
import { Pending } from "./live-values";
import { isConfig, isDeployed } from "./treatment";
import { text, valuesPrefix, type Refusal, type Way } from "./value-builder";

interface Host {
  changed(): void;
  /** The expression for a value that is none of these. */
  build(value: unknown, way: Way): () => string;
  refuse(refusal: Refusal, way: Way): void;
  /** Adds what a method that the program wrote does with its `this`; false for methods of packages. */
  addUsesOfThis(method: ProgramFunction, demand: Demand): boolean;
}

interface StandIn {
  readonly id: number;
  readonly value: object;
  readonly way: Way;
  readonly demands: Set<Demand>;
}

/** What an Output has become. */
interface Resolved {
  readonly value: unknown;
  readonly isSecret: boolean;
}

const resolved = new WeakMap<object, Resolved>();

/** Writes what stands at run time for components, resources, Outputs and the configuration. */
export class DeployedValues {
  private readonly ids = new Map<object, number>();
  private standIns = new Map<object, StandIn>();
  private texts = new Map<StandIn, () => string>();
  private readonly own = new Map<object, Demand>();
  private readonly found = new Map<MethodCapability, Set<Demand>>();
  private readonly embedded = new Set<pulumi.Output<unknown>>();

  public constructor(private readonly host: Host) {}

  public restart(): void {
    this.standIns = new Map();
    this.texts = new Map();
  }

  /** What the captured methods mean, with what is allowed besides for how they are called. */
  public capabilities(names: Omit<UsedNames, "options">): Capability[] {
    return [...this.found].map(([capability, demands]) => {
      const all = [...demands];
      const calls = all.flatMap((demand) => demand.calls);
      const isSeen = all.every(({ whole }) => whole === undefined);
      const options = (option: string): (string | undefined)[] => [
        ...optionsOf(calls, option),
        ...(isSeen ? [] : [undefined]),
      ];
      const besides = capability.refine?.({ ...names, options }) ?? [];
      const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(capability)) as Capability;
      return Object.defineProperty(copy, "statements", { value: [...capability.statements, ...besides] });
    });
  }

  public outputs(): pulumi.Output<unknown>[] {
    return [...this.embedded];
  }

  public expression(value: object, demand: Demand | undefined, way: Way): string {
    const id = this.ids.get(value) ?? this.ids.size + 1;
    this.ids.set(value, id);
    const standIn = this.standIns.get(value) ?? { id, value, way, demands: new Set<Demand>() };
    this.standIns.set(value, standIn);
    standIn.demands.add(demand ?? wholeDemand(way));
    return `${valuesPrefix}d${id}()`;
  }

  /** Writes the stand-ins that were asked for, and those that these hold. */
  public build(): void {
    const done = new Map<StandIn, number>();
    for (let before = -1; before !== this.size();) {
      before = this.size();
      for (const standIn of [...this.standIns.values()]) {
        if (done.get(standIn) === standIn.demands.size) continue;
        done.set(standIn, standIn.demands.size);
        this.texts.set(standIn, this.textOf(standIn));
      }
    }
  }

  public declarations(): string[] {
    return [...this.texts].map(([{ id }, shown]) => `export const d${id} = () => once("d${id}", () => (${shown()}));`);
  }

  private size(): number {
    return [...this.standIns.values()].reduce((sum, { demands }) => sum + demands.size, 0);
  }

  private textOf({ value, way, demands }: StandIn): () => string {
    if (typeof value === "function") return this.method(value, demands);
    if (pulumi.Resource.isInstance(value))
      return this.resource(value, [...demands], this.ownDemand(value, demands), way);
    if (isConfig(value)) return this.config(value, [...demands], way);
    return this.output(value as pulumi.Output<unknown>, [...demands], way);
  }

  private method(value: object, demands: ReadonlySet<Demand>): () => string {
    const capability = capabilityOf(value) as MethodCapability;
    if (!this.found.has(capability)) this.host.changed();
    this.found.set(capability, new Set([...(this.found.get(capability) ?? []), ...demands]));
    const { module, method, place } = capability.runtime;
    const called = `require(${text(`tandem/runtime/${module}`)}).${method}`;
    return () => `(...given) => ${called}(${JSON.stringify(place)}, ...given)`;
  }

  private resource(value: pulumi.Resource, demands: readonly Demand[], ownDemand: Demand, way: Way): () => string {
    const whole = demands.find((demand) => demand.whole !== undefined);
    if (whole !== undefined) {
      const type = (value as { readonly __pulumiType?: string }).__pulumiType ?? "resource";
      this.host.refuse(
        {
          code: "ERR_CAPTURE_RESOURCE",
          what: `a whole resource (${type}), of which only single properties exist at run time`,
          fix: "use its methods and outputs directly in the handler, like bucket.put(...) or bucket.id.get(), or pass those to helpers instead of the resource",
        },
        way,
      );
      return () => "undefined";
    }
    return this.members(demands, (name, own) => {
      const member = (value as unknown as Record<string, unknown>)[name];
      const on = { ...way, path: `${way.path}.${name}` };
      if (member === undefined) return undefined;
      if (typeof member === "object" && member !== null && isDeployed(member)) {
        const expressions = own.map((demand) => this.expression(member, demand, on));
        return () => expressions[0] ?? "undefined";
      }
      if (typeof member !== "function") return this.host.build(member, on);
      if (isDeployed(member)) {
        const expressions = own.map((demand) => this.expression(member, demand, on));
        return () => expressions[0] ?? "undefined";
      }
      if (this.host.addUsesOfThis(member as ProgramFunction, ownDemand)) return this.host.build(member, on);
      this.host.refuse(
        {
          code: "ERR_CAPTURE_RESOURCE",
          what: "a method that exists while deploying only",
          fix: "call it outside the handler, and use its result there",
        },
        on,
      );
      return undefined;
    });
  }

  /** What the methods of a resource do with it, where its class is the program's. */
  private ownDemand(value: object, demands: Set<Demand>): Demand {
    const known = this.own.get(value) ?? new Demand(() => this.host.changed());
    this.own.set(value, known);
    demands.add(known);
    return known;
  }

  /** `{ get: …, id: … }`, of what is demanded of a value. */
  private members(
    demands: readonly Demand[],
    shownOf: (name: string, demands: readonly Demand[]) => (() => string) | undefined,
  ): () => string {
    const byName = new Map<string, Demand[]>();
    for (const { members } of demands) {
      for (const [name, own] of members) byName.set(name, [...(byName.get(name) ?? []), own]);
    }
    const shown = [...byName].flatMap(([name, own]) => {
      const expression = shownOf(name, own);
      return expression === undefined ? [] : [[name, expression] as const];
    });
    return () => `{ ${shown.map(([name, expression]) => `${key(name)}: ${expression()}`).join(", ")} }`;
  }

  private output(value: pulumi.Output<unknown>, demands: readonly Demand[], way: Way): () => string {
    this.embedded.add(value);
    const known = resolved.get(value);
    if (known === undefined) throw new Pending(resolve(value));
    if (known.isSecret) {
      this.host.refuse(
        {
          code: "ERR_CAPTURE_SECRET",
          what: "a secret, which would be readable in the function's code",
          fix: "pass it as an environment variable (environment: { TOKEN: secret }) and read process.env.TOKEN in the handler",
        },
        way,
      );
      return () => "undefined";
    }
    return this.lifted(known.value, demands, way);
  }

  /** An Output's `get`, and those of the properties that it lifts. */
  private lifted(value: unknown, demands: readonly Demand[], way: Way): () => string {
    const shown = this.host.build(value, way);
    const rest = this.members(demands, (name, own) => {
      if (name === "get") return undefined;
      if (name === "apply" || name === "toString" || name === "toJSON") {
        this.host.refuse(
          { what: `${name} of an Output, which exists while deploying only`, fix: "write .get() in the handler" },
          way,
        );
        return undefined;
      }
      const member = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
      return this.lifted(member, own, { ...way, path: `${way.path}.${name}` });
    });
    return () => {
      const members = rest();
      return `{ get: () => ${wrapped(shown())}${members === "{  }" ? "" : `, ${members.slice(2, -2)}`} }`;
    };
  }

  /** The configuration, with the keys that the handler names. */
  private config(config: pulumi.Config, demands: readonly Demand[], way: Way): () => string {
    return this.members(demands, (name, own) => {
      const read = (config as unknown as Record<string, unknown>)[name];
      if (typeof read !== "function") return this.host.build(read, way);
      const pairs = own
        .flatMap(({ calls }) => calls)
        .flatMap((call) => {
          const [first] = call.arguments;
          const asked = first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined;
          const on = { ...way, path: `${way.path}.${name}(${first?.getText() ?? ""})` };
          const value: unknown =
            asked === undefined ? undefined : (read as (key: string) => unknown).call(config, asked);
          if (asked === undefined || pulumi.Output.isInstance(value) || isSecretKey(config, asked)) {
            this.host.refuse(
              asked === undefined
                ? {
                    what: "a key of the configuration that is known at run time only",
                    fix: "read it outside the handler",
                  }
                : {
                    code: "ERR_CAPTURE_SECRET",
                    what: "a secret of the configuration, which would be readable in the function's code",
                    fix: "pass it as an environment variable (environment: { TOKEN: secret }) and read process.env.TOKEN in the handler",
                  },
              on,
            );
            return [];
          }
          const shown = this.host.build(value, on);
          return [() => `[${text(asked)}]: ${shown()}`];
        });
      return () => `(key) => ({ ${[...new Set(pairs.map((pair) => pair()))].join(", ")} })[key]`;
    });
  }
}

function isSecretKey({ name }: pulumi.Config, asked: string): boolean {
  const { isConfigSecret } = require("@pulumi/pulumi/runtime/config") as { isConfigSecret(key: string): boolean };
  return isConfigSecret(`${name}:${asked}`);
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__" ? name : `[${text(name)}]`;
}

/** An object literal that an arrow function returns needs parentheses. */
function wrapped(expression: string): string {
  return expression.startsWith("{") ? `(${expression})` : expression;
}

/** For what is reached without any code that takes properties of it. */
function wholeDemand({ root }: Way): Demand {
  const demand = new Demand(() => undefined);
  const owner = root as { readonly module: never; readonly binding: { readonly declaration: ts.Node } } | undefined;
  if (owner !== undefined) demand.addWhole({ module: owner.module, node: owner.binding.declaration });
  else demand.addWhole({ module: undefined as never, node: undefined as never });
  return demand;
}

async function resolve(output: pulumi.Output<unknown>): Promise<void> {
  const { isSecret } = output as unknown as { readonly isSecret: Promise<boolean> };
  const value = (output as unknown as { promise(): Promise<unknown> }).promise();
  resolved.set(output, { value: await value, isSecret: await isSecret });
}
