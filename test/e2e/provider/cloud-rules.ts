import type { Properties, Value } from "../../../engine/graph/resource";
import { comparable } from "../../../components/api/route-path";
import type { Cloud, CloudResource } from "./cloud";

/** What AWS says of a resource; undefined where it takes it. */
type Rule = (resource: CloudResource, cloud: Cloud) => string | undefined;

/** A rule that something else is there: one of a type whose id, name or ARN an input names. */
function needs(input: string, type: string, what: string): Rule {
  return ({ inputs }, cloud) => {
    const reference = inputs[input];
    if (reference === undefined || cloud.all(type).some((each) => namesOf(each).includes(String(reference)))) return;
    return `${what} ${JSON.stringify(reference)} does not exist`;
  };
}

const role = (input: string): Rule => needs(input, "aws:iam/role:Role", "NoSuchEntity: the role");
const bucket = needs("bucket", "aws:s3/bucket:Bucket", "NoSuchBucket:");
const api = needs("apiId", "aws:apigatewayv2/api:Api", "NotFoundException: API");
const lambda = (input: string): Rule =>
  needs(input, "aws:lambda/function:Function", "ResourceNotFoundException: function");

/** What must be there before, and what a role must be allowed before AWS takes a resource. */
const creation: Readonly<Record<string, readonly Rule[]>> = {
  "aws:apigatewayv2/authorizer:Authorizer": [api],
  "aws:apigatewayv2/integration:Integration": [api, fewEnough],
  "aws:apigatewayv2/route:Route": [api, routeTarget, onlyRoute],
  "aws:apigatewayv2/stage:Stage": [api],
  "aws:cloudwatch/eventTarget:EventTarget": [
    needs("rule", "aws:cloudwatch/eventRule:EventRule", "ResourceNotFoundException: rule"),
    mayBeSentTo,
  ],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": [
    needs("repository", "aws:ecr/repository:Repository", "RepositoryNotFoundException:"),
  ],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": [
    needs("clusterName", "aws:ecs/cluster:Cluster", "ClusterNotFoundException:"),
  ],
  "aws:ecs/taskDefinition:TaskDefinition": [role("taskRoleArn"), role("executionRoleArn")],
  "aws:iam/rolePolicy:RolePolicy": [role("role"), smallPolicies],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [role("role")],
  "aws:lambda/eventSourceMapping:EventSourceMapping": [
    lambda("functionName"),
    mayDo("functionName", "eventSourceArn", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
    visibleLongEnough,
  ],
  "aws:lambda/function:Function": [role("role"), smallEnvironment],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": [
    lambda("functionName"),
    mayDo("functionName", "destinationConfig", ["sqs:SendMessage"]),
  ],
  "aws:lambda/permission:Permission": [lambda("function"), smallFunctionPolicy],
  "aws:route53/record:Record": [onlyRecord],
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": [bucket],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [bucket],
  "aws:s3/bucketNotification:BucketNotification": [bucket, notifiesWhereItMay],
  "aws:s3/bucketObject:BucketObject": [bucket],
  "aws:s3/bucketPolicy:BucketPolicy": [bucket],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [bucket],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [bucket],
  "aws:s3/bucketVersioning:BucketVersioning": [bucket],
  "aws:sqs/queuePolicy:QueuePolicy": [needs("queueUrl", "aws:sqs/queue:Queue", "NonExistentQueue:")],
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": [needs("queueUrl", "aws:sqs/queue:Queue", "NonExistentQueue:")],
};

/** What must be gone before: a resource of a type that names this one with an input. */
const uses: Readonly<Record<string, readonly (readonly [type: string, input: string, error: string])[]>> = {
  "aws:apigatewayv2/authorizer:Authorizer": [
    ["aws:apigatewayv2/route:Route", "authorizerId", "ConflictException: it is referenced by a route"],
  ],
  "aws:apigatewayv2/integration:Integration": [
    ["aws:apigatewayv2/route:Route", "target", "ConflictException: it is referenced by a route"],
  ],
  "aws:cloudwatch/eventRule:EventRule": [
    [
      "aws:cloudwatch/eventTarget:EventTarget",
      "rule",
      "ValidationException: rule can't be deleted since it has targets",
    ],
  ],
  "aws:iam/role:Role": [
    ["aws:iam/rolePolicy:RolePolicy", "role", "DeleteConflict: must delete policies first"],
    ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "DeleteConflict: must detach all policies first"],
  ],
};

/** @throws what AWS says where it does not take a resource yet */
export function checkCreation(resource: CloudResource, cloud: Cloud): void {
  for (const rule of creation[resource.type] ?? []) {
    const refusal = rule(resource, cloud);
    if (refusal !== undefined) throw new Error(`${resource.type} ${resource.name}: ${refusal}`);
  }
}

/** @throws what AWS says where it keeps a resource, because something is in it or needs it */
export function checkDeletion(resource: CloudResource, cloud: Cloud): void {
  const refuse = (message: string): never => {
    throw new Error(`${resource.type} ${resource.id}: ${message}`);
  };
  for (const [type, input, message] of uses[resource.type] ?? []) {
    const isUsed = ({ inputs }: CloudResource): boolean =>
      [...namesOf(resource), `integrations/${resource.id}`].includes(String(inputs[input]));
    if (cloud.all(type).some(isUsed)) refuse(message);
  }
  const { objects, tasks } = cloud.services;
  if (resource.type === "aws:s3/bucket:Bucket" && resource.inputs["forceDestroy"] !== true) {
    if (objects.list(resource.id, { limit: 1 }).objects.length > 0)
      refuse("BucketNotEmpty: the bucket you tried to delete is not empty");
  }
  if (
    resource.type === "aws:ecs/cluster:Cluster" &&
    tasks.list().some(({ request, lastStatus }) => request.clusterArn === resource.id && lastStatus !== "STOPPED")
  )
    refuse("ClusterContainsTasksException");
  if (resource.type === "aws:ecr/repository:Repository" && resource.inputs["forceDelete"] !== true) {
    const url = String(resource.outputs["repositoryUrl"]);
    if (cloud.all("docker-build:index:Image").some(({ outputs }) => String(outputs["ref"]).startsWith(url)))
      refuse("RepositoryNotEmptyException");
  }
}

function namesOf({ id, outputs }: CloudResource): readonly unknown[] {
  return [id, outputs["name"], outputs["arn"], outputs["bucket"], outputs["url"]];
}

function routeTarget({ inputs }: CloudResource, cloud: Cloud): string | undefined {
  const [, id] = /^integrations\/(.+)$/.exec(String(inputs["target"])) ?? [];
  if (id !== undefined && cloud.find("aws:apigatewayv2/integration:Integration", id, inputs) === undefined)
    return `BadRequestException: invalid integration identifier ${id}`;
  const authorizer = inputs["authorizerId"];
  return authorizer === undefined ||
    cloud.find("aws:apigatewayv2/authorizer:Authorizer", String(authorizer), inputs) !== undefined
    ? undefined
    : `BadRequestException: authorizer ${String(authorizer)} does not exist`;
}

/** All others of a resource's type. By its id: the URN is another one where it has been renamed with an alias. */
function others({ type, id, inputs }: CloudResource, cloud: Cloud): CloudResource[] {
  return cloud.all(type).filter((each) => each.id !== id || each.inputs["apiId"] !== inputs["apiId"]);
}

/** An API has one route of a key, whatever its variables are called. */
function onlyRoute(resource: CloudResource, cloud: Cloud): string | undefined {
  const keyOf = ({ inputs }: CloudResource): string =>
    `${String(inputs["apiId"])} ${comparable(String(inputs["routeKey"]))}`;
  return others(resource, cloud).some((each) => keyOf(each) === keyOf(resource))
    ? `ConflictException: route with key ${String(resource.inputs["routeKey"])} already exists for this API`
    : undefined;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
function fewEnough(resource: CloudResource, cloud: Cloud): string | undefined {
  const ofApi = others(resource, cloud).filter(({ inputs }) => inputs["apiId"] === resource.inputs["apiId"]);
  return ofApi.length < 300 ? undefined : "LimitExceededException: maximum number of integrations for this API";
}

/** EventBridge hands over an event only where it may; before that, events are lost. */
function mayBeSentTo({ inputs }: CloudResource, cloud: Cloud): string | undefined {
  const arn = String(inputs["arn"]);
  const rules = cloud
    .all("aws:cloudwatch/eventRule:EventRule")
    .filter((each) => namesOf(each).includes(inputs["rule"]));
  const ruleArns = rules.map(({ outputs }) => outputs["arn"]);
  const mayCall = cloud
    .all("aws:lambda/permission:Permission")
    .some(
      (each) =>
        each.inputs["principal"] === "events.amazonaws.com" &&
        ruleArns.includes(each.inputs["sourceArn"]) &&
        arn.endsWith(`:${String(each.inputs["function"]).split(":").at(-1)}`),
    );
  if (arn.includes(":lambda:") && !mayCall) return `an event would be lost: the rule may not call ${arn}`;
  const queue = (inputs["deadLetterConfig"] as Properties | undefined)?.["arn"];
  const mayKeep = cloud.all("aws:sqs/queuePolicy:QueuePolicy").some((each) => {
    const { Statement } = JSON.parse(String(each.inputs["policy"])) as {
      Statement: { Resource: string; Sid: string }[];
    };
    return Statement.some(({ Resource, Sid }) => Resource === queue && Sid === "Undelivered");
  });
  return queue === undefined || mayKeep
    ? undefined
    : `an event would be lost: the rule may not send to ${String(queue)}`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: all policies within a role, without spaces. */
function smallPolicies(resource: CloudResource, cloud: Cloud): string | undefined {
  const all = [...others(resource, cloud), resource].filter(({ inputs }) => inputs["role"] === resource.inputs["role"]);
  const size = all.map(({ inputs }) => String(inputs["policy"]).replace(/\s/g, "").length).reduce((a, b) => a + b, 0);
  return size <= 10_240 ? undefined : "LimitExceeded: maximum policy size of 10240 bytes exceeded for the role";
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
function smallEnvironment({ inputs }: CloudResource): string | undefined {
  const variables = (inputs["environment"] as Properties | undefined)?.["variables"] ?? {};
  return Buffer.byteLength(JSON.stringify(variables)) <= 4096
    ? undefined
    : "InvalidParameterValueException: the environment variables exceeded the 4KB limit";
}

/** A function's policy has a statement for each permission, as GetPolicy shows them. */
function smallFunctionPolicy(resource: CloudResource, cloud: Cloud): string | undefined {
  const statements = [...others(resource, cloud), resource]
    .filter(({ inputs }) => inputs["function"] === resource.inputs["function"])
    .map(({ inputs }) => ({
      Sid: "terraform-20261130000000000000000001",
      Effect: "Allow",
      Principal: { Service: inputs["principal"] },
      Action: inputs["action"],
      Resource: `arn:aws:lambda:us-east-1:000000000000:function:${String(inputs["function"])}`,
      Condition: { ArnLike: { "AWS:SourceArn": inputs["sourceArn"] } },
    }));
  const policy = JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
  return policy.length <= 20_480
    ? undefined
    : `PolicyLengthExceededException: the final policy size (${policy.length}) is bigger than the limit (20480)`;
}

/** A record set is made once, unless its maker may overwrite it. */
function onlyRecord(resource: CloudResource, cloud: Cloud): string | undefined {
  if (resource.inputs["allowOverwrite"] === true) return undefined;
  const keyOf = ({ inputs }: CloudResource): string =>
    ["zoneId", "name", "type"].map((key) => String(inputs[key])).join(" ");
  return others(resource, cloud).some((each) => keyOf(each) === keyOf(resource))
    ? `InvalidChangeBatch: tried to create resource record set ${keyOf(resource)} but it already exists`
    : undefined;
}

/** Lambda asks whether the function's role may use a queue when it is told of it, so its policy comes first. */
function mayDo(functionInput: string, queueInput: string, actions: readonly string[]): Rule {
  return ({ inputs }, cloud) => {
    const queue = /arn:aws:sqs:[^"]+/.exec(JSON.stringify(inputs[queueInput] ?? ""))?.[0];
    const [fn] = cloud
      .all("aws:lambda/function:Function")
      .filter((each) => namesOf(each).includes(String(inputs[functionInput])));
    if (queue === undefined || fn === undefined) return undefined;
    const roleName = String(fn.inputs["role"]).split("/").at(-1);
    const statements = cloud
      .all("aws:iam/rolePolicy:RolePolicy")
      .filter((policy) => policy.inputs["role"] === roleName)
      .flatMap((policy) => (JSON.parse(String(policy.inputs["policy"])) as { Statement: Statement[] }).Statement);
    const allows = (action: string): boolean =>
      statements.some(({ Action, Resource }) => [Action].flat().includes(action) && [Resource].flat().includes(queue));
    const missing = actions.filter((action) => !allows(action));
    return missing.length === 0
      ? undefined
      : `InvalidParameterValueException: the function's execution role does not have permissions to call ${missing.join(", ")} on ${queue}`;
  };
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

function visibleLongEnough({ inputs }: CloudResource, cloud: Cloud): string | undefined {
  const [queue] = cloud.all("aws:sqs/queue:Queue").filter(({ outputs }) => outputs["arn"] === inputs["eventSourceArn"]);
  const [fn] = cloud
    .all("aws:lambda/function:Function")
    .filter((each) => namesOf(each).includes(String(inputs["functionName"])));
  const visibility = Number(queue?.outputs["visibilityTimeoutSeconds"] ?? 30);
  const timeout = Number(fn?.inputs["timeout"] ?? 3);
  return visibility >= timeout
    ? undefined
    : `InvalidParameterValueException: queue visibility timeout ${visibility} is less than function timeout ${timeout}`;
}

/** S3 sends a test message when it is told whom to notify, so whoever that is must let it. */
function notifiesWhereItMay({ inputs, id }: CloudResource, cloud: Cloud): string | undefined {
  const targets = (property: string, arn: string): string[] =>
    ((inputs[property] ?? []) as readonly Value[]).map((each) => String((each as Properties)[arn]));
  const permissions = cloud.all("aws:lambda/permission:Permission").map((each) => each.inputs);
  const refused = targets("lambdaFunctions", "lambdaFunctionArn").filter(
    (target) =>
      !permissions.some(
        (each) =>
          each["principal"] === "s3.amazonaws.com" && target.endsWith(String(each["function"]).split(":").at(-1) ?? ""),
      ),
  );
  return refused.length === 0
    ? undefined
    : `InvalidArgument: unable to validate the destination configurations of ${id}: ${refused.join(", ")}`;
}
