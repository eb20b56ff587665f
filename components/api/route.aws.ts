import * as aws from "@pulumi/aws";
import type { Integration, IntegrationArgs } from "@pulumi/aws/apigatewayv2";
import * as pulumi from "@pulumi/pulumi";
import type { Function } from "../function/function";
import type { Subscription } from "../function/subscription";
import { transformed } from "../shared/transform";
import type { ApiArgs } from "./api.args";
import type { CreatedApi } from "./api.aws";
import type { RouteAuth } from "./authorizer.aws";
import { defaultPath } from "./route-path";

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

/** Makes what connects an API to a target; the routes that lead there share it. */
export function createIntegration(
  name: string,
  args: ApiArgs,
  api: CreatedApi,
  target: IntegrationTarget,
  parent: pulumi.Resource,
): Integration {
  return new aws.apigatewayv2.Integration(
    `${name}-integration`,
    transformed(args.transform, "integration", { apiId: api.id, ...target, timeoutMilliseconds: patience }),
    { parent },
  );
}

/** Where a route leads. */
export interface RouteTarget {
  readonly api: CreatedApi;
  readonly apiArgs: ApiArgs;
  readonly routeKey: string;
  readonly integration: Integration;
  readonly auth: RouteAuth;
}

/** Makes a route. */
export function createRoute(name: string, target: RouteTarget, parent: pulumi.Resource): void {
  const { api, apiArgs, routeKey, integration, auth } = target;
  new aws.apigatewayv2.Route(
    `${name}-route`,
    transformed(apiArgs.transform, "route", {
      apiId: api.id,
      routeKey,
      target: pulumi.interpolate`integrations/${integration.id}`,
      ...auth,
    }),
    { parent },
  );
}

/** A route whose requests a handler answers. */
export class Route extends pulumi.ComponentResource implements Subscription {
  /** The function that runs the handler; routes with the same handler share it. */
  public readonly function: Function;

  public constructor(name: string, fn: Function, target: RouteTarget, opts: pulumi.ComponentResourceOptions) {
    super("tandem:index:Route", name, {}, opts);
    this.function = fn;
    createRoute(name, target, this);
    new aws.lambda.Permission(
      `${name}-permission`,
      {
        function: fn.name,
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        sourceArn: pulumi.interpolate`${target.api.executionArn}/*/${resourceOf(target.routeKey)}`,
      },
      { parent: this },
    );
    this.registerOutputs({ routeKey: target.routeKey, functionName: fn.name });
  }
}

/** The end of the ARN by which API Gateway calls for a route: method and path, where a variable stands for anything. */
function resourceOf(routeKey: string): string {
  if (routeKey === defaultPath) return defaultPath;
  const [method = "", path = ""] = routeKey.split(" ");
  return `${method === "ANY" ? "*" : method}${path.replace(/\{\w+\+?\}/g, "*")}`;
}
