/** Exit codes: 0 done, 1 the program or a handler failed, 2 used wrongly, 130 interrupted. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** An end of a command with another code than 0, after it has said why. */
export class CommandFailure extends Error {
  public constructor(public readonly exitCode: number) {
    super(`exit code ${exitCode}`);
  }
}
