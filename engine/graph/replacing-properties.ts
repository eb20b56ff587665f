/** What of a resource cannot be changed in place. */
export interface ReplacementRules {
  /**
   * Properties, or paths into them (`importTable.s3BucketSource`), whose change makes the provider replace the resource.
   * With `"*"` every change does: the provider has no update for it.
   */
  readonly replacing: readonly string[] | "*";
  /** Those whose change makes it so only for some values; the reason is beside each. */
  readonly perhaps?: readonly string[];
}

const inPlace: ReplacementRules = { replacing: [] };
const whole: ReplacementRules = { replacing: "*" };

function replacedBy(...replacing: readonly string[]): ReplacementRules {
  return { replacing };
}

/** Both names of one and the same resource. */
const bucket: ReplacementRules = {
  replacing: ["bucket", "bucketPrefix", "objectLockConfiguration.objectLockEnabled", "objectLockEnabled"],
  // Newer than what was read.
  perhaps: ["bucketNamespace"],
};

/**
 * The rules of every type that components make, that has a twin, or that holds data. They are read from the sources of the
 * providers, on 2026-11-22: `ForceNew` and `CustomizeDiff` of SDK resources and `RequiresReplace` of framework ones in
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service (the commits stand beside each service: the
 * newest are of version 6, the oldest of version 4), with the names that
 * https://github.com/pulumi/pulumi-aws/blob/master/provider/resource_overrides.go (commit 015d3438) gives, as they are in
 * version 7.48 of the SDK. `region` is not listed: it is the same for all.
 */
export const replacementRules: Readonly<Record<string, ReplacementRules>> = {
  // acm: 01661ea3, 004eea7f
  "aws:acm/certificate:Certificate": replacedBy(
    "certificateAuthorityArn",
    "domainName",
    "keyAlgorithm",
    "subjectAlternativeNames",
    "validationMethod",
    "validationOptions",
  ),
  "aws:acm/certificateValidation:CertificateValidation": whole,

  // apigatewayv2: 00a35305; authorizer 01f43111, stage 02f6d2d9, integration 03412d53, mapping and deployment 0576a142
  "aws:apigatewayv2/api:Api": replacedBy("credentialsArn", "protocolType", "routeKey", "target"),
  "aws:apigatewayv2/apiMapping:ApiMapping": replacedBy("apiId", "domainName"),
  "aws:apigatewayv2/authorizer:Authorizer": replacedBy("apiId"),
  "aws:apigatewayv2/deployment:Deployment": replacedBy("apiId", "triggers"),
  "aws:apigatewayv2/domainName:DomainName": replacedBy("domainName"),
  "aws:apigatewayv2/integration:Integration": replacedBy("apiId", "integrationSubtype", "integrationType"),
  "aws:apigatewayv2/route:Route": replacedBy("apiId"),
  "aws:apigatewayv2/stage:Stage": replacedBy("apiId", "name"),

  // cloudwatch 055611a6; events 0cdab4ae, 0762c41e; logs 0073593e
  "aws:cloudwatch/eventBus:EventBus": replacedBy("eventSourceName", "name"),
  "aws:cloudwatch/eventRule:EventRule": replacedBy("eventBusName", "name", "namePrefix"),
  "aws:cloudwatch/eventTarget:EventTarget": replacedBy("eventBusName", "rule", "targetId"),
  "aws:cloudwatch/logGroup:LogGroup": replacedBy("logGroupClass", "name", "namePrefix"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": replacedBy("name"),

  // docdb: 010e0435
  "aws:docdb/cluster:Cluster": {
    replacing: [
      "availabilityZones",
      "clusterIdentifier",
      "clusterIdentifierPrefix",
      "dbSubnetGroupName",
      "engine",
      "kmsKeyId",
      "masterUsername",
      "port",
      "restoreToPointInTime",
      "storageEncrypted",
    ],
    // When it is taken away; when it is given.
    perhaps: ["serverlessV2ScalingConfiguration", "snapshotIdentifier"],
  },

  // dynamodb: of 2026, and 09034480
  "aws:dynamodb/globalTable:GlobalTable": replacedBy("name"),
  "aws:dynamodb/table:Table": {
    replacing: [
      "hashKey",
      "importTable.s3BucketSource",
      "localSecondaryIndexes",
      "name",
      "rangeKey",
      "restoreDateTime",
      "restoreToLatestTime",
    ],
    // The source when it is another, not when it is taken away; throughput when it gets less.
    perhaps: ["restoreBackupArn", "restoreSourceName", "restoreSourceTableArn", "warmThroughput"],
  },

  // ec2 01606926; ecr 0072eea2, 00a35305
  "aws:ec2/securityGroup:SecurityGroup": replacedBy("description", "name", "namePrefix", "vpcId"),
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": whole,
  "aws:ecr/repository:Repository": replacedBy("encryptionConfigurations", "name"),

  // ecs: 00a35305, 0619e62a; task definitions 04fc21d5 and what came to them later
  "aws:ecs/cluster:Cluster": replacedBy("name"),
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": replacedBy("clusterName"),
  "aws:ecs/taskDefinition:TaskDefinition": replacedBy(
    "containerDefinitions",
    "cpu",
    "enableFaultInjection",
    "ephemeralStorage",
    "executionRoleArn",
    "family",
    "ipcMode",
    "memory",
    "networkMode",
    "pidMode",
    "placementConstraints",
    "proxyConfiguration",
    "requiresCompatibilities",
    "runtimePlatform",
    "taskRoleArn",
    "volumes",
  ),

  // efs: 0389f467
  "aws:efs/fileSystem:FileSystem": replacedBy(
    "availabilityZoneName",
    "creationToken",
    "encrypted",
    "kmsKeyId",
    "performanceMode",
  ),

  // iam: 01ccd9a2, 0040ea69, 02f97af8, 04c79849
  "aws:iam/policy:Policy": replacedBy("description", "name", "namePrefix", "path"),
  "aws:iam/role:Role": replacedBy("name", "namePrefix", "path"),
  "aws:iam/rolePolicy:RolePolicy": replacedBy("name", "namePrefix", "role"),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": whole,

  // kinesis: 03aadd43
  "aws:kinesis/stream:Stream": replacedBy("name"),

  // lambda: 0156d84e, 0603f3b6, 01606926, 04592f03
  "aws:lambda/alias:Alias": replacedBy("functionName", "name"),
  "aws:lambda/eventSourceMapping:EventSourceMapping": replacedBy(
    "amazonManagedKafkaEventSourceConfig",
    "eventSourceArn",
    "queues",
    "selfManagedEventSource",
    "selfManagedKafkaEventSourceConfig",
    "startingPosition",
    "startingPositionTimestamp",
    "topics",
  ),
  "aws:lambda/function:Function": {
    replacing: ["name", "packageType", "tenancyConfig"],
    // No such rule was read, but Lambda's own pages tell of it for new functions only.
    perhaps: ["durableConfig"],
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": replacedBy("functionName", "qualifier"),
  "aws:lambda/permission:Permission": whole,

  // neptune: of 2025
  "aws:neptune/cluster:Cluster": {
    replacing: [
      "availabilityZones",
      "clusterIdentifier",
      "clusterIdentifierPrefix",
      "engine",
      "kmsKeyArn",
      "neptuneSubnetGroupName",
      "port",
      "storageEncrypted",
    ],
    // When it is given, not when it is taken away.
    perhaps: ["snapshotIdentifier"],
  },

  // rds: clusters 0168cf68, instances of 2023
  "aws:rds/cluster:Cluster": {
    replacing: [
      "availabilityZones",
      "clusterIdentifier",
      "clusterIdentifierPrefix",
      "clusterScalabilityType",
      "databaseName",
      "dbSubnetGroupName",
      "dbSystemId",
      "engine",
      "engineMode",
      "kmsKeyId",
      "masterUsername",
      "restoreToPointInTime",
      "s3Import",
      "sourceRegion",
      "storageEncrypted",
    ],
    // When it is given, not when it is taken away; unless it is Aurora.
    perhaps: ["snapshotIdentifier", "storageType"],
  },
  "aws:rds/instance:Instance": replacedBy(
    "availabilityZone",
    "backupTarget",
    "characterSetName",
    "customIamInstanceProfile",
    "dbName",
    "engine",
    "kmsKeyId",
    "ncharCharacterSetName",
    "restoreToPointInTime",
    "s3Import",
    "snapshotIdentifier",
    "storageEncrypted",
    "timezone",
    "username",
  ),

  // route53: 00655c16. What a record is of its kind is changed in place.
  "aws:route53/record:Record": replacedBy("name", "zoneId"),

  // s3: buckets 0070bcd1 and what came to them later, settings 01606926, 01c08000, 033c721b, 0073593e
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": replacedBy("bucket", "expectedBucketOwner"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": replacedBy("bucket", "expectedBucketOwner"),
  "aws:s3/bucketNotification:BucketNotification": replacedBy("bucket"),
  "aws:s3/bucketObject:BucketObject": replacedBy("bucket", "key"),
  "aws:s3/bucketObjectv2:BucketObjectv2": replacedBy("bucket", "key"),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": replacedBy("bucket"),
  "aws:s3/bucketPolicy:BucketPolicy": replacedBy("bucket"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": replacedBy("bucket"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": replacedBy(
    "bucket",
    "expectedBucketOwner",
  ),
  "aws:s3/bucketV2:BucketV2": bucket,
  "aws:s3/bucketVersioning:BucketVersioning": replacedBy("bucket", "expectedBucketOwner"),

  // sqs: 00a35305, 013f1736, 0148137d
  "aws:sqs/queue:Queue": replacedBy("fifoQueue", "name", "namePrefix"),
  "aws:sqs/queuePolicy:QueuePolicy": replacedBy("queueUrl"),
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": replacedBy("queueUrl"),
  "aws:sqs/redrivePolicy:RedrivePolicy": replacedBy("queueUrl"),

  // https://github.com/pulumi/pulumi-docker-build/blob/main/provider/internal/image.go (commit 0b3ab4fe): built again.
  "docker-build:index:Image": inPlace,
};
