/** What the provider does where an input that was given before is left out: `resets` it to AWS's default, or `keeps` its value. */
export type Removal = "resets" | "keeps";

/**
 * The inputs that components give to some resources of a type and leave out for others, and beside them those that the provider
 * keeps, which components therefore always give. Read on 2026-12-01 from the sources of the resources in
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service, at the commits that stand beside each. An
 * attribute that is `Optional` and `Computed`, or whose missing block a `DiffSuppressFunc` suppresses, is kept; one that is
 * `Optional` only, or has a `Default`, is reset where the update function sends its empty value.
 */
export const optionalInputs: Readonly<Record<string, Readonly<Record<string, Removal>>>> = {
  // apigatewayv2/api.go 00a35305
  "aws:apigatewayv2/api:Api": {
    // The update calls DeleteCorsConfiguration where the block is gone, and sends every list of a block that is there.
    corsConfiguration: "resets",
    ipAddressType: "keeps",
    tags: "resets",
  },
  // apigatewayv2/authorizer.go 01f43111: all but the TTL are Optional only, and sent where they changed.
  "aws:apigatewayv2/authorizer:Authorizer": {
    authorizerPayloadFormatVersion: "resets",
    authorizerResultTtlInSeconds: "keeps",
    authorizerUri: "resets",
    enableSimpleResponses: "resets",
    identitySources: "resets",
    jwtConfiguration: "resets",
  },
  // apigatewayv2/integration.go 03412d53
  "aws:apigatewayv2/integration:Integration": { timeoutMilliseconds: "keeps" },
  // apigatewayv2/route.go 00a35305: Optional only, and sent where they changed.
  "aws:apigatewayv2/route:Route": { authorizationScopes: "resets", authorizerId: "resets" },
  // apigatewayv2/stage.go 02f6d2d9: SuppressMissingOptionalConfigurationBlock; a block without limits sends 0 for them.
  "aws:apigatewayv2/stage:Stage": {
    accessLogSettings: "resets",
    defaultRouteSettings: "keeps",
    deploymentId: "keeps",
    tags: "resets",
  },
  // ec2/vpc_security_group.go
  "aws:ec2/securityGroup:SecurityGroup": { egress: "keeps", ingress: "keeps" },
  // ecs/task_definition.go: every change is another revision, made from nothing.
  "aws:ecs/taskDefinition:TaskDefinition": { ephemeralStorage: "resets" },
  // lambda/event_source_mapping.go 0603f3b6: the update sends an empty ScalingConfig, and 0 seconds.
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    maximumBatchingWindowInSeconds: "resets",
    maximumRecordAgeInSeconds: "keeps",
    maximumRetryAttempts: "keeps",
    parallelizationFactor: "keeps",
    scalingConfig: "resets",
  },
  // lambda/function.go 0156d84e
  "aws:lambda/function:Function": {
    architectures: "keeps",
    environment: "resets",
    ephemeralStorage: "keeps",
    layers: "resets",
    loggingConfig: "keeps",
    // Its default is -1, for which the update calls DeleteFunctionConcurrency.
    reservedConcurrentExecutions: "resets",
    sourceCodeHash: "keeps",
    tracingConfig: "keeps",
    // The update sends empty lists.
    vpcConfig: "resets",
  },
  // lambda/function_event_invoke_config.go: the update puts the whole configuration.
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": { destinationConfig: "resets" },
  // route53/record.go: an upsert of the whole record set; the first is read by the provider alone.
  "aws:route53/record:Record": { aliases: "resets", allowOverwrite: "keeps", records: "resets", ttl: "resets" },
  "aws:s3/bucket:Bucket": { tags: "resets" },
  // sqs/queue.go 00a35305
  "aws:sqs/queue:Queue": {
    contentBasedDeduplication: "resets",
    deduplicationScope: "keeps",
    delaySeconds: "resets",
    fifoQueue: "resets",
    fifoThroughputLimit: "keeps",
    kmsDataKeyReusePeriodSeconds: "keeps",
    policy: "keeps",
    redriveAllowPolicy: "keeps",
    redrivePolicy: "keeps",
    sqsManagedSseEnabled: "keeps",
    tags: "resets",
    visibilityTimeoutSeconds: "resets",
  },
};

/** The inputs of a type whose removal the provider ignores. */
export function keptInputs(type: string): readonly string[] {
  return Object.entries(optionalInputs[type] ?? {})
    .filter(([, removal]) => removal === "keeps")
    .map(([input]) => input);
}
