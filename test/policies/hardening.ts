import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Api, Bucket, Function, Queue } from "../../components";
import { startable, type Program } from "./program";
import { folder, handler, image } from "./samples";

const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/0123";

/** A container that runs as somebody, and writes to `/tmp` at most. */
function hardened<Args extends { containerDefinitions: pulumi.Input<string> }>(args: Args): Args {
  const containerDefinitions = pulumi.output(args.containerDefinitions).apply((text) => {
    const containers = JSON.parse(text) as object[];
    return JSON.stringify(containers.map((each) => ({ ...each, user: "1000", readonlyRootFilesystem: true })));
  });
  return { ...args, containerDefinitions };
}

const keys: Program["make"] = (name, opts) => {
  const withKey = <Args>(args: Args): Args & { kmsKeyId: string } => ({ ...args, kmsKeyId: kmsKeyArn });
  const encryption = (args: aws.s3.BucketServerSideEncryptionConfigurationArgs) => ({
    ...args,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true }],
  });
  new Bucket(name, { transform: { encryption } }, opts);
  const fn = (args: aws.lambda.FunctionArgs) => ({ ...args, kmsKeyArn });
  new Function(`${name}-function`, handler, { transform: { function: fn, logGroup: withKey } }, opts);
};

const containers: Program["make"] = (name, opts) => {
  const cluster = (args: aws.ecs.ClusterArgs) => ({
    ...args,
    settings: [{ name: "containerInsights", value: "enabled" }],
  });
  const securityGroup = (args: aws.ec2.SecurityGroupArgs) => ({
    ...args,
    egress: [{ description: "AWS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
  });
  const transform = { taskDefinition: hardened<aws.ecs.TaskDefinitionArgs>, cluster, securityGroup };
  startable(name, { image, network: { private: true }, transform }, opts);
};

const repositories: Program["make"] = (name, opts) => {
  const repository = (args: aws.ecr.RepositoryArgs): aws.ecr.RepositoryArgs => ({
    ...args,
    imageTagMutability: "IMMUTABLE",
    encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: kmsKeyArn }],
  });
  startable(name, { build: folder, transform: { repository } }, opts);
};

const buckets: Program["make"] = (name, opts) => {
  const versioning = (args: aws.s3.BucketVersioningArgs): aws.s3.BucketVersioningArgs => ({
    ...args,
    versioningConfiguration: { status: "Enabled", mfaDelete: "Enabled" },
    mfa: "arn:aws:iam::123456789012:mfa/somebody 123456",
  });
  const bucket = new Bucket(
    name,
    { versioned: true, transform: { versioning, bucket: (args) => ({ ...args, objectLockEnabled: true }) } },
    opts,
  );
  new aws.s3.BucketLogging(`${name}-logging`, { bucket: bucket.id, targetBucket: "logs", targetPrefix: name }, opts);
  const destination = { bucket: "arn:aws:s3:::elsewhere" };
  const rules = [{ status: "Enabled", destination }];
  const role = "arn:aws:iam::123456789012:role/replication";
  new aws.s3.BucketReplicationConfig(`${name}-replication`, { bucket: bucket.id, role, rules }, opts);
};

const functions: Program["make"] = (name, opts) => {
  const failures = new Queue(`${name}-failures`, { retention: 1_209_600 }, opts);
  new Function(
    name,
    handler,
    {
      vpc: { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] },
      tracing: true,
      concurrency: 10,
      logRetention: 365,
      grants: [failures.can("send")],
      transform: {
        function: (args) => ({
          ...args,
          codeSigningConfigArn: "arn:aws:lambda:us-east-1:123456789012:code-signing-config:1",
        }),
        invokeConfig: (args) => ({ ...args, destinationConfig: { onFailure: { destination: failures.arn } } }),
      },
    },
    opts,
  );
};

const alarms: Program["make"] = (name, opts) => {
  const operators = "arn:aws:sns:us-east-1:123456789012:operators";
  new Queue(`${name}-queue`, { deadLetters: { alarm: { actions: [operators] } } }, opts);
  const subscription = new Bucket(name, {}, opts).onPut(`${name}-put`, handler);
  new aws.cloudwatch.MetricAlarm(
    `${name}-alarm`,
    {
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: subscription.deadLetterArn.apply((arn) => arn.split(":").at(-1) ?? "") },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      alarmActions: [operators],
    },
    opts,
  );
};

const apis: Program["make"] = (name, opts) => {
  new Api(name, { throttle: { rate: 100, burst: 200 } }, opts).get("/", handler, { auth: "iam" });
};

const tags: Program["make"] = (name, { parent }) => {
  const tagged: pulumi.ResourceTransform = ({ type, props, opts }) =>
    /^aws:(sqs\/queue|lambda\/function|ecs\/cluster|ecs\/taskDefinition):/.test(type)
      ? { props: { ...props, tags: { team: "media" } }, opts }
      : undefined;
  const group = new pulumi.ComponentResource("test:index:Tagged", name, {}, { parent, transforms: [tagged] });
  new Queue(name, {}, { parent: group }).onMessage(`${name}-each`, handler);
  startable(`${name}-task`, { image }, { parent: group });
};

/** How each rule that is not met by itself can be: what docs/policies.md says. By the rule's title. */
export const hardening: Readonly<Record<string, Program["make"]>> = {
  "buckets keep earlier versions": buckets,
  "deleting a version needs a second factor": buckets,
  "buckets log each request": buckets,
  "buckets have Object Lock": buckets,
  "buckets are replicated to another region": buckets,
  "buckets are encrypted with a key of one's own": keys,
  "alarms tell somebody": alarms,
  "an alarm watches the events that a handler gave up": alarms,
  "functions run in a VPC": functions,
  "functions are traced": functions,
  "functions have a limit of their own": functions,
  "functions have dead letters, also where nothing starts them with events": functions,
  "code of functions is signed": functions,
  "logs are kept for a year": functions,
  "environments of functions are encrypted with a key of one's own": keys,
  "logs are encrypted with a key of one's own": keys,
  "queues, functions, clusters and tasks are tagged": tags,
  "containers cannot write to their own disk": containers,
  "containers do not run as root": containers,
  "clusters have Container Insights": containers,
  "tasks have no public address": containers,
  "security groups let out what is needed only": containers,
  "tags of images cannot be moved": repositories,
  "images are encrypted with a key of one's own": repositories,
  "routes say who may call them": apis,
  "APIs have a limit of their own": apis,
};
