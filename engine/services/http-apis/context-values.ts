import { commonLogTime, type Exchange } from "./exchange";

/** How a request was answered, for the variables that tell of it. */
export interface Answered {
  readonly status: number;
  /** Bytes of the body. */
  readonly length: number;
  /** Milliseconds. */
  readonly latency: number;
}

type Reader = (exchange: Exchange, answered: Answered | undefined) => string | number | undefined;

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
const readers: Readonly<Record<string, Reader>> = {
  accountId: ({ account }) => account.id,
  apiId: ({ api }) => api.id,
  "authorizer.error": ({ authorizerError }) => authorizerError,
  "authorizer.principalId": ({ authorization }) =>
    authorization.kind === "lambda" ? authorization.principalId : undefined,
  awsEndpointRequestId: ({ integration }) => integration.requestId,
  dataProcessed: (_exchange, answered) => answered?.length,
  domainName: ({ request }) => request.host,
  domainPrefix: ({ request }) => request.host.split(".")[0],
  "error.message": ({ refusal }) => refusal,
  "error.messageString": ({ refusal }) => (refusal === undefined ? undefined : JSON.stringify(refusal)),
  "error.responseType": ({ refusal }, answered) => (refusal === undefined ? undefined : responseType(answered?.status)),
  extendedRequestId: ({ request }) => request.id,
  httpMethod: ({ request }) => request.method,
  "identity.accountId": ({ authorization, account }) => (authorization.kind === "iam" ? account.id : undefined),
  "identity.caller": ({ authorization }) => (authorization.kind === "iam" ? authorization.accessKey : undefined),
  "identity.sourceIp": ({ request }) => request.sourceIp,
  "identity.user": ({ authorization }) => (authorization.kind === "iam" ? authorization.accessKey : undefined),
  "identity.userAgent": ({ request }) => request.userAgent,
  "identity.userArn": ({ authorization }) => (authorization.kind === "iam" ? authorization.userArn : undefined),
  "integration.error": ({ integration }) => integration.error,
  "integration.integrationStatus": ({ integration }) => integration.status,
  "integration.latency": ({ integration }) => integration.latency,
  "integration.requestId": ({ integration }) => integration.requestId,
  "integration.status": ({ integration }) => integration.status,
  integrationErrorMessage: ({ integration }) => integration.error,
  integrationLatency: ({ integration }) => integration.latency,
  integrationStatus: ({ integration }) => integration.status,
  path: ({ request }) => request.path,
  protocol: ({ request }) => request.protocol,
  requestId: ({ request }) => request.id,
  requestTime: ({ request }) => commonLogTime(request.time),
  requestTimeEpoch: ({ request }) => request.time,
  responseLatency: (_exchange, answered) => answered?.latency,
  responseLength: (_exchange, answered) => answered?.length,
  routeKey: ({ routeKey }) => (routeKey === "" ? undefined : routeKey),
  stage: ({ stageName }) => stageName,
  status: (_exchange, answered) => answered?.status,
};

/** What `$context.<name>` stands for; undefined where a request has no such value. */
export function contextValue(name: string, exchange: Exchange, answered?: Answered): string | undefined {
  const reader = readers[name];
  const value = reader === undefined ? authorizerValue(name, exchange) : reader(exchange, answered);
  return value === undefined ? undefined : String(value);
}

function authorizerValue(name: string, { authorization }: Exchange): string | undefined {
  const [, claim] = /^authorizer\.claims\.(.+)$/.exec(name) ?? [];
  if (claim !== undefined) return authorization.kind === "jwt" ? authorization.claims[claim] : undefined;
  const [, property] = /^authorizer\.(.+)$/.exec(name) ?? [];
  if (property === undefined || authorization.kind !== "lambda") return undefined;
  const value = authorization.context?.[property];
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}

function responseType(status: number | undefined): string {
  switch (status) {
    case 401:
      return "UNAUTHORIZED";
    case 403:
      return "ACCESS_DENIED";
    case 404:
      return "NOT_FOUND";
    case 413:
      return "REQUEST_TOO_LARGE";
    case 429:
      return "THROTTLED";
    case 503:
      return "INTEGRATION_TIMEOUT";
    default:
      return status !== undefined && status < 500 ? "DEFAULT_4XX" : "INTEGRATION_FAILURE";
  }
}
