import * as aws from "@pulumi/aws";
import type { RouteArgs } from "@pulumi/aws/apigatewayv2";
import * as pulumi from "@pulumi/pulumi";
import { Function } from "../function/function";
import type { Handler } from "../function/handler";
import { fromArn } from "../shared/arn";
import { transformed } from "../shared/transform";
import type { ApiArgs } from "./api.args";
import type { CreatedApi } from "./api.aws";
import { isCustom, type ApiAuthorizer, type CustomAuthorizer, type JwtAuthorizer } from "./authorizer.args";

/** What a route says of who may call it. */
export type RouteAuth = Pick<RouteArgs, "authorizationType" | "authorizerId" | "authorizationScopes">;

/** Makes an API's authorizers, and says of each what its routes say. */
export function createAuthorizers(
  name: string,
  args: ApiArgs,
  api: CreatedApi,
  parent: pulumi.Resource,
): ReadonlyMap<string, RouteAuth> {
  const made = new Map<string, RouteAuth>([
    ["none", { authorizationType: "NONE" }],
    ["iam", { authorizationType: "AWS_IAM" }],
  ]);
  for (const [key, authorizer] of Object.entries<ApiAuthorizer>(args.authorizers ?? {})) {
    const child = `${name}-${key}`;
    made.set(
      key,
      isCustom(authorizer)
        ? createCustom(child, args, authorizer, api, parent)
        : createJwt(child, args, authorizer, api, parent),
    );
  }
  return made;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
function createJwt(
  name: string,
  args: ApiArgs,
  { issuer, audience, scopes, header = "Authorization" }: JwtAuthorizer,
  api: CreatedApi,
  parent: pulumi.Resource,
): RouteAuth {
  const authorizer = new aws.apigatewayv2.Authorizer(
    `${name}-authorizer`,
    transformed(args.transform, "authorizer", {
      apiId: api.id,
      name,
      authorizerType: "JWT",
      identitySources: [`$request.header.${header}`],
      jwtConfiguration: {
        issuer,
        audiences: pulumi.output(audience).apply((known) => (Array.isArray(known) ? known : [known])),
      },
    }),
    { parent },
  );
  return {
    authorizationType: "JWT",
    authorizerId: authorizer.id,
    ...(scopes === undefined ? {} : { authorizationScopes: scopes }),
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
function createCustom(
  name: string,
  args: ApiArgs,
  { handler, headers = [], ttl = 0, ...functionArgs }: CustomAuthorizer,
  api: CreatedApi,
  parent: pulumi.Resource,
): RouteAuth {
  const fn = new Function(
    name,
    handler as Handler<unknown>,
    functionArgs,
    { parent },
    { called: true, wrapper: "api/authorizer-event#handleAuthorization" },
  );
  // An answer that is kept for one route must not open another.
  const sources = [...headers.map((header) => `$request.header.${header}`), ...(ttl > 0 ? ["$context.routeKey"] : [])];
  const authorizer = new aws.apigatewayv2.Authorizer(
    `${name}-authorizer`,
    transformed(args.transform, "authorizer", {
      apiId: api.id,
      name,
      authorizerType: "REQUEST",
      authorizerUri: invocationUri(fn.arn),
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: true,
      authorizerResultTtlInSeconds: ttl,
      ...(sources.length === 0 ? {} : { identitySources: sources }),
    }),
    { parent },
  );
  new aws.lambda.Permission(
    `${name}-permission`,
    {
      function: fn.name,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${api.executionArn}/authorizers/${authorizer.id}`,
    },
    { parent },
  );
  return { authorizationType: "CUSTOM", authorizerId: authorizer.id };
}

/** How API Gateway writes that a function is to be called. */
function invocationUri(functionArn: pulumi.Output<string>): pulumi.Output<string> {
  return fromArn(functionArn, (arn) => {
    const [, partition = "aws", , region = ""] = arn.split(":");
    return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
  });
}
