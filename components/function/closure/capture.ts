import * as pulumi from "@pulumi/pulumi";
import { capabilityOf, type Capability } from "../../shared/capabilities";
import { TandemError } from "../../shared/errors";
import { packageFunctionProblem, problemOf, shadowProblem, TrapFound, unserializable } from "./capture-problems";
import { mendDerivedClasses } from "./derived-classes";
import { findShadowedGlobal, type CapturedFunction } from "./locate";
import { MadeModules } from "./made-modules";
import { findTopLevelVariable } from "./top-level";
import { functionTrap, valueTrap, type Trap } from "./traps";

/** A handler's closure as text, and what it was seen to capture. */
export interface CapturedClosure {
  /** A CommonJS module that exports `handler`. */
  readonly text: string;
  /** The components' runtime methods that it captures: each is a permission. */
  readonly capabilities: readonly Capability[];
  /** Outputs whose values stand in the text; where one is not known yet (in a preview), the text is not final. */
  readonly outputs: readonly pulumi.Output<unknown>[];
  /** Every function whose text went into the text, for source maps. */
  readonly functions: readonly CapturedFunction[];
  /** Modules that the text requires besides, by name: code that makes what could not be serialized. */
  readonly modules: Readonly<Record<string, string>>;
}

const made = new MadeModules();

/**
 * Serializes a closure, and sees what it captures.
 * @param whose the handler, e.g. `handler "onNewVideo"`
 * @throws `ERR_CAPTURE_…` with the handler, the variable, where it is, and what to write instead
 */
export async function captureClosure(whose: string, closure: CapturedFunction): Promise<CapturedClosure> {
  return made.during(async () => {
    for (;;) {
      const functions: CapturedFunction[] = [closure];
      try {
        return await withMade(whose, await serialize(whose, closure, functions));
      } catch (error) {
        if (!(error instanceof TandemError)) throw error;
        const variable = await findTopLevelVariable(functions, made);
        if (variable === undefined) throw (await packageFunctionProblem(whose, closure)) ?? error;
        made.add(variable);
      }
    }
  });
}

async function serialize(
  whose: string,
  closure: CapturedFunction,
  functions: CapturedFunction[],
): Promise<CapturedClosure> {
  const capabilities = new Set<Capability>();
  const outputs: pulumi.Output<unknown>[] = [];
  let resource: unknown;

  // Called by the serializer with every value before it serializes it: what this throws ends the serialization.
  const inspect = (value: unknown): boolean => {
    // The first property of a resource, which is only looked at when the whole resource is captured.
    if (value === "__pulumiResource" && resource !== undefined) throw new TrapFound(wholeResource(resource), resource);
    if (pulumi.Output.isInstance(value)) {
      outputs.push(value);
      return true;
    }
    if (pulumi.Resource.isInstance(value)) {
      resource = value;
      return true;
    }
    if (typeof value === "object" && value !== null && made.has(value)) return true;
    if (typeof value === "function") {
      const fn = value as CapturedFunction;
      functions.push(fn);
      const capability = capabilityOf(fn);
      if (capability !== undefined) capabilities.add(capability);
      const trap = functionTrap(fn);
      if (trap !== undefined) throw new TrapFound(trap, fn);
      return true;
    }
    const trap = isWellKnown(value) ? undefined : valueTrap(value);
    if (trap !== undefined) throw new TrapFound(trap, value);
    return true;
  };

  const ownTrap = functionTrap(closure);
  if (ownTrap !== undefined) throw await problemOf(whose, closure, functions, new TrapFound(ownTrap, closure));
  try {
    const serialized = await pulumi.runtime.serializeFunction(closure, { serialize: inspect });
    const text = mendDerivedClasses(serialized.text);
    const shadowed = await findShadowedGlobal(functions);
    if (shadowed !== undefined) throw new TandemError([await shadowProblem(whose, shadowed)]);
    return { text, capabilities: [...capabilities], outputs, functions, modules: {} };
  } catch (error) {
    if (error instanceof TandemError) throw error;
    if (error instanceof TrapFound) throw await problemOf(whose, closure, functions, error);
    const secret = await firstSecret(outputs);
    if (secret !== undefined) throw await problemOf(whose, closure, functions, new TrapFound(secretTrap, secret));
    throw await unserializable(whose, closure, error);
  }
}

/** Adds the modules that a serialized closure requires, with what is captured to make them. */
async function withMade(whose: string, captured: CapturedClosure): Promise<CapturedClosure> {
  const modules: Record<string, string> = {};
  const all = [captured];
  for (const [module, { file, name, make }] of made.requiredBy(captured.text)) {
    if (make === undefined) {
      modules[module] = `module.exports = require(${JSON.stringify(file)}).${name};`;
      continue;
    }
    const maker = await captureClosure(whose, make);
    modules[module] = `${maker.text}\nmodule.exports = exports.handler();\n`;
    all.push(maker);
  }
  // Required at once: what fails there, fails when the package is loaded, before any event.
  const requires = Object.keys(modules).map((module) => `require(${JSON.stringify(module)});`);
  return {
    text: [...requires, captured.text].join("\n"),
    capabilities: [...new Set(all.flatMap(({ capabilities }) => capabilities))],
    outputs: all.flatMap(({ outputs }) => outputs),
    functions: all.flatMap(({ functions }) => functions),
    modules: Object.assign(modules, ...all.map((each) => each.modules)) as Record<string, string>,
  };
}

/** Modules and the like, which the serializer turns into `require` calls. */
function isWellKnown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.prototype.toString.call(value) === "[object Module]";
}

function wholeResource(resource: unknown): Trap {
  const type = (resource as { __pulumiType?: string }).__pulumiType ?? "resource";
  return {
    code: "ERR_CAPTURE_RESOURCE",
    what: `a whole resource (${type}), of which only single properties exist at run time`,
    fix: "use its methods and outputs directly in the handler, like bucket.put(...) or bucket.id.get(), or pass those to helpers instead of the resource",
  };
}

const secretTrap: Trap = {
  code: "ERR_CAPTURE_SECRET",
  what: "a secret, which would be readable in the function's code",
  fix: "pass it as an environment variable (environment: { TOKEN: secret }) and read process.env.TOKEN in the handler",
};

async function firstSecret(outputs: readonly pulumi.Output<unknown>[]): Promise<unknown> {
  for (const output of outputs) if (await pulumi.isSecret(output)) return output;
  return undefined;
}
