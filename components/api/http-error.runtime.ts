/**
 * An answer other than success: thrown in a route's handler, it is that response.
 *
 * @example
 * ```ts
 * throw new HttpError(404, "no such scene");
 * ```
 */
export class HttpError extends Error {
  /** The HTTP status, from 400 to 599. */
  public readonly status: number;
  /** Headers of the response. */
  public readonly headers: Readonly<Record<string, string>>;

  /**
   * @param message what the caller is told, as JSON: `{ "message": … }`
   * @throws RangeError where `status` is no error's
   */
  public constructor(status: number, message: string = "", headers: Readonly<Record<string, string>> = {}) {
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`an HttpError's status is 400 to 599, not ${status}; return a Response for others`);
    }
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.headers = headers;
  }
}

/** Whether a handler threw an {@link HttpError}. Not by its class, of which a captured handler has its own. */
export function isHttpError(error: unknown): error is HttpError {
  return (
    error instanceof Error && error.name === "HttpError" && typeof (error as Partial<HttpError>).status === "number"
  );
}
