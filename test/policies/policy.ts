import { statementsIn } from "../../engine/graph/permissions";
import type { Properties, RecordedResource, Value } from "../../engine/graph/resource";

/** A rule that a company holds its stacks to, as CrossGuard, Security Hub or Checkov check it. */
export interface Policy {
  /**
   * The controls that ask for it: Security Hub (`S3.5`: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html),
   * Checkov (`CKV_…`: https://www.checkov.io/5.Policy%20Index/all.html), AWS Config, Pulumi's AWSGuard and Best
   * Practices packs; empty for what only AWS's own pages ask for.
   */
  readonly controls: readonly string[];
  /** What it asks for, as a sentence about the resources, e.g. `buckets answer over TLS only`. */
  readonly title: string;
  readonly types: readonly string[];
  /** Whether there is to be no resource of these types at all. */
  readonly forbidden?: boolean;
  /** Whether a resource is as it should be; `undefined` where the rule is not about it. */
  holds(resource: RecordedResource, stack: Stack): boolean | undefined;
}

/** The type tokens of the resources that policies are about. */
export const types = {
  alarm: "aws:cloudwatch/metricAlarm:MetricAlarm",
  bucket: "aws:s3/bucket:Bucket",
  function: "aws:lambda/function:Function",
  invokeConfig: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  logGroup: "aws:cloudwatch/logGroup:LogGroup",
  mapping: "aws:lambda/eventSourceMapping:EventSourceMapping",
  queue: "aws:sqs/queue:Queue",
  repository: "aws:ecr/repository:Repository",
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  target: "aws:cloudwatch/eventTarget:EventTarget",
  taskDefinition: "aws:ecs/taskDefinition:TaskDefinition",
} as const;

/** A recorded stack, for rules about how resources belong together. */
export class Stack {
  private readonly byType = new Map<string, RecordedResource[]>();

  public constructor(private readonly resources: ReadonlyMap<string, RecordedResource>) {
    for (const resource of resources.values()) {
      this.byType.set(resource.type, [...(this.byType.get(resource.type) ?? []), resource]);
    }
  }

  public all(type: string): readonly RecordedResource[] {
    return this.byType.get(type) ?? [];
  }

  /** The resources of a type that name `value` as their `key`, e.g. a bucket's settings. */
  public naming(type: string, key: string, value: Value | undefined): readonly RecordedResource[] {
    return value === undefined ? [] : this.all(type).filter(({ inputs }) => inputs[key] === value);
  }

  /** The one resource of a type with an ARN. */
  public byArn(type: string, arn: Value | undefined): RecordedResource | undefined {
    return this.all(type).find(({ outputs }) => arn !== undefined && outputs["arn"] === arn);
  }

  public parentOf({ parent }: RecordedResource): RecordedResource | undefined {
    return this.resources.get(parent ?? "");
  }
}

/** What lies at a path within inputs. */
export function at(value: Value | undefined, ...path: (string | number)[]): Value | undefined {
  return path.reduce<Value | undefined>(
    (inside, key) =>
      typeof inside === "object" && inside !== null ? (inside as Readonly<Record<string, Value>>)[key] : undefined,
    value,
  );
}

/** A value that stands for a list, or for its only element. */
export function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : value === undefined ? [] : [value];
}

/** The JSON that some inputs are texts of. */
export function parsed(value: Value | undefined): Value | undefined {
  return typeof value === "string" ? (JSON.parse(value) as Value) : undefined;
}

/** The statements of a policy document that allow something. */
export function allowed(document: Value | undefined): Properties[] {
  return statementsIn(document).filter(({ Effect }) => Effect === "Allow");
}

/** Whether a policy document turns away requests without TLS, for all of these resources. */
export function refusesPlainHttp(document: Value | undefined, service: string, resources: readonly Value[]): boolean {
  return statementsIn(document).some(
    (statement) =>
      statement["Effect"] === "Deny" &&
      statement["Principal"] === "*" &&
      statement["Action"] === `${service}:*` &&
      at(statement, "Condition", "Bool", "aws:SecureTransport") === "false" &&
      resources.every((resource) => list(statement["Resource"]).includes(resource)),
  );
}

/** Whether a resource's policy lets in somebody outside the account, or a service on behalf of anybody. */
export function isOpen(document: Value | undefined): boolean {
  return allowed(document).some(
    ({ Principal, Condition }) =>
      Principal === "*" ||
      list(at(Principal, "AWS")).length > 0 ||
      (at(Principal, "Service") !== undefined &&
        at(Condition, "ArnEquals", "aws:SourceArn") === undefined &&
        at(Condition, "StringEquals", "aws:SourceAccount") === undefined),
  );
}
