import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { settings } from "../shared/settings";
import { transformed } from "../shared/transform";
import { corsOf, type ApiArgs } from "./api.args";
import { createDomain } from "./domain.aws";

/** An API as the cloud has it. */
export interface CreatedApi {
  readonly id: pulumi.Output<string>;
  /** The start of the ARNs of its routes. */
  readonly executionArn: pulumi.Output<string>;
  /** Without a slash at the end. */
  readonly url: pulumi.Output<string>;
}

/** What is logged of each request (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html). */
const logged = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  path: "$context.path",
  route: "$context.routeKey",
  status: "$context.status",
  bytes: "$context.responseLength",
  milliseconds: "$context.responseLatency",
  error: "$context.integrationErrorMessage",
};

/**
 * The limits of an account in one region, which hold for a stage that has none of its own
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
 */
const accountLimits = { rate: 10_000, burst: 5000 };

/** Makes an HTTP API with its one stage. */
export function createApi(name: string, args: ApiArgs, parent: pulumi.Resource): CreatedApi {
  const { transform, throttle = accountLimits, tags } = args;
  const cors = corsOf(args);
  const api = new aws.apigatewayv2.Api(
    name,
    transformed(transform, "api", {
      protocolType: "HTTP",
      ...(cors === undefined
        ? {}
        : {
            corsConfiguration: {
              allowOrigins: cors.origins,
              allowMethods: cors.methods ?? ["*"],
              allowHeaders: cors.headers ?? ["*"],
              ...(cors.exposeHeaders === undefined ? {} : { exposeHeaders: cors.exposeHeaders }),
              ...(cors.credentials === undefined || cors.credentials === false
                ? {}
                : { allowCredentials: cors.credentials }),
              maxAge: cors.maxAge ?? 3600,
            },
          }),
      ...(tags === undefined ? {} : { tags }),
    }),
    { parent },
  );
  const accessLog = createAccessLog(name, args, api, parent);
  const stage = new aws.apigatewayv2.Stage(
    `${name}-stage`,
    transformed(transform, "stage", {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      ...(accessLog === undefined
        ? {}
        : { accessLogSettings: { destinationArn: accessLog.arn, format: JSON.stringify(logged) } }),
      // Always sent: the provider ignores that the block is gone, and sends 0 for a limit that is missing in it.
      defaultRouteSettings: {
        throttlingRateLimit: throttle.rate,
        throttlingBurstLimit: throttle.burst,
      },
      ...(tags === undefined ? {} : { tags }),
    }),
    { parent },
  );
  const { domain } = args;
  if (domain !== undefined) createDomain(name, args, domain, { apiId: api.id, stage: stage.name }, parent);
  return {
    id: api.id,
    executionArn: api.executionArn,
    url: domain === undefined ? api.apiEndpoint : pulumi.interpolate`https://${domain.name}`,
  };
}

/**
 * The log of requests. Its name begins as AWS asks for logs that its services deliver: each delivery to a group of another name
 * takes room in a resource policy of the account, which is full after some twenty
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
 */
function createAccessLog(
  name: string,
  args: ApiArgs,
  api: aws.apigatewayv2.Api,
  parent: pulumi.Resource,
): aws.cloudwatch.LogGroup | undefined {
  const { accessLog = true } = args;
  if (accessLog === false) return undefined;
  const retention = accessLog === true ? undefined : accessLog.retention;
  return new aws.cloudwatch.LogGroup(
    `${name}-access-log`,
    transformed(args.transform, "accessLog", {
      // The API's own name stays where the program calls it something else; mocks in a user's test may not know it.
      name: pulumi
        .all([api.name as pulumi.Output<string | undefined>, api.id])
        .apply(([known = name, id]) => `/aws/vendedlogs/${known}-access-log-${id}`),
      retentionInDays: retention ?? settings().logRetention,
    }),
    { parent },
  );
}
