/** An HTTP API, as the program declares it. */
export interface ApiDefinition {
  readonly id: string;
  /** Its name in the program; what people are shown. */
  readonly displayName: string;
  readonly cors?: CorsDefinition;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html; no list means that nothing is allowed. */
export interface CorsDefinition {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  readonly allowCredentials: boolean;
}

/** A token bucket's settings: requests a second, and how many may come at once. */
export interface Throttle {
  readonly rate?: number;
  readonly burst?: number;
}

export interface StageDefinition {
  /** `$default`, or what is the first segment of every path. */
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether it has routes to serve: it deploys by itself, or was deployed. */
  readonly isDeployed: boolean;
  readonly throttle: Throttle;
  /** By route key. */
  readonly routeThrottles: ReadonlyMap<string, Throttle>;
  readonly accessLog?: { readonly logGroup: string; readonly format: string };
}

export interface RouteDefinition {
  readonly id: string;
  /** `GET /users/{id}`, `ANY /files/{rest+}` or `$default`. */
  readonly key: string;
  readonly integrationId: string | undefined;
  readonly authorization: "NONE" | "AWS_IAM" | "JWT" | "CUSTOM";
  readonly authorizerId: string | undefined;
  /** A token must have one of these; empty: none is needed. */
  readonly scopes: readonly string[];
}

export interface IntegrationDefinition {
  readonly id: string;
  readonly type: string;
  /** Of another AWS service, e.g. `SQS-SendMessage`: these do not run here. */
  readonly subtype: string | undefined;
  /** A function's ARN or invoke ARN, or the address of another server. */
  readonly uri: string;
  /** The method of a proxied request; `ANY` is the client's own. */
  readonly method: string;
  readonly payloadFormat: "1.0" | "2.0";
  /** Milliseconds. */
  readonly timeout: number;
  /** `overwrite:header.x` and the like, to a value with `$request.…`, `$context.…` and `$stageVariables.…`. */
  readonly requestParameters: Readonly<Record<string, string>>;
  /** The same for answers, by status. */
  readonly responseParameters: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export interface JwtAuthorizerDefinition {
  readonly kind: "jwt";
  readonly id: string;
  readonly name: string;
  readonly identitySources: readonly string[];
  readonly issuer: string;
  readonly audiences: readonly string[];
}

export interface LambdaAuthorizerDefinition {
  readonly kind: "lambda";
  readonly id: string;
  readonly name: string;
  readonly identitySources: readonly string[];
  /** The function's ARN or invoke ARN. */
  readonly uri: string;
  readonly payloadFormat: "1.0" | "2.0";
  readonly hasSimpleResponses: boolean;
  /** Seconds for which an answer is kept; 0 keeps none. */
  readonly cacheSeconds: number;
}

export type AuthorizerDefinition = JwtAuthorizerDefinition | LambdaAuthorizerDefinition;
