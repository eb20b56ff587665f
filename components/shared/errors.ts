import { ResourceError, type Resource } from "@pulumi/pulumi";
import type { ErrorCode } from "./error-codes";
import { errorPage } from "./error-page";

/** One thing that is wrong, the value that was given, and what to do about it. */
export interface Problem {
  readonly code: ErrorCode;
  /** A sentence without a full stop, e.g. `function "resize" was given a timeout that Lambda does not take`. */
  readonly message: string;
  /** The value as it was given, e.g. `timeout = 901`. */
  readonly got?: string;
  /** What to write instead. */
  readonly fix: string;
}

/**
 * An error in how the library was used. It names all problems of one call together and prints without a stack trace.
 * Match {@link TandemError.code}, never the text.
 */
export class TandemError extends ResourceError {
  /** The code of the first problem; see docs/errors.md. */
  public readonly code: ErrorCode;
  public readonly problems: readonly Problem[];

  public constructor(problems: readonly [Problem, ...Problem[]], resource?: Resource) {
    const message = problems.map(format).join("\n\n");
    super(message, resource, /* hideStack */ true);
    // The SDK writes in front which inputs of which resources it was serializing when a handler was refused.
    Object.defineProperty(this, "message", { get: () => message, set: () => undefined, configurable: true });
    this.name = "TandemError";
    this.code = problems[0].code;
    this.problems = problems;
  }
}

function format(problem: Problem): string {
  return [
    `${problem.code}: ${problem.message}`,
    ...(problem.got === undefined ? [] : [`  got: ${problem.got}`]),
    `  fix: ${problem.fix.replaceAll("\n", "\n       ")}`,
    `  see: ${errorPage(problem.code)}`,
  ].join("\n");
}

/** Throws what was found, if anything was. */
export function throwProblems(problems: readonly Problem[], resource?: Resource): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new TandemError([first, ...rest], resource);
}
