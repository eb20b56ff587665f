/** What a change of a resource comes to. */
export type Consequence = "update" | "replacement" | "update or replacement";

/**
 * The properties whose change makes AWS's provider replace a resource: those with `ForceNew` in its schema
 * (https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service, on which @pulumi/aws is built).
 * Every property of a type with `*`: it has no update.
 */
const replacing: Readonly<Record<string, readonly string[] | "*">> = {
  "aws:apigatewayv2/api:Api": ["protocolType"],
  "aws:apigatewayv2/authorizer:Authorizer": ["apiId"],
  "aws:apigatewayv2/integration:Integration": ["apiId", "integrationSubtype", "integrationType"],
  "aws:apigatewayv2/route:Route": ["apiId"],
  "aws:apigatewayv2/stage:Stage": ["apiId", "name"],
  "aws:cloudwatch/eventRule:EventRule": ["eventBusName", "name", "namePrefix"],
  "aws:cloudwatch/eventTarget:EventTarget": ["eventBusName", "rule", "targetId"],
  "aws:cloudwatch/logGroup:LogGroup": ["logGroupClass", "name", "namePrefix"],
  "aws:dynamodb/table:Table": ["hashKey", "importTable", "localSecondaryIndexes", "name", "rangeKey"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "namePrefix", "vpcId"],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["policy", "repository"],
  "aws:ecr/repository:Repository": ["encryptionConfigurations", "name"],
  "aws:ecs/cluster:Cluster": ["name"],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ["clusterName"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "*",
  "aws:lambda/eventSourceMapping:EventSourceMapping": [
    "amazonManagedKafkaEventSourceConfig",
    "eventSourceArn",
    "queues",
    "selfManagedEventSource",
    "selfManagedKafkaEventSourceConfig",
    "startingPosition",
    "startingPositionTimestamp",
    "topics",
  ],
  "aws:lambda/function:Function": ["name", "packageType"],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": ["functionName", "qualifier"],
  "aws:lambda/permission:Permission": "*",
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix", "objectLockEnabled"],
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ["bucket", "expectedBucketOwner"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["bucket", "expectedBucketOwner"],
  "aws:s3/bucketNotification:BucketNotification": ["bucket"],
  "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "bucket",
    "expectedBucketOwner",
  ],
  "aws:s3/bucketVersioning:BucketVersioning": ["bucket", "expectedBucketOwner"],
  "aws:sqs/queue:Queue": ["fifoQueue", "name", "namePrefix"],
  "aws:sqs/queuePolicy:QueuePolicy": ["queueUrl"],
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": ["queueUrl"],
  "aws:sqs/redrivePolicy:RedrivePolicy": ["queueUrl"],
};

/** A task definition's revisions are never changed: a new one takes its place, and nothing is lost. */
const revised = new Set(["aws:ecs/taskDefinition:TaskDefinition"]);

/** What a change of these properties of a resource comes to; unknown types are said to be. */
export function consequenceOf(type: string, properties: readonly string[]): Consequence {
  // Options, which are Pulumi's own; another provider replaces what it makes.
  const own = properties.filter((property) => !property.startsWith("("));
  if (properties.includes(providerOption)) return "update or replacement";
  if (own.length === 0 || revised.has(type)) return "update";
  const rules = replacing[type];
  if (rules === undefined) return "update or replacement";
  return rules === "*" || own.some((property) => rules.includes(property)) ? "replacement" : "update";
}

/** How the provider of a resource is named among its properties. */
export const providerOption = "(provider)";

const data: readonly RegExp[] = [
  /^aws:s3\/bucket(V2)?:/,
  /^aws:sqs\/queue:/,
  /^aws:dynamodb\/(table|globalTable):/,
  /^aws:(rds|docdb|neptune)\/(instance|cluster):/,
  /^aws:efs\/fileSystem:/,
  /^aws:kinesis\/stream:/,
];

/** Whether a resource holds data that goes with it. */
export function holdsData(type: string): boolean {
  return data.some((pattern) => pattern.test(type));
}
