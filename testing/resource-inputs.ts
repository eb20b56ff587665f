import type * as aws from "@pulumi/aws";
import type * as dockerBuild from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";

/** The arguments of the resources that this library's components make, by their type tokens. */
interface ResourceArgs {
  readonly "aws:acm/certificate:Certificate": aws.acm.CertificateArgs;
  readonly "aws:acm/certificateValidation:CertificateValidation": aws.acm.CertificateValidationArgs;
  readonly "aws:apigatewayv2/api:Api": aws.apigatewayv2.ApiArgs;
  readonly "aws:apigatewayv2/apiMapping:ApiMapping": aws.apigatewayv2.ApiMappingArgs;
  readonly "aws:apigatewayv2/authorizer:Authorizer": aws.apigatewayv2.AuthorizerArgs;
  readonly "aws:apigatewayv2/domainName:DomainName": aws.apigatewayv2.DomainNameArgs;
  readonly "aws:apigatewayv2/integration:Integration": aws.apigatewayv2.IntegrationArgs;
  readonly "aws:apigatewayv2/route:Route": aws.apigatewayv2.RouteArgs;
  readonly "aws:apigatewayv2/stage:Stage": aws.apigatewayv2.StageArgs;
  readonly "aws:cloudwatch/eventRule:EventRule": aws.cloudwatch.EventRuleArgs;
  readonly "aws:cloudwatch/eventTarget:EventTarget": aws.cloudwatch.EventTargetArgs;
  readonly "aws:cloudwatch/logGroup:LogGroup": aws.cloudwatch.LogGroupArgs;
  readonly "aws:cloudwatch/metricAlarm:MetricAlarm": aws.cloudwatch.MetricAlarmArgs;
  readonly "aws:ec2/securityGroup:SecurityGroup": aws.ec2.SecurityGroupArgs;
  readonly "aws:ecr/lifecyclePolicy:LifecyclePolicy": aws.ecr.LifecyclePolicyArgs;
  readonly "aws:ecr/repository:Repository": aws.ecr.RepositoryArgs;
  readonly "aws:ecs/cluster:Cluster": aws.ecs.ClusterArgs;
  readonly "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": aws.ecs.ClusterCapacityProvidersArgs;
  readonly "aws:ecs/taskDefinition:TaskDefinition": aws.ecs.TaskDefinitionArgs;
  readonly "aws:iam/role:Role": aws.iam.RoleArgs;
  readonly "aws:iam/rolePolicy:RolePolicy": aws.iam.RolePolicyArgs;
  readonly "aws:lambda/eventSourceMapping:EventSourceMapping": aws.lambda.EventSourceMappingArgs;
  readonly "aws:lambda/function:Function": aws.lambda.FunctionArgs;
  readonly "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": aws.lambda.FunctionEventInvokeConfigArgs;
  readonly "aws:lambda/permission:Permission": aws.lambda.PermissionArgs;
  readonly "aws:route53/record:Record": aws.route53.RecordArgs;
  readonly "aws:s3/bucket:Bucket": aws.s3.BucketArgs;
  readonly "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": aws.s3.BucketCorsConfigurationArgs;
  readonly "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": aws.s3.BucketLifecycleConfigurationArgs;
  readonly "aws:s3/bucketNotification:BucketNotification": aws.s3.BucketNotificationArgs;
  readonly "aws:s3/bucketObject:BucketObject": aws.s3.BucketObjectArgs;
  readonly "aws:s3/bucketPolicy:BucketPolicy": aws.s3.BucketPolicyArgs;
  readonly "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": aws.s3.BucketPublicAccessBlockArgs;
  readonly "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": aws.s3.BucketServerSideEncryptionConfigurationArgs;
  readonly "aws:s3/bucketVersioning:BucketVersioning": aws.s3.BucketVersioningArgs;
  readonly "aws:sqs/queue:Queue": aws.sqs.QueueArgs;
  readonly "aws:sqs/queuePolicy:QueuePolicy": aws.sqs.QueuePolicyArgs;
  readonly "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": aws.sqs.RedriveAllowPolicyArgs;
  readonly "docker-build:index:Image": dockerBuild.ImageArgs;
}

/** The inputs of a resource as they were recorded: plain values, of which any may be missing. */
export type InputsOf<Type extends string> = Type extends keyof ResourceArgs
  ? Readonly<Partial<pulumi.Unwrap<ResourceArgs[Type]>>>
  : Readonly<Record<string, unknown>>;

/** Type tokens whose inputs are known; any other may be written as well. */
export type ResourceType = keyof ResourceArgs;
