import type { Exchange } from "./exchange";
import { commonLogTime } from "./exchange";
import { hopsHeader } from "./hops";

/** What both a function's event and an authorizer's have. */
type EventDocument = Record<string, unknown>;

/**
 * The event of an integration's function
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
export function integrationEvent(exchange: Exchange, format: "1.0" | "2.0", body: Buffer): EventDocument {
  const shared = format === "2.0" ? secondFormat(exchange, body.length) : firstFormat(exchange, body.length);
  const isText = isTextual(exchange.request.message.headers["content-type"]);
  // Without a body there is nothing that would be encoded, whatever its type would have been.
  const isBase64Encoded = body.length > 0 && !isText;
  const text = body.toString(isBase64Encoded ? "base64" : "utf8");
  if (format === "1.0") return { ...shared, body: body.length === 0 ? null : text, isBase64Encoded };
  return body.length === 0 ? { ...shared, isBase64Encoded } : { ...shared, body: text, isBase64Encoded };
}

/**
 * The event of a Lambda authorizer
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
 */
export function authorizerEvent(
  exchange: Exchange,
  format: "1.0" | "2.0",
  identitySources: readonly string[],
): EventDocument {
  const { routeArn } = exchange;
  const length = Number(exchange.request.message.headers["content-length"] ?? 0);
  if (format === "2.0") {
    const { version, ...rest } = secondFormat(exchange, length);
    return { version, type: "REQUEST", routeArn, identitySource: identitySources, ...rest };
  }
  const { version, ...rest } = firstFormat(exchange, length);
  const identity = { identitySource: identitySources.join(","), authorizationToken: identitySources.join(",") };
  return { version, type: "REQUEST", methodArn: routeArn, ...identity, ...rest };
}

function secondFormat(exchange: Exchange, length: number): EventDocument {
  const { request, api, account, match, stage } = exchange;
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const [name, values] of forwardedHeaders(exchange, length)) {
    if (name === "cookie")
      cookies.push(...values.flatMap((value) => value.split(/;\s*/)).filter((each) => each !== ""));
    else headers[name] = values.length === 1 ? (values[0] ?? "") : values.join(",");
  }
  const query = request.query();
  const { host, method, path } = request;
  const document: EventDocument = {
    version: "2.0",
    routeKey: exchange.routeKey,
    rawPath: path,
    rawQueryString: request.rawQuery,
    headers,
    requestContext: {
      accountId: account.id,
      apiId: api.id,
      ...secondAuthorizer(exchange),
      domainName: host,
      domainPrefix: host.split(".")[0] ?? "",
      http: { method, path, protocol: request.protocol, sourceIp: request.sourceIp, userAgent: request.userAgent },
      requestId: request.id,
      routeKey: exchange.routeKey,
      stage: exchange.stageName,
      time: commonLogTime(request.time),
      timeEpoch: request.time,
    },
  };
  if (cookies.length > 0) document["cookies"] = cookies;
  if (query.size > 0) document["queryStringParameters"] = joined(query);
  if (match?.parameters !== undefined) document["pathParameters"] = match.parameters;
  if (hasVariables(stage?.variables)) document["stageVariables"] = stage?.variables;
  return document;
}

function secondAuthorizer({ authorization, account }: Exchange): EventDocument {
  switch (authorization.kind) {
    case "none":
      return {};
    case "jwt":
      return { authorizer: { jwt: { claims: authorization.claims, scopes: authorization.scopes } } };
    case "lambda":
      return { authorizer: { lambda: authorization.context } };
    case "iam": {
      const { accessKey, userArn } = authorization;
      const callerId = accessKey;
      const ids = { accessKey, accountId: account.id, callerId, cognitoIdentity: null, principalOrgId: null };
      return { authorizer: { iam: { ...ids, userArn, userId: callerId } } };
    }
  }
}

function firstFormat(exchange: Exchange, length: number): EventDocument {
  const { request, api, account, match, stage } = exchange;
  const headers = forwardedHeaders(exchange, length);
  const query = request.query();
  const { host, method, path } = request;
  const resource = match === undefined ? "" : (match.route.key.split(" ")[1] ?? "$default");
  return {
    version: "1.0",
    resource,
    path,
    httpMethod: method,
    headers: lastOfEach(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query.size === 0 ? null : lastOfEach(query),
    multiValueQueryStringParameters: query.size === 0 ? null : Object.fromEntries(query),
    requestContext: {
      accountId: account.id,
      apiId: api.id,
      ...firstAuthorizer(exchange),
      domainName: host,
      domainPrefix: host.split(".")[0] ?? "",
      extendedRequestId: request.id,
      httpMethod: method,
      identity: firstIdentity(exchange),
      path,
      protocol: request.protocol,
      requestId: request.id,
      requestTime: commonLogTime(request.time),
      requestTimeEpoch: request.time,
      resourceId: exchange.routeKey,
      resourcePath: resource,
      stage: exchange.stageName,
    },
    pathParameters: match?.parameters ?? null,
    stageVariables: hasVariables(stage?.variables) ? stage?.variables : null,
  };
}

function firstAuthorizer({ authorization }: Exchange): EventDocument {
  if (authorization.kind === "jwt") {
    return { authorizer: { claims: authorization.claims, scopes: authorization.scopes } };
  }
  if (authorization.kind !== "lambda") return {};
  const { principalId, context } = authorization;
  return { authorizer: { ...context, ...(principalId === undefined ? {} : { principalId }) } };
}

function firstIdentity({ authorization, request, account }: Exchange): EventDocument {
  const iam = authorization.kind === "iam" ? authorization : undefined;
  return {
    accessKey: iam?.accessKey ?? null,
    accountId: iam === undefined ? null : account.id,
    caller: iam?.accessKey ?? null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: request.sourceIp,
    user: iam?.accessKey ?? null,
    userAgent: request.userAgent,
    userArn: iam?.userArn ?? null,
  };
}

/** The client's headers, with those that the gateway adds. */
function forwardedHeaders({ request }: Exchange, length: number): Map<string, readonly string[]> {
  const headers = new Map<string, readonly string[]>(request.headers());
  headers.delete(hopsHeader);
  headers.set("content-length", [String(length)]);
  headers.set("x-amzn-trace-id", [request.traceId]);
  headers.set("x-forwarded-for", [[...(headers.get("x-forwarded-for") ?? []), request.sourceIp].join(", ")]);
  headers.set("x-forwarded-port", [String(request.message.socket.localPort ?? "")]);
  headers.set("x-forwarded-proto", ["http"]);
  return headers;
}

/**
 * Whether API Gateway hands a body of this type on as text: JSON, XML, JavaScript and text/*. All others, forms and
 * bodies without a type among them, are encoded in base 64.
 */
function isTextual(contentType: string | undefined): boolean {
  return /^(text\/.+|application\/(json|xml|javascript))\s*(;|$)/i.test((contentType ?? "").trim());
}

function joined(values: ReadonlyMap<string, readonly string[]>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, each]) => [name, each.join(",")]));
}

function lastOfEach(values: ReadonlyMap<string, readonly string[]>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, each]) => [name, each.at(-1) ?? ""]));
}

function hasVariables(variables: Readonly<Record<string, string>> | undefined): boolean {
  return variables !== undefined && Object.keys(variables).length > 0;
}
