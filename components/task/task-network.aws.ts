import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { throwProblems } from "../shared/errors";
import { settings } from "../shared/settings";
import { transformed } from "../shared/transform";
import { checkSubnets } from "./network.args";
import type { TaskArgs, Vpc } from "./task.args";

/** Where a run is placed, in the terms of ECS's RunTask. */
export interface Network {
  readonly subnets: pulumi.Input<pulumi.Input<string>[]>;
  readonly securityGroups: pulumi.Input<pulumi.Input<string>[]>;
  readonly assignPublicIp: "ENABLED" | "DISABLED";
}

/** How a component asks the cloud; see `askedBy`. */
type Asked = pulumi.InvokeOutputOptions;

/** Chooses a task's subnets, and makes it a security group that lets nothing in. */
export function networkOf(name: string, args: TaskArgs, parent: pulumi.Resource, asked: Asked): Network {
  const { vpc, private: isPrivate = false, securityGroups } = args.network ?? {};
  const { vpcId, subnets } = subnetsOf(vpc ?? settings().vpc, isPrivate, parent, asked);
  const own = securityGroups ?? [
    new aws.ec2.SecurityGroup(
      `${name}-security-group`,
      transformed(args.transform, "securityGroup", {
        vpcId,
        // It cannot be changed, so it does not say whose this is.
        description: "a task: out to anywhere, in from nowhere",
        egress: [
          {
            description: "images, logs, and what the container calls",
            protocol: "-1",
            fromPort: 0,
            toPort: 0,
            cidrBlocks: ["0.0.0.0/0"],
            ipv6CidrBlocks: ["::/0"],
          },
        ],
      }),
      { parent },
    ).id,
  ];
  const filled = pulumi.output(subnets).apply((ids) => {
    throwProblems(checkSubnets(`task "${name}"`, ids, isPrivate), parent);
    return ids;
  });
  return { subnets: filled, securityGroups: own, assignPublicIp: isPrivate ? "DISABLED" : "ENABLED" };
}

function subnetsOf(
  vpc: Vpc | undefined,
  isPrivate: boolean,
  parent: pulumi.Resource,
  asked: Asked,
): { vpcId: pulumi.Input<string>; subnets: Network["subnets"] } {
  if (isGiven(vpc)) return { vpcId: vpc.vpcId, subnets: isPrivate ? vpc.privateSubnetIds : vpc.publicSubnetIds };
  if (vpc === undefined && isPrivate) {
    const shared = sharedVpc(parent);
    return { vpcId: shared.vpcId, subnets: shared.privateSubnetIds };
  }
  const vpcId = vpc ?? aws.ec2.getVpcOutput({ default: true }, asked).id;
  const { ids } = aws.ec2.getSubnetsOutput(
    {
      filters: [
        { name: "vpc-id", values: [vpcId] },
        { name: "map-public-ip-on-launch", values: [isPrivate ? "false" : "true"] },
      ],
    },
    asked,
  );
  return { vpcId, subnets: ids };
}

function isGiven(vpc: Vpc | undefined): vpc is Exclude<Vpc, pulumi.Input<string>> {
  return typeof vpc === "object" && "vpcId" in vpc && !pulumi.Output.isInstance(vpc);
}

type SharedVpc = InstanceType<(typeof import("@pulumi/awsx"))["ec2"]["Vpc"]>;
type SharedVpcs = Map<pulumi.ProviderResource | undefined, SharedVpc>;
const sharedVpcs = new WeakMap<object, SharedVpcs>();

/** The VPC of a stack for tasks in private subnets: one for each of the providers, and so of the regions, that tasks have. */
function sharedVpc(parent: pulumi.Resource): SharedVpc {
  const stack = pulumi.runtime.getStackResource() ?? sharedVpcs;
  const vpcs: SharedVpcs = sharedVpcs.get(stack) ?? new Map();
  sharedVpcs.set(stack, vpcs);
  const provider = parent.getProvider("aws:ec2/vpc:Vpc");
  const found = vpcs.get(provider);
  if (found !== undefined) return found;
  void pulumi.log.info(
    "network: { private: true } makes a VPC with one NAT gateway: about 37 USD a month, and 0.045 USD for each GB through it",
  );
  const awsx = require("@pulumi/awsx") as typeof import("@pulumi/awsx");
  const vpc = new awsx.ec2.Vpc(
    // Tasks of the stack's own provider, which has no name, have had this VPC from the first.
    ["tandem", ...(provider === undefined ? [] : [nameOf(provider)])].join("-"),
    { natGateways: { strategy: "Single" }, numberOfAvailabilityZones: 2 },
    { providers: [provider, parent.getProvider("awsx:ec2:Vpc")].filter((each) => each !== undefined) },
  );
  vpcs.set(provider, vpc);
  return vpc;
}

/** The name that the program gave a resource. The SDK keeps it, and tells it in types to itself only. */
function nameOf(resource: pulumi.Resource): string {
  return (resource as pulumi.Resource & { readonly __name: string }).__name;
}
