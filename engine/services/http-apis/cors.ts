import type { CorsDefinition } from "./api-definition";
import type { AnswerHeaders, GatewayAnswer } from "./gateway-answer";
import type { GatewayRequest } from "./gateway-request";

/** Whether a browser asks what it may send from another page. */
export function isPreflight({ method, message }: GatewayRequest): boolean {
  return (
    method === "OPTIONS" &&
    message.headers.origin !== undefined &&
    message.headers["access-control-request-method"] !== undefined
  );
}

/** The answer to a preflight; without any permission for a page that is not allowed. */
export function preflightAnswer(cors: CorsDefinition, request: GatewayRequest): GatewayAnswer {
  const headers = originHeaders(cors, request);
  if (headers["access-control-allow-origin"] !== undefined) {
    const { allowMethods, allowHeaders, maxAge } = cors;
    if (allowMethods.length > 0) headers["access-control-allow-methods"] = allowMethods.join(",");
    if (allowHeaders.length > 0) headers["access-control-allow-headers"] = allowHeaders.join(",").toLowerCase();
    if (maxAge !== undefined) headers["access-control-max-age"] = String(maxAge);
  }
  return { status: 204, headers, body: "" };
}

/** An answer with the API's CORS headers instead of the integration's own, which API Gateway ignores. */
export function withCors(cors: CorsDefinition, request: GatewayRequest, answer: GatewayAnswer): GatewayAnswer {
  const kept = Object.entries(answer.headers).filter(([name]) => !name.startsWith("access-control-"));
  return { ...answer, headers: { ...Object.fromEntries(kept), ...originHeaders(cors, request) } };
}

function originHeaders(cors: CorsDefinition, { message }: GatewayRequest): AnswerHeaders {
  const { origin } = message.headers;
  if (origin === undefined) return {};
  const isAny = cors.allowOrigins.includes("*");
  const matches = (allowed: string): boolean =>
    allowed.toLowerCase() === origin.toLowerCase() ||
    (/^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1)));
  if (!isAny && !cors.allowOrigins.some(matches)) return {};
  return {
    "access-control-allow-origin": isAny ? "*" : origin,
    ...(cors.allowCredentials ? { "access-control-allow-credentials": "true" } : {}),
    ...(cors.exposeHeaders.length > 0
      ? { "access-control-expose-headers": cors.exposeHeaders.join(",").toLowerCase() }
      : {}),
  };
}
