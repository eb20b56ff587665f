import { labelOf, Names } from "./names";
import type { Properties, RecordedResource, Value } from "./resource";

/** Something that handlers are allowed, or denied. */
export interface Permission {
  readonly effect: "allow" | "deny";
  /** The IAM action, e.g. `s3:PutObject`. */
  readonly action: string;
  /** What it is for, by names of the program, e.g. `media/*`. */
  readonly resource: string;
  /** The statement's condition in words, e.g. `ecs:cluster = ffmpeg`; empty without one. */
  readonly condition: string;
}

/** A function or a task, and what it may do. */
export interface Permitted {
  readonly urn: string;
  readonly name: string;
  readonly kind: "function" | "task";
  /** Sorted by what they are for, then by action. */
  readonly permissions: readonly Permission[];
}

type Graph = ReadonlyMap<string, RecordedResource>;

/** The property that names the role under which the code of a resource runs. */
const runners: Readonly<Record<string, { kind: Permitted["kind"]; role: string }>> = {
  "aws:lambda/function:Function": { kind: "function", role: "role" },
  "aws:ecs/taskDefinition:TaskDefinition": { kind: "task", role: "taskRoleArn" },
};

/**
 * What each function and task may do, from the policies of its role. That it may write its own logs goes without saying.
 * @param names of the resources in the result
 */
export function permissionsOf(graph: Graph, names: Names = permissionNames(graph)): Permitted[] {
  const resources = [...graph.values()];
  return resources
    .flatMap((resource): Permitted[] => {
      const runner = runners[resource.type];
      if (runner === undefined) return [];
      const role = resources.find(
        ({ type, outputs }) => type === "aws:iam/role:Role" && outputs["arn"] === resource.inputs[runner.role],
      );
      const own = ownLogs(resource, names);
      const statements = role === undefined ? [] : statementsOf(role, resources);
      const permissions = statements.flatMap((statement) => permissionsIn(statement, names));
      return [
        {
          urn: resource.urn,
          name: labelOf(resource),
          kind: runner.kind,
          permissions: unique(permissions.filter((permission) => !isOwnLog(permission, own))),
        },
      ];
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.urn, b.urn));
}

/** Names of resources as permissions show them: `media`, not `media.arn`. */
export function permissionNames(graph: Graph, rename: (name: string) => string = (name) => name): Names {
  return new Names(graph.values(), (resource) => rename(labelOf(resource)));
}

/** A permission in a line: `ecs:RunTask on ffmpeg`. */
export function sentence({ action, resource, condition }: Permission): string {
  return `${action} on ${resource === "*" ? "everything" : resource}${condition === "" ? "" : ` when ${condition}`}`;
}

function ownLogs({ inputs }: RecordedResource, names: Names): string | undefined {
  const group = (inputs["loggingConfig"] as Properties | undefined)?.["logGroup"];
  return typeof group === "string" ? names.inText(group) : undefined;
}

function isOwnLog({ action, resource }: Permission, own: string | undefined): boolean {
  return own !== undefined && action.startsWith("logs:") && (resource === `${own}:*` || resource === own);
}

/** The policy documents of a role: its own, inline and attached ones, of this program or of AWS. */
function statementsOf(role: RecordedResource, resources: readonly RecordedResource[]): Properties[] {
  const isRoles = ({ inputs }: RecordedResource): boolean =>
    [role.id, role.outputs["name"], role.outputs["arn"]].includes(inputs["role"] ?? null);
  const managed = (arn: Value | undefined): Properties[] => {
    const policy = resources.find(({ type, outputs }) => type === "aws:iam/policy:Policy" && outputs["arn"] === arn);
    if (policy !== undefined) return statementsIn(policy.inputs["policy"]);
    const name = typeof arn === "string" ? (arn.split("policy/").at(-1) ?? arn) : "?";
    return [{ Effect: "Allow", Action: `the policy ${name}`, Resource: "*" }];
  };
  const listed = (key: string): readonly Value[] => {
    const value = role.inputs[key];
    return Array.isArray(value) ? (value as readonly Value[]) : [];
  };
  return [
    ...resources
      .filter((resource) => resource.type === "aws:iam/rolePolicy:RolePolicy" && isRoles(resource))
      .flatMap(({ inputs }) => statementsIn(inputs["policy"])),
    ...resources
      .filter((resource) => /^aws:iam\/rolePolicyAttachment:/.test(resource.type) && isRoles(resource))
      .flatMap(({ inputs }) => managed(inputs["policyArn"])),
    ...listed("inlinePolicies").flatMap((policy) => statementsIn((policy as Properties)["policy"])),
    ...listed("managedPolicyArns").flatMap(managed),
  ];
}

/** The statements of a policy document. */
export function statementsIn(document: Value | undefined): Properties[] {
  const parsed: unknown = typeof document === "string" ? parse(document) : document;
  const statement = (parsed as { Statement?: Value } | undefined)?.Statement;
  return (Array.isArray(statement) ? statement : statement === undefined ? [] : [statement]) as Properties[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function permissionsIn(statement: Properties, names: Names): Permission[] {
  const list = (yes: string, no: string): string[] => {
    const value = statement[yes] ?? statement[no];
    const texts = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
    return statement[yes] === undefined && texts.length > 0 ? [`all but ${texts.sort().join(", ")}`] : texts;
  };
  const condition = statement["Condition"];
  return list("Action", "NotAction").flatMap((action) =>
    list("Resource", "NotResource").map((resource) => ({
      effect: statement["Effect"] === "Deny" ? "deny" : "allow",
      action,
      // What remains of an ARN is of no account in particular.
      resource: names.inText(resource).replace(/^arn:aws:([a-z0-9-]+):[a-z0-9-]*:<account>:/, "$1:"),
      condition: names.inText(conditionText(condition)),
    })),
  );
}

/** `{ ArnEquals: { "ecs:cluster": x } }` → `ecs:cluster = x`. */
function conditionText(condition: Value | undefined): string {
  return Object.entries((condition ?? {}) as Properties)
    .flatMap(([operator, keys]) =>
      Object.entries(keys as Properties).map(([key, value]) => {
        const word = /Equals(IgnoreCase)?$/.test(operator) && !operator.includes("Not") ? "=" : operator;
        return `${key} ${word} ${[value].flat().map(String).sort().join(" or ")}`;
      }),
    )
    .sort()
    .join(" and ");
}

function unique(permissions: readonly Permission[]): Permission[] {
  const byText = new Map(permissions.map((permission) => [JSON.stringify(permission), permission]));
  return [...byText.values()].sort(
    (a, b) => compare(a.resource, b.resource) || compare(a.action, b.action) || compare(a.condition, b.condition),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
