import { AsyncLocalStorage } from "node:async_hooks";
import { closest } from "../components/shared/closest";
import { variableOf } from "../components/shared/environment";
import type { RecordedNode } from "./recorded-app";

/** What stands for components' methods, by component and method: `{ "media.put": sinon.stub() }`. */
export type Stubs = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The methods that handlers may capture, by the component's type. */
const methods = {
  Bucket: ["get", "getText", "getStream", "put", "delete", "exists", "head", "list", "signedUrl"],
  Task: ["run", "state"],
  Queue: ["send", "sendAll", "redrive"],
  Function: ["invoke"],
} as const;

type Kind = keyof typeof methods;
const kinds = Object.keys(methods) as Kind[];
type Runtime = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** Stands for the components while a handler runs. */
export class StubbedComponents {
  /** The first call that nothing stood for; a handler may have caught what it threw. */
  public unstubbed: Error | undefined;
  /** Components' names, by the variables that tell handlers of them. */
  private readonly names: ReadonlyMap<string, string>;

  /** @throws where a stub is for what the program does not have */
  public constructor(
    components: readonly RecordedNode[],
    private readonly stubs: Stubs,
  ) {
    const known = components.flatMap(({ type, name }) => {
      const kind = kinds.find((each) => type === `tandem:index:${each}`);
      return kind === undefined ? [] : [{ kind, name }];
    });
    this.names = new Map(known.map(({ kind, name }) => [variableOf(constant(kind), name), name]));
    const possible = known.flatMap(({ kind, name }) => methods[kind].map((method) => `${name}.${method}`));
    for (const [name, stub] of Object.entries(stubs)) checkStub(name, stub, possible);
  }

  /** What handlers get in place of a runtime module, e.g. `bucket`. */
  public runtime(module: string): Runtime {
    const names = kinds.filter((kind) => kind.toLowerCase() === module).flatMap((kind) => [...methods[kind]]);
    return Object.fromEntries(names.map((method) => [method, this.standIn(method)]));
  }

  private standIn(method: string): (...args: unknown[]) => unknown {
    // A runtime function's first parameter says of which component it is; the rest are those of the user's call.
    const call = ([here, ...given]: readonly unknown[]): unknown => this.call(variableIn(here), method, given);
    if (method !== "list") return async (...args) => call(args);
    // A handler iterates at once over what `list` returns, also where the stub gives a promise of it.
    return async function* (...args) {
      yield* (await call(args)) as Iterable<unknown>;
    };
  }

  private call(variable: string, method: string, args: readonly unknown[]): unknown {
    const name = `${this.names.get(variable) ?? variable}.${method}`;
    const stub = this.stubs[name] as ((...args: readonly unknown[]) => unknown) | undefined;
    if (stub !== undefined) return stub(...args);
    const error = new Error(`${name} was called, and has no stub: pass { ${JSON.stringify(name)}: … } to invoke`);
    this.unstubbed ??= error;
    throw error;
  }
}

/** The variable that tells of a component: by itself, or with settings of the component. */
function variableIn(here: unknown): string {
  return typeof here === "string" ? here : (here as { readonly variable: string }).variable;
}

function constant(kind: Kind): "BUCKET" | "TASK" | "QUEUE" | "FUNCTION" {
  return kind.toUpperCase() as "BUCKET" | "TASK" | "QUEUE" | "FUNCTION";
}

function checkStub(name: string, stub: unknown, possible: readonly string[]): void {
  if (!possible.includes(name)) {
    const meant = closest(name, possible);
    const components = [...new Set(possible.map((each) => each.slice(0, each.lastIndexOf("."))))];
    throw new Error(
      `no component of the program has ${name}; ` +
        (meant === undefined
          ? `stubs are for methods of ${components.join(", ") || "none"}, like "media.put"`
          : `did you mean ${meant}?`),
    );
  }
  if (typeof stub !== "function") {
    throw new Error(`the stub ${name} is no function: pass sinon.stub().resolves(…), or a function`);
  }
}

const running = new AsyncLocalStorage<StubbedComponents>();

/** Runs a handler whose calls of components reach `components`. Others that run at the same time have their own. */
export function withComponents<Result>(components: StubbedComponents, run: () => Promise<Result>): Promise<Result> {
  // Asked by packages when a handler first calls a component (components/function/packaging/bundle.ts).
  const shared = globalThis as unknown as Record<symbol, unknown>;
  shared[Symbol.for("tandem.runtime")] = (module: string) => running.getStore()?.runtime(module);
  return running.run(components, run);
}
