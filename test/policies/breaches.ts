import type { Properties } from "../../engine/graph/resource";
import { types } from "./policy";

const settings = (kind: string): string => `aws:s3/bucket${kind}:Bucket${kind}`;
const document = (statement: object): string => JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] });
const roleMay = (statement: object): [string, Properties] => [types.rolePolicy, { policy: document(statement) }];
const containers = (more: object): [string, Properties] => [
  types.taskDefinition,
  { containerDefinitions: JSON.stringify([{ name: "a", image: "alpine:3.22", ...more }]) },
];
const key = "AKIA" + "IOSFODNN7EXAMPLE";

/** For each rule that is kept, what breaks it: other inputs of one resource of a type. By the rule's title. */
export const breaches: Readonly<Record<string, readonly [type: string, inputs: Properties]>> = {
  "roles are granted actions by name, without wildcards": roleMay({
    Action: ["s3:Get*"],
    Resource: ["arn:aws:s3:::a/*"],
  }),
  "roles are granted actions on named resources, where AWS has them": roleMay({
    Action: ["ecr:GetAuthorizationToken", "s3:GetObject"],
    Resource: ["*"],
  }),
  "roles can be taken by one service, and nobody else": [
    types.role,
    { assumeRolePolicy: document({ Principal: { Service: "lambda.amazonaws.com", AWS: "*" } }) },
  ],
  "roles are passed on by name, and to one service": roleMay({
    Action: "iam:PassRole",
    Resource: "arn:aws:iam::1:role/a",
  }),
  "roles have no managed policies": [types.role, { managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }],
  "buckets are encrypted at rest": [settings("ServerSideEncryptionConfiguration"), { rules: [] }],
  "buckets block public access": [settings("PublicAccessBlock"), { blockPublicPolicy: false }],
  "buckets answer over TLS only": [settings("Policy"), { policy: document({}) }],
  "policies of buckets let nobody else in": [settings("Policy"), { policy: document({ Principal: { AWS: "1" } }) }],
  "buckets have no access lists": [types.bucket, { acl: "private" }],
  "buckets have a lifecycle, which ends unfinished uploads": [settings("LifecycleConfiguration"), { rules: [] }],
  "queues are encrypted at rest": [types.queue, { sqsManagedSseEnabled: false }],
  "queues answer over TLS only": ["aws:sqs/queuePolicy:QueuePolicy", { policy: document({}) }],
  "policies of queues let nobody else in": [
    "aws:sqs/queuePolicy:QueuePolicy",
    { policy: document({ Principal: "*" }) },
  ],
  "queues hand what could not be processed to dead letters": [types.queue, { redrivePolicy: "{}" }],
  "dead letters are kept at least as long as messages": [types.queue, { messageRetentionSeconds: 60 }],
  "an alarm watches a queue's dead letters": [types.alarm, { dimensions: { QueueName: "other" } }],
  "alarms act when they ring": [types.alarm, { actionsEnabled: false }],
  "rules keep events that they cannot deliver": [types.target, { deadLetterConfig: {} }],
  "messages stay hidden for six times as long as their handler may take, and fail one by one": [
    types.mapping,
    { maximumBatchingWindowInSeconds: 300 },
  ],
  "functions run on a runtime that AWS supports": [types.function, { runtime: "nodejs18.x" }],
  "functions are called by what they were made for only": [
    "aws:lambda/permission:Permission",
    { sourceArn: "arn:aws:s3:::media" },
  ],
  "functions log to a group of their own, in JSON": [types.function, { loggingConfig: { logFormat: "Text" } }],
  "log groups say how long they are kept": [types.logGroup, { retentionInDays: "" }],
  "functions have a role of their own": [types.function, { role: "arn:aws:iam::1:role/other" }],
  "functions that events start keep what they fail at": [types.invokeConfig, { destinationConfig: {} }],
  "no access keys stand in a function's environment": [types.function, { environment: { variables: { KEY: key } } }],
  "secrets of an environment stay secret in the state": [
    types.function,
    { environment: { variables: { PASSWORD: "open sesame" } } },
  ],
  "tasks share neither network nor processes with their host": [types.taskDefinition, { pidMode: "host" }],
  "containers are not privileged": containers({ privileged: true }),
  "containers log to a group of the stack": containers({ logConfiguration: { options: { "awslogs-group": "other" } } }),
  "no keys stand in a container's environment": containers({
    environment: [{ name: "AWS_ACCESS_KEY_ID", value: key }],
  }),
  "starting a container and being it are different roles": [
    types.taskDefinition,
    { taskRoleArn: "arn:aws:iam::1:role/a", executionRoleArn: "arn:aws:iam::1:role/a" },
  ],
  "images are pinned to their digest": containers({}),
  "images are scanned when they are pushed": [types.repository, { imageScanningConfiguration: { scanOnPush: false } }],
  "repositories drop old images": ["aws:ecr/lifecyclePolicy:LifecyclePolicy", { repository: "other" }],
  "security groups let nothing in": ["aws:ec2/securityGroup:SecurityGroup", { ingress: [{ protocol: "tcp" }] }],
  "security groups and their rules say what they are for": [
    "aws:ec2/securityGroup:SecurityGroup",
    { egress: [{ protocol: "-1" }] },
  ],
  "APIs log each request": ["aws:apigatewayv2/stage:Stage", { accessLogSettings: {} }],
  "APIs pass requests on over TLS only": [
    "aws:apigatewayv2/integration:Integration",
    { integrationType: "HTTP_PROXY", integrationUri: "http://example.com" },
  ],
  "names of one's own take TLS 1.2 and newer only": [
    "aws:apigatewayv2/domainName:DomainName",
    { domainNameConfiguration: { securityPolicy: "TLS_1_0" } },
  ],
  "certificates are validated by the zone, with keys that are long enough": [
    "aws:acm/certificate:Certificate",
    { validationMethod: "EMAIL" },
  ],
  "pages of other sites may not call": ["aws:apigatewayv2/api:Api", { corsConfiguration: { allowOrigins: ["*"] } }],
};
