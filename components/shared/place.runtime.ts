import { problem } from "./problem.runtime";

/**
 * What a component's runtime method works on, from the environment variable that its function was given.
 * @throws `ERR_RUNTIME_ONLY` where there is none: the method was called outside a handler
 */
export function place(method: string, variable: string): string {
  const value = process.env[variable];
  if (value !== undefined) return value;
  throw problem(
    "ERR_RUNTIME_ONLY",
    `${method} works inside handlers only`,
    `a call while deploying (the environment variable ${variable} is not set)`,
    "call it in a closure that you pass as a handler; in a unit test, replace it with a stub",
  );
}
