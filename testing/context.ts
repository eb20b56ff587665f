import { runInThisContext } from "node:vm";

/**
 * Whether this runs in a context of its own, as jest makes one for each file of tests: with other globals than those of the
 * process, among them another `process.env`, and with a `require` that knows no ES modules.
 */
export function isOtherContext(): boolean {
  return runInThisContext("globalThis") !== globalThis;
}

/** Node's own `require` for a file, also where a test runner has another one in its place. */
export function nodeRequire(file: string): NodeJS.Require {
  const createRequire = runInThisContext(`process.getBuiltinModule("node:module").createRequire`) as (
    file: string,
  ) => NodeJS.Require;
  return createRequire(file);
}
