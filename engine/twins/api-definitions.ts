import type { Properties, Value, Registration } from "../graph/resource";
import type {
  ApiDefinition,
  AuthorizerDefinition,
  CorsDefinition,
  IntegrationDefinition,
  RouteDefinition,
  StageDefinition,
  Throttle,
} from "../services/http-apis/api-definition";
import { flag, list, number, object, text, texts } from "../graph/values";

// What the parts of an API are to the service that runs it.

export function apiDefinition(resource: Registration, id: string): ApiDefinition {
  const cors = corsDefinition(object(resource.inputs, "corsConfiguration"));
  return { id, displayName: resource.name, ...(cors === undefined ? {} : { cors }) };
}

function corsDefinition(inputs: Properties): CorsDefinition | undefined {
  if (Object.keys(inputs).length === 0) return undefined;
  const maxAge = number(inputs, "maxAge");
  return {
    allowOrigins: textList(inputs, "allowOrigins"),
    allowMethods: textList(inputs, "allowMethods"),
    allowHeaders: textList(inputs, "allowHeaders"),
    exposeHeaders: textList(inputs, "exposeHeaders"),
    allowCredentials: flag(inputs, "allowCredentials"),
    ...(maxAge === undefined ? {} : { maxAge }),
  };
}

export function stageDefinition(inputs: Properties): StageDefinition {
  const log = object(inputs, "accessLogSettings");
  const [, logGroup] = /:log-group:([^:]+)(?::\*)?$/.exec(text(log, "destinationArn")) ?? [];
  const routes = list(inputs, "routeSettings").map(asProperties);
  return {
    name: text(inputs, "name"),
    variables: texts(inputs, "stageVariables"),
    isDeployed: flag(inputs, "autoDeploy") || text(inputs, "deploymentId") !== "",
    throttle: throttleOf(object(inputs, "defaultRouteSettings")),
    routeThrottles: new Map(routes.map((route) => [text(route, "routeKey"), throttleOf(route)])),
    ...(logGroup === undefined ? {} : { accessLog: { logGroup, format: text(log, "format") } }),
  };
}

function throttleOf(settings: Properties): Throttle {
  const rate = number(settings, "throttlingRateLimit");
  const burst = number(settings, "throttlingBurstLimit");
  return { ...(rate === undefined ? {} : { rate }), ...(burst === undefined ? {} : { burst }) };
}

export function integrationDefinition(id: string, inputs: Properties): IntegrationDefinition {
  const responses = list(inputs, "responseParameters").map(asProperties);
  return {
    id,
    type: text(inputs, "integrationType"),
    subtype: text(inputs, "integrationSubtype") || undefined,
    uri: text(inputs, "integrationUri"),
    method: text(inputs, "integrationMethod"),
    payloadFormat: text(inputs, "payloadFormatVersion") === "2.0" ? "2.0" : "1.0",
    timeout: number(inputs, "timeoutMilliseconds") ?? 30_000,
    requestParameters: texts(inputs, "requestParameters"),
    responseParameters: new Map(responses.map((each) => [text(each, "statusCode"), texts(each, "mappings")])),
  };
}

export function routeDefinition(id: string, inputs: Properties): RouteDefinition {
  const authorization = text(inputs, "authorizationType");
  const isKnown = authorization === "AWS_IAM" || authorization === "JWT" || authorization === "CUSTOM";
  return {
    id,
    key: text(inputs, "routeKey"),
    integrationId: /^integrations\/(.+)$/.exec(text(inputs, "target"))?.[1],
    authorization: isKnown ? authorization : "NONE",
    authorizerId: text(inputs, "authorizerId") || undefined,
    scopes: textList(inputs, "authorizationScopes"),
  };
}

export function authorizerDefinition(id: string, name: string, inputs: Properties): AuthorizerDefinition {
  const shared = { id, name, identitySources: textList(inputs, "identitySources") };
  if (text(inputs, "authorizerType") === "JWT") {
    const jwt = object(inputs, "jwtConfiguration");
    return { kind: "jwt", ...shared, issuer: text(jwt, "issuer"), audiences: textList(jwt, "audiences") };
  }
  return {
    kind: "lambda",
    ...shared,
    uri: text(inputs, "authorizerUri"),
    payloadFormat: text(inputs, "authorizerPayloadFormatVersion") === "2.0" ? "2.0" : "1.0",
    hasSimpleResponses: flag(inputs, "enableSimpleResponses"),
    cacheSeconds: number(inputs, "authorizerResultTtlInSeconds") ?? 300,
  };
}

function textList(properties: Properties, key: string): string[] {
  return list(properties, key).map(String);
}

function asProperties(value: Value): Properties {
  return object({ value }, "value");
}
