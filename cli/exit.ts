import { EngineError } from "../engine/errors";

/** Exit codes: 0 done, 1 the program or a handler failed, 2 used wrongly, 130 interrupted. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** An end of a command with another code than 0, after it has said why. */
export class CommandFailure extends Error {
  public constructor(public readonly exitCode: number) {
    super(`exit code ${exitCode}`);
  }
}

/** Errors that mean that the command was used wrongly, rather than that something failed. */
const usageErrors = new Set([
  "ERR_PROJECT_MISSING",
  "ERR_PROJECT_RUNTIME",
  "ERR_PROJECT_FILE",
  "ERR_STACK_NAME",
  "ERR_STACK_NOT_RUNNING",
  "ERR_STACK_RUNNING",
  "ERR_PORT_IN_USE",
  "ERR_DATA_FOLDER",
  "ERR_CONFIG_VALUE",
  "ERR_CONFIG_SECRET",
  "ERR_NOT_FOUND",
  "ERR_SEND_REFUSED",
  "ERR_REDRIVE_REFUSED",
  "ERR_DEPLOYED_STACK",
  "ERR_AWS_CREDENTIALS",
  "ERR_AWS_CLI_VERSION",
  "ERR_DIFF_REPOSITORY",
  "ERR_DIFF_REF",
  "ERR_REVIEW_INPUT",
]);

/** The exit code of a command that an error has ended. */
export function exitCodeOf(error: unknown): number {
  return error instanceof EngineError && usageErrors.has(error.code) ? exitCodes.usage : exitCodes.failed;
}
