import * as aws from "@pulumi/aws";
import type { Integration, IntegrationArgs } from "@pulumi/aws/apigatewayv2";
import * as pulumi from "@pulumi/pulumi";
import type { Function } from "../function/function";
import type { Subscription } from "../function/subscription";
import { transformed } from "../shared/transform";
import type { ApiArgs } from "./api.args";
import type { CreatedApi } from "./api.aws";
import type { RouteAuth } from "./authorizer.aws";
import { earlierAlias, gatewayRouteName, type TakenName } from "./route-names";
import { defaultPath } from "./route-path";
import type { Connected } from "./shared-functions";

/** Milliseconds that API Gateway waits for an answer; its own maximum is 30000, too close to a function's default. */
const patience = 29_000;

/** What an integration leads to: a function, or another address. */
type IntegrationTarget = Pick<
  IntegrationArgs,
  "integrationType" | "integrationMethod" | "integrationUri" | "payloadFormatVersion"
>;

/** Leads to a function. */
export function toFunction(fn: Function): IntegrationTarget {
  return {
    integrationType: "AWS_PROXY",
    // AWS's own answer for functions; left out, each later deployment would show it as a change.
    integrationMethod: "POST",
    integrationUri: fn.arn,
    payloadFormatVersion: "2.0",
  };
}

/** Passes requests on to another address. */
export function toAddress(uri: pulumi.Input<string>): IntegrationTarget {
  return {
    integrationType: "HTTP_PROXY",
    integrationMethod: "ANY",
    integrationUri: uri,
    payloadFormatVersion: "1.0",
  };
}

/** The type of what connects an API to a target. */
export const integrationType = "aws:apigatewayv2/integration:Integration";
const permissionType = "aws:lambda/permission:Permission";

/** Makes what connects an API to a target; the routes that lead there share it. */
export function createIntegration(
  name: string,
  args: ApiArgs,
  api: CreatedApi,
  target: IntegrationTarget,
  opts: pulumi.CustomResourceOptions,
): Integration {
  return new aws.apigatewayv2.Integration(
    `${name}-integration`,
    transformed(args.transform, "integration", { apiId: api.id, ...target, timeoutMilliseconds: patience }),
    opts,
  );
}

/** Where a route leads. */
export interface RouteTarget {
  /** The component that the route is one of. */
  readonly parent: pulumi.Resource;
  readonly apiName: string;
  readonly api: CreatedApi;
  readonly apiArgs: ApiArgs;
  readonly routeKey: string;
  readonly integration: Integration;
  readonly auth: RouteAuth;
}

const routeType = "tandem:index:Route";

/**
 * Makes a route of API Gateway. It takes no second route of one key, so that the route stays whatever answers it: it is the API's,
 * and no child of the component of a handler's route, as in earlier versions of this library.
 */
export function createRoute(taken: TakenName, target: RouteTarget): void {
  const { parent, apiName, api, apiArgs, routeKey, integration, auth } = target;
  const before = pulumi.createUrn(taken.name, routeType, parent);
  const earlier = Promise.resolve().then(() => `${taken.earlier ?? taken.name}-route`);
  new aws.apigatewayv2.Route(
    gatewayRouteName(apiName, routeKey),
    transformed(apiArgs.transform, "route", {
      apiId: api.id,
      routeKey,
      target: pulumi.interpolate`integrations/${integration.id}`,
      ...auth,
    }),
    { parent, aliases: [{ name: earlier }, { name: earlier, parent: before }] },
  );
}

/** A route whose requests a handler answers. */
export class Route extends pulumi.ComponentResource implements Subscription {
  /** The function that runs the handler; routes with the same handler share it. */
  public readonly function: Function;

  public constructor(taken: TakenName, connected: Connected, target: RouteTarget) {
    super(routeType, taken.name, {}, { parent: target.parent, aliases: [earlierAlias(taken)] });
    this.function = connected.function;
    createRoute(taken, target);
    if (connected.routeKeys.length === 0) createPermission(taken, connected, target, this);
    connected.routeKeys.push(target.routeKey);
    this.registerOutputs({ routeKey: target.routeKey, functionName: connected.function.name });
  }
}

/**
 * Lets an API call a function: for its one route, or for all routes of the API where several share the function. A function's
 * policy has room for some fifty of them (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
 */
function createPermission(taken: TakenName, connected: Connected, { api }: RouteTarget, parent: pulumi.Resource): void {
  // The program may add routes until it ends.
  const resource = Promise.resolve().then(() => {
    const [only = "", ...others] = connected.routeKeys;
    return others.length === 0 ? resourceOf(only) : "*";
  });
  new aws.lambda.Permission(
    `${taken.name}-permission`,
    {
      function: connected.function.name,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${api.executionArn}/*/${resource}`,
    },
    { parent, aliases: connected.aliasesOf("-permission", permissionType, parent) },
  );
}

/** The end of the ARN by which API Gateway calls for a route: method and path, where a variable stands for anything. */
function resourceOf(routeKey: string): string {
  if (routeKey === defaultPath) return defaultPath;
  const [method = "", path = ""] = routeKey.split(" ");
  return `${method === "ANY" ? "*" : method}${path.replace(/\{\w+\+?\}/g, "*")}`;
}
