import { isHttpError } from "./http-error.runtime";
import { toRequest, type ApiRequest, type ProxyEvent } from "./request.runtime";

/** What an authorizer's handler returns: whether the caller may go on, or who it is. */
export type AuthorizerResult = boolean | Readonly<Record<string, string | number | boolean>>;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
export interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context?: Readonly<Record<string, string | number | boolean>>;
}

/** Calls an authorizer's handler; what it throws as `HttpError` is a refusal. */
export function handleAuthorization(
  handle: (request: ApiRequest, context: object) => unknown,
): (event: unknown, context: object) => Promise<SimpleResponse> {
  return async (event, context) => {
    // The event of an authorizer carries no body, and otherwise is the route's.
    const request = toRequest(event as ProxyEvent);
    try {
      const result = (await handle(request, context)) as AuthorizerResult;
      if (typeof result === "object" && result !== null) return { isAuthorized: true, context: result };
      return { isAuthorized: result === true };
    } catch (error) {
      if (isHttpError(error)) return { isAuthorized: false };
      throw error;
    }
  };
}
