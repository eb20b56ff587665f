/** The ES modules that were recorded: Node evaluates each only once in a process. */
const evaluated = new WeakSet<object>();

/** What a program exports. One that exports a function as a whole means what that returns. */
export async function exportsOf(loaded: unknown): Promise<unknown> {
  const whole = wholeExport(loaded);
  return typeof whole === "function" ? ((await (whole as () => unknown)()) ?? {}) : whole;
}

/** What a module exports as a whole, which `import()` gives as its `default`. */
function wholeExport(loaded: unknown): unknown {
  if (typeof loaded !== "object" || loaded === null || !("default" in loaded)) return loaded;
  const { default: whole, ...named } = loaded as Record<string, unknown>;
  // Names that a module gets from Node, where it is loaded in the other way.
  const names = Object.keys(named).filter((name) => name !== "module.exports" && name !== "__esModule");
  const own = (whole ?? {}) as Record<string, unknown>;
  return names.every((name) => own[name] === named[name]) ? whole : loaded;
}

/** An ES module cannot be forgotten, so a second recording of the same one would be empty. */
export function checkEvaluated(loaded: unknown): void {
  const whole = wholeExport(loaded);
  const module = [loaded, whole].find((value) => Object.prototype.toString.call(value) === "[object Module]");
  // One that exports a function is called again.
  if (typeof whole === "function" || typeof module !== "object" || module === null) return;
  if (evaluated.has(module)) {
    throw new Error(
      "the program is an ES module that was recorded before, and Node runs those once in a process: " +
        'record it once and share what it returns, or import it anew: import("../index.mjs?second")',
    );
  }
  evaluated.add(module);
}
