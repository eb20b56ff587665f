import type { AuthorizerResult, SimpleResponse } from "../components/api/authorizer-event.runtime";
import type { ProxyEvent } from "../components/api/request.runtime";
import type { RecordedNode } from "./recorded-app";
import { routeRequest, type RouteEvent } from "./route-call";

const authorizerType = "aws:apigatewayv2/authorizer:Authorizer";
type RecordedAuthorizer = RecordedNode<typeof authorizerType>;

/** The authorizer of an Api that a function decides for; undefined for a function that answers routes. */
export function authorizerOf(api: RecordedNode, fn: RecordedNode): RecordedAuthorizer | undefined {
  const own = api.children.find(({ type, name }) => type === authorizerType && name === `${fn.name}-authorizer`);
  return own as RecordedAuthorizer | undefined;
}

/** The event by which API Gateway asks an authorizer: the request's, without its body. */
export async function authorizerRequest(whose: string, event: RouteEvent): Promise<ProxyEvent> {
  const {
    body: _body,
    isBase64Encoded: _isBase64,
    ...request
  } = await routeRequest(whose, [{ routeKey: "$default" }], event);
  return request;
}

/** Whether a request has the headers without which API Gateway refuses it, and asks nobody. */
export function hasIdentity({ inputs }: RecordedAuthorizer, { headers }: ProxyEvent): boolean {
  const sources = (inputs.identitySources ?? []) as readonly string[];
  const needed = sources.flatMap((source) => /^\$request\.header\.(.+)$/.exec(source)?.[1] ?? []);
  return needed.every((name) => (headers[name.toLowerCase()] ?? "") !== "");
}

/** What an authorizer has said: whether the caller may go on, or who it is. */
export function authorizationOf(returned: unknown): AuthorizerResult {
  const { isAuthorized, context } = returned as SimpleResponse;
  return isAuthorized ? (context ?? true) : false;
}
