import { labelOf } from "./names";
import { statementsIn } from "./permissions";
import type { Properties, RecordedResource, Value } from "./resource";

/** Something of a program that others on the internet can reach. */
export interface Exposure {
  readonly kind: "url" | "bucket" | "queue" | "port";
  /** The resource's name in the program. */
  readonly name: string;
  /** What is open, in words, e.g. `GET /renders, without authorization`. */
  readonly what: string;
}

type Graph = ReadonlyMap<string, RecordedResource>;
type Finder = (resource: RecordedResource, graph: Graph) => Omit<Exposure, "name">[];

const finders: Readonly<Record<string, Finder>> = {
  "aws:apigatewayv2/route:Route": ({ inputs }) => {
    const authorization = inputs["authorizationType"] ?? "NONE";
    const who = authorization === "NONE" ? "without authorization" : `with ${String(authorization)} authorization`;
    return [{ kind: "url", what: `${String(inputs["routeKey"] ?? "$default")}, ${who}` }];
  },
  "aws:lambda/functionUrl:FunctionUrl": ({ inputs }) =>
    inputs["authorizationType"] === "NONE" ? [{ kind: "url", what: "a function's URL, without authorization" }] : [],
  "aws:lb/loadBalancer:LoadBalancer": ({ inputs }) =>
    inputs["internal"] === true ? [] : [{ kind: "url", what: "a load balancer on the internet" }],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ({ inputs }) =>
    ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
      .filter((setting) => inputs[setting] !== true)
      .map((setting) => ({ kind: "bucket", what: `${setting} is off` })),
  "aws:s3/bucketPolicy:BucketPolicy": ({ inputs }) => openStatements(inputs["policy"], "bucket"),
  "aws:s3/bucketAcl:BucketAcl": ({ inputs }) =>
    /^public-/.test(String(inputs["acl"])) ? [{ kind: "bucket", what: `access list ${String(inputs["acl"])}` }] : [],
  "aws:sqs/queuePolicy:QueuePolicy": ({ inputs }) => openStatements(inputs["policy"], "queue"),
  "aws:ec2/securityGroup:SecurityGroup": ({ inputs }) => list(inputs["ingress"]).flatMap((rule) => openPorts(rule)),
  "aws:ec2/securityGroupRule:SecurityGroupRule": ({ inputs }) =>
    inputs["type"] === "ingress" ? openPorts(inputs) : [],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ({ inputs }) => openPorts(inputs),
};

/** What a program opens to the internet, sorted by name. */
export function exposuresOf(graph: Graph): Exposure[] {
  return [...graph.values()]
    .flatMap((resource) => {
      const found = finders[resource.type]?.(resource, graph) ?? [];
      return found.map((exposure) => ({ ...exposure, name: ownerOf(resource, graph) }));
    })
    .sort((a, b) => (JSON.stringify([a.name, a.what]) < JSON.stringify([b.name, b.what]) ? -1 : 1));
}

/** Settings are told of by the component that they belong to, if there is one. */
function ownerOf(resource: RecordedResource, graph: Graph): string {
  let parent = graph.get(resource.parent ?? "");
  // A route is a component of its own, beneath its API's.
  if (parent?.type === "tandem:index:Route") parent = graph.get(parent.parent ?? "");
  return parent === undefined || parent.type === "pulumi:pulumi:Stack" ? labelOf(resource) : parent.name;
}

function openStatements(policy: Value | undefined, kind: "bucket" | "queue"): Omit<Exposure, "name">[] {
  return statementsIn(policy)
    .filter(({ Effect, Principal, Condition }) => {
      const principals = [Principal, (Principal as Properties | undefined)?.["AWS"]].flat();
      return Effect === "Allow" && Condition === undefined && principals.includes("*");
    })
    .map(({ Action }) => ({ kind, what: `anybody may ${[Action].flat().map(String).sort().join(", ")}` }));
}

function openPorts(rule: Properties): Omit<Exposure, "name">[] {
  const from = [rule["cidrBlocks"], rule["ipv6CidrBlocks"], rule["cidrIpv4"], rule["cidrIpv6"]].flat();
  if (!from.some((range) => range === "0.0.0.0/0" || range === "::/0")) return [];
  const protocol = String(rule["protocol"] ?? rule["ipProtocol"] ?? "");
  const [first, last] = [rule["fromPort"], rule["toPort"]];
  if (protocol === "-1") return [{ kind: "port", what: "all ports, from anywhere" }];
  const ports = first === last ? `port ${String(first)}` : `ports ${String(first)} to ${String(last)}`;
  return [{ kind: "port", what: `${ports} (${protocol}), from anywhere` }];
}

function list(value: Value | undefined): readonly Properties[] {
  return Array.isArray(value) ? (value as readonly Properties[]) : [];
}
