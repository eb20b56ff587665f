import { createHash } from "node:crypto";
import { arn } from "../services/account";
import { physicalName, type Twin } from "./twin";
import type { Identity, Registration } from "../graph/resource";

function idOf(kind: string, { urn }: Registration): string {
  return `${kind}-${createHash("sha256").update(urn).digest("hex").slice(0, 17)}`;
}

/** A security group. Tasks here run on this machine's own network, where none applies. */
export const securityGroup: Twin = {
  type: "aws:ec2/securityGroup:SecurityGroup",
  inputs: {
    name: true,
    description: true,
    egress: true,
    ingress: true,
    namePrefix: true,
    revokeRulesOnDelete: true,
    tags: true,
    vpcId: true,
  },
  identify(resource, account) {
    const id = idOf("sg", resource);
    const name = physicalName(resource, resource.inputs["name"], 255);
    return { id, outputs: { name, arn: arn(account, "ec2", `security-group/${id}`) } };
  },
};

/** The VPC that awsx makes in its plugin. */
export const awsxVpc: Twin = {
  type: "awsx:ec2:Vpc",
  inputs: {
    assignGeneratedIpv6CidrBlock: true,
    availabilityZoneCidrMask: true,
    availabilityZoneNames: true,
    cidrBlock: true,
    enableDnsHostnames: true,
    enableDnsSupport: true,
    enableNetworkAddressUsageMetrics: true,
    instanceTenancy: true,
    natGateways: true,
    numberOfAvailabilityZones: true,
    subnetNameTagStrategy: true,
    subnetSpecs: true,
    subnetStrategy: true,
    tags: true,
    vpcEndpointSpecs: true,
    vpcEndpointStrategy: true,
  },
  identify(resource): Identity {
    const vpcId = idOf("vpc", resource);
    const subnets = (kind: string): string[] => ["a", "b"].map((zone) => `subnet-${kind}${zone}${vpcId.slice(4, 18)}`);
    return {
      id: "",
      outputs: {
        vpcId,
        publicSubnetIds: subnets("0"),
        privateSubnetIds: subnets("1"),
        isolatedSubnetIds: [],
        natGateways: [],
        eips: [],
      },
    };
  },
};
