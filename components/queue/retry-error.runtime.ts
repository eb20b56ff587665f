/**
 * A failure after which a message is to come again soon: thrown in a handler of messages, it comes again after so many
 * seconds, in place of the rest of the queue's visibility timeout. It counts as received all the same. Thrown in a handler
 * of batches, it is for the whole batch.
 *
 * @example
 * ```ts
 * throw new RetryError("the container was stopped", 5);
 * ```
 */
export class RetryError extends Error {
  /** Seconds until the message is received again. */
  public readonly after: number;

  /**
   * @param after seconds until the message is received again, 0 to 43200
   * @throws RangeError where `after` is no such number
   */
  public constructor(message: string, after: number) {
    if (!Number.isInteger(after) || after < 0 || after > 43_200) {
      throw new RangeError(`a message comes again after 0 to 43200 whole seconds, not ${after}`);
    }
    super(message);
    this.name = "RetryError";
    this.after = after;
  }
}

/** Whether a handler threw a {@link RetryError}. Not by its class, of which a captured handler has its own. */
export function isRetryError(error: unknown): error is RetryError {
  return (
    error instanceof Error && error.name === "RetryError" && typeof (error as Partial<RetryError>).after === "number"
  );
}
