import type { Clock } from "../clock";
import type { Identity } from "../identity/identity";
import type { StageDefinition } from "./api-definition";
import { authorizeSigned } from "./authorizers/iam-authorizer";
import { isPreflight, preflightAnswer } from "./cors";
import type { Authorization, Exchange } from "./exchange";
import { answerWithFunction, type FunctionInvoker } from "./function-integration";
import { Refusal, type GatewayAnswer } from "./gateway-answer";
import type { HttpApi } from "./http-api";
import { answerWithProxy } from "./proxy-integration";
import type { RouteMatch } from "./route-table";

export interface GatewayOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly functions: FunctionInvoker;
}

/** Takes a request through an API: stage, route, throttle, authorizer, integration. @throws Refusal */
export async function passThrough(api: HttpApi, exchange: Exchange, options: GatewayOptions): Promise<GatewayAnswer> {
  const { request } = exchange;
  const { cors } = api.definition;
  request.checkLength();
  const { stage, segments } = stageOf(api, exchange);
  const match = stage && api.routeTable().find(request.method, segments);
  exchange.stage = stage;
  exchange.match = match;
  const isAsking = cors !== undefined && isPreflight(request);
  if (stage === undefined || match === undefined) {
    if (isAsking) return preflightAnswer(cors, request);
    throw new Refusal(404, stage === undefined ? "no stage is deployed" : "no route matches");
  }
  if (!api.admits(stage, match.route.key)) throw new Refusal(429);
  await authorize(api, exchange, match, options);
  // A route of its own answers for itself; ANY and $default leave it to the gateway, once their authorizer is content.
  if (isAsking && !match.route.key.startsWith("OPTIONS ")) return preflightAnswer(cors, request);
  return integrate(api, exchange, match, options);
}

function stageOf(
  api: HttpApi,
  { request: { segments } }: Exchange,
): { stage: StageDefinition | undefined; segments: readonly string[] } {
  const named = segments[0] === undefined || segments[0] === "$default" ? undefined : api.stage(segments[0]);
  const stage = named ?? api.stage("$default");
  if (stage === undefined || !stage.isDeployed) return { stage: undefined, segments };
  if (named === undefined) return { stage, segments };
  // `/dev` alone is the root of the stage.
  return { stage, segments: segments.length === 1 ? [""] : segments.slice(1) };
}

async function authorize(
  api: HttpApi,
  exchange: Exchange,
  { route }: RouteMatch,
  { identity, clock }: GatewayOptions,
): Promise<void> {
  try {
    exchange.authorization = await check();
  } catch (error) {
    if (error instanceof Refusal) exchange.authorizerError = error.message;
    throw error;
  }

  async function check(): Promise<Authorization> {
    if (route.authorization === "NONE") return { kind: "none" };
    if (route.authorization === "AWS_IAM") return authorizeSigned(exchange, identity, clock);
    const authorizer = api.authorizer(route.authorizerId);
    if (authorizer === undefined) throw new Refusal(500, `route ${route.key} names an authorizer that does not exist`);
    return authorizer.authorize(exchange);
  }
}

function integrate(
  api: HttpApi,
  exchange: Exchange,
  { route }: RouteMatch,
  { functions }: GatewayOptions,
): Promise<GatewayAnswer> {
  const integration = api.integration(route.integrationId);
  if (integration === undefined) throw new Refusal(500, `route ${route.key} has no integration`);
  if (integration.subtype !== undefined)
    throw new Refusal(
      500,
      `route ${route.key}: an integration with ${integration.subtype} does not run on this machine`,
    );
  if (integration.type === "AWS_PROXY") return answerWithFunction(exchange, integration, functions);
  if (integration.type === "HTTP_PROXY") return answerWithProxy(exchange, integration);
  throw new Refusal(500, `route ${route.key}: HTTP APIs have no integrations of type ${integration.type}`);
}
