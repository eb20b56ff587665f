import { Archive, type Properties, type Value, type Identity, type Registration } from "../graph/resource";
import type { Account } from "../services/account";
import { metricAlarm } from "./alarm";
import { httpApiTwins } from "./api-gateway";
import { domainTwins } from "./domain-names";
import { ecsCluster, ecsClusterCapacityProviders, ecsTaskDefinition } from "./ecs";
import { eventSourceMapping } from "./event-source-mapping";
import { eventBus, eventRule, eventTarget, logGroup } from "./events";
import { iamPolicy, iamRole, iamRolePolicy, iamRolePolicyAttachment } from "./iam";
import { dockerImage, ecrLifecyclePolicy, ecrRepository } from "./images";
import { lambdaAlias, lambdaFunction, lambdaFunctionEventInvokeConfig, lambdaPermission } from "./lambda";
import { awsxVpc, securityGroup } from "./network";
import { s3Bucket, s3BucketDeclaredSettings, s3BucketSettings } from "./s3-bucket";
import { s3Objects } from "./s3-object";
import { sqsQueue, sqsQueuePolicies } from "./sqs";
import { physicalName, type KnownInputs, type Twin } from "./twin";

/** Every type of resource that something stands for on this machine: a new one is one file and one line. */
const twins: ReadonlyMap<string, Twin> = new Map(
  [
    s3Bucket,
    ...s3BucketSettings,
    ...s3BucketDeclaredSettings,
    ...s3Objects,
    iamRole,
    iamPolicy,
    iamRolePolicy,
    iamRolePolicyAttachment,
    lambdaFunction,
    lambdaAlias,
    lambdaFunctionEventInvokeConfig,
    lambdaPermission,
    eventBus,
    eventRule,
    eventTarget,
    logGroup,
    sqsQueue,
    ...sqsQueuePolicies,
    eventSourceMapping,
    metricAlarm,
    ecsCluster,
    ecsClusterCapacityProviders,
    ecsTaskDefinition,
    ecrRepository,
    ecrLifecyclePolicy,
    dockerImage,
    securityGroup,
    awsxVpc,
    ...httpApiTwins,
    ...domainTwins,
  ].map((twin) => [twin.type, twin]),
);

/** The types of resources that something on this machine stands for. */
export const twinTypes: readonly string[] = [...twins.keys()];

/** The twin of a type of resource; undefined where nothing on this machine stands for it. */
export function twinOf(type: string): Twin | undefined {
  return twins.get(type);
}

/** The inputs of a resource that its twin does not know, as `corsRules.allowedHost`; empty for one without a twin. */
export function unknownInputs({ type, inputs }: Pick<Registration, "type" | "inputs">): readonly string[] {
  const known = twinOf(type)?.inputs;
  return known === undefined ? [] : [...new Set(unknownIn(inputs, known))];
}

function unknownIn(value: Value, known: KnownInputs | true): readonly string[] {
  if (known === true || typeof value !== "object" || value === null || value instanceof Archive) return [];
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap((item) => unknownIn(item, known));
  return Object.entries(value as Properties).flatMap(([name, item]) => {
    const inside = known[name];
    if (inside === undefined) return [name];
    return unknownIn(item, inside).map((each) => `${name}.${each}`);
  });
}

/** The id and outputs of any resource. One without a twin keeps its inputs, and gets a plausible id and ARN. */
export function identify(resource: Registration & { custom: boolean }, account: Account): Identity {
  const twin = twinOf(resource.type);
  if (twin !== undefined) return twin.identify(resource, account);
  if (!resource.custom) return { id: "", outputs: {} };
  const id = physicalName(resource, resource.inputs["name"]);
  const service = /^aws:([^/:]+)/.exec(resource.type)?.[1];
  if (service === undefined) return { id, outputs: {} };
  return { id, outputs: { arn: `arn:${account.partition}:${service}:${account.region}:${account.id}:${id}` } };
}
