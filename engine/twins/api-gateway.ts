import { createHash } from "node:crypto";
import type { RecordedResource, Registration } from "../graph/resource";
import { arn, type Account } from "../services/account";
import type { HttpApi } from "../services/http-apis/http-api";
import { parseRouteKey } from "../services/http-apis/route-table";
import type { Services } from "../services/services";
import {
  apiDefinition,
  authorizerDefinition,
  integrationDefinition,
  routeDefinition,
  stageDefinition,
} from "./api-definitions";
import { type KnownInputs, type Twin } from "./twin";
import { object, text } from "../graph/values";

/** An HTTP API: a loopback server. WebSocket APIs do not run. */
const api: Twin = {
  type: "aws:apigatewayv2/api:Api",
  inputs: {
    name: true,
    apiKeySelectionExpression: true,
    // Not served, and said so below.
    body: true,
    corsConfiguration: {
      allowCredentials: true,
      allowHeaders: true,
      allowMethods: true,
      allowOrigins: true,
      exposeHeaders: true,
      maxAge: true,
    },
    credentialsArn: true,
    description: true,
    failOnWarnings: true,
    ipAddressType: true,
    protocolType: true,
    routeKey: true,
    routeSelectionExpression: true,
    tags: true,
    target: true,
    version: true,
  },
  async reserve(resource, { httpApis }) {
    if (isHttp(resource)) await httpApis.reserve(apiDefinition(resource, idOf(resource, 10)));
  },
  identify(resource, account) {
    const id = idOf(resource, 10);
    const scheme = isHttp(resource) ? "https" : "wss";
    const remote = `${scheme}://${id}.execute-api.${account.region}.amazonaws.com`;
    return {
      id,
      outputs: {
        apiEndpoint: account.apiEndpoints?.get(id) ?? remote,
        arn: `arn:${account.partition}:apigateway:${account.region}::/apis/${id}`,
        executionArn: executionArn(account, id),
        name: text(resource.inputs, "name") || resource.name,
        apiKeySelectionExpression: "$request.header.x-api-key",
        routeSelectionExpression: "$request.method $request.path",
      },
    };
  },
  create: defineApi,
  update: (resource, _old, services) => defineApi(resource, services),
  delete: ({ id }, { httpApis }) => httpApis.remove(id),
};

async function defineApi(resource: RecordedResource, services: Services): Promise<void> {
  const { inputs, name, id } = resource;
  const warn = (message: string): void => services.engineEvents.emit({ type: "notice", level: "warning", message });
  if (!isHttp(resource)) return warn(`API ${name} does not run here: it is a WebSocket API`);
  await services.httpApis.define(apiDefinition(resource, id));
  if (inputs["body"] !== undefined) warn(`API ${name}: routes of an OpenAPI document are not served here`);
  const target = text(inputs, "target");
  const parts = services.httpApis.find(id);
  if (target === "" || parts === undefined) return;
  // "Quick create": a route to one target, and a stage that deploys by itself.
  const isFunction = target.startsWith("arn:");
  parts.putIntegration(
    integrationDefinition("quick", {
      integrationType: isFunction ? "AWS_PROXY" : "HTTP_PROXY",
      integrationUri: target,
      integrationMethod: "ANY",
      payloadFormatVersion: isFunction ? "2.0" : "1.0",
    }),
  );
  const routeKey = text(inputs, "routeKey") || "$default";
  parts.putRoute(routeDefinition("quick", { routeKey, target: "integrations/quick" }));
  parts.putStage(stageDefinition({ name: "$default", autoDeploy: true }));
}

/** A twin for a part of an API: it goes into the API that runs, and out of it. */
function partOf(
  type: string,
  inputs: KnownInputs,
  identify: Twin["identify"],
  put: (parts: HttpApi, resource: RecordedResource, services: Services) => void,
  remove: (parts: HttpApi, resource: RecordedResource) => void,
): Twin {
  const partsOf = ({ inputs }: RecordedResource, { httpApis }: Services): HttpApi | undefined =>
    httpApis.find(text(inputs, "apiId"));
  const withParts = (resource: RecordedResource, services: Services): void => {
    const parts = partsOf(resource, services);
    if (parts !== undefined) put(parts, resource, services);
  };
  return {
    type: `aws:apigatewayv2/${type}`,
    inputs: { apiId: true, ...inputs },
    identify,
    create: withParts,
    // One after the other without a pause: no request finds the part missing.
    update(resource, old, services) {
      const before = partsOf(old, services);
      if (before !== undefined) remove(before, old);
      withParts(resource, services);
    },
    delete(resource, services) {
      const parts = partsOf(resource, services);
      if (parts !== undefined) remove(parts, resource);
    },
  };
}

const throttleInputs = {
  // WebSocket APIs have these two; AWS's provider leaves them out for others.
  dataTraceEnabled: true,
  loggingLevel: true,
  detailedMetricsEnabled: true,
  throttlingBurstLimit: true,
  throttlingRateLimit: true,
} as const;

const stage = partOf(
  "stage:Stage",
  {
    name: true,
    accessLogSettings: { destinationArn: true, format: true },
    autoDeploy: true,
    defaultRouteSettings: throttleInputs,
    deploymentId: true,
    description: true,
    routeSettings: { routeKey: true, ...throttleInputs },
    stageVariables: true,
    tags: true,
  },
  (resource, account) => {
    const name = stageName(resource);
    const apiId = text(resource.inputs, "apiId");
    const host = account.apiEndpoints?.get(apiId) ?? `https://${apiId}.execute-api.${account.region}.amazonaws.com`;
    return {
      id: name,
      outputs: {
        name,
        arn: `arn:${account.partition}:apigateway:${account.region}::/apis/${apiId}/stages/${name}`,
        executionArn: `${executionArn(account, apiId)}/${name}`,
        invokeUrl: `${host}/${name === "$default" ? "" : name}`,
      },
    };
  },
  (parts, resource, services) => {
    const definition = stageDefinition({ ...resource.inputs, name: stageName(resource) });
    parts.putStage(definition);
    const warn = (message: string): void => {
      services.engineEvents.emit({ type: "notice", level: "warning", message: `stage ${resource.name}: ${message}` });
    };
    if (!definition.isDeployed) warn("it has neither autoDeploy nor a deployment, so it answers 404, as on AWS");
    const destination = text(object(resource.inputs, "accessLogSettings"), "destinationArn");
    if (destination !== "" && definition.accessLog === undefined)
      warn(`access logs to ${destination} are not written here`);
  },
  (parts, resource) => parts.removeStage(stageName(resource)),
);

function stageName(resource: Registration): string {
  return text(resource.inputs, "name") || resource.name;
}

const integration = partOf(
  "integration:Integration",
  {
    // A private integration is a 500, and a line says so.
    connectionId: true,
    connectionType: true,
    tlsConfig: true,
    credentialsArn: true,
    description: true,
    integrationMethod: true,
    integrationSubtype: true,
    integrationType: true,
    integrationUri: true,
    passthroughBehavior: true,
    payloadFormatVersion: true,
    requestParameters: true,
    responseParameters: { mappings: true, statusCode: true },
    timeoutMilliseconds: true,
  },
  (resource) => ({ id: idOf(resource, 7), outputs: { integrationResponseSelectionExpression: "" } }),
  (parts, { id, inputs }) => parts.putIntegration(integrationDefinition(id, inputs)),
  (parts, { id }) => parts.removeIntegration(id),
);

const route = partOf(
  "route:Route",
  {
    apiKeyRequired: true,
    authorizationScopes: true,
    authorizationType: true,
    authorizerId: true,
    operationName: true,
    routeKey: true,
    target: true,
  },
  (resource) => ({ id: idOf(resource, 7), outputs: {} }),
  (parts, { id, inputs, name }, services) => {
    const definition = routeDefinition(id, inputs);
    try {
      if (definition.key !== "$default") parseRouteKey(definition.key);
    } catch (error) {
      const message = `route ${name} is refused on AWS: "${definition.key}": ${String((error as Error).message)}`;
      services.engineEvents.emit({ type: "notice", level: "error", message });
      return;
    }
    parts.putRoute(definition);
  },
  (parts, { id }) => parts.removeRoute(id),
);

const authorizer = partOf(
  "authorizer:Authorizer",
  {
    name: true,
    authorizerCredentialsArn: true,
    authorizerPayloadFormatVersion: true,
    authorizerResultTtlInSeconds: true,
    authorizerType: true,
    authorizerUri: true,
    enableSimpleResponses: true,
    identitySources: true,
    jwtConfiguration: { audiences: true, issuer: true },
  },
  (resource) => ({ id: idOf(resource, 6), outputs: { name: text(resource.inputs, "name") || resource.name } }),
  (parts, { id, inputs, name }) => parts.putAuthorizer(authorizerDefinition(id, name, inputs)),
  (parts, { id }) => parts.removeAuthorizer(id),
);

/** What was deployed is what the program says now: a deployment is nothing more here. */
const deployment: Twin = {
  type: "aws:apigatewayv2/deployment:Deployment",
  inputs: { apiId: true, description: true, triggers: true },
  identify: (resource) => ({ id: idOf(resource, 6), outputs: { autoDeployed: false } }),
};

/** HTTP APIs with all that they consist of. */
export const httpApiTwins: readonly Twin[] = [api, stage, integration, route, authorizer, deployment];

function isHttp({ inputs }: Pick<Registration, "inputs">): boolean {
  return text(inputs, "protocolType") !== "WEBSOCKET";
}

function executionArn(account: Account, apiId: string): string {
  return arn(account, "execute-api", apiId);
}

/** An id like AWS's, lower-case letters and digits, but the same on every run. */
function idOf({ urn }: Pick<Registration, "urn">, length: number): string {
  const hash = createHash("sha256").update(urn).digest("hex");
  return BigInt(`0x${hash}`).toString(36).slice(0, length);
}
