import type { Properties } from "../graph/resource";
import { arn, canonicalUserId, developerArn, partitionOf, type Account } from "../services/account";
import { callerIdentity, uniqueId } from "../services/identity/caller-identity";
import { text } from "../graph/values";
import { lifecyclePolicyDocument } from "./lifecycle-policy";
import { policyDocument } from "./policy-document";
import { dnsSuffixOf, regionDescription, regionsOf, reverseDnsPrefixOf } from "./regions";

export type Answer = (args: Properties, account: Account) => Properties;

/** The zones that this machine stands for. */
const zones = ["a", "b"];

/** Functions of AWS's provider whose results follow from their arguments and the account alone, by token. */
export const accountAnswers: Readonly<Record<string, Answer>> = {
  "aws:index/getRegion:getRegion": (args, account) => {
    const given = text(args, "region") || text(args, "name");
    const endpoint = text(args, "endpoint");
    const region = given || /^ec2\.([^.]+)\./.exec(endpoint)?.[1] || account.region;
    return {
      id: region,
      region,
      name: region,
      endpoint: `ec2.${region}.${dnsSuffixOf(partitionOf(region))}`,
      description: regionDescription(region),
    };
  },
  "aws:index/getRegions:getRegions": (args, { partition }) => ({ ...args, id: partition, names: regionsOf(partition) }),
  "aws:index/getCallerIdentity:getCallerIdentity": (_args, account) => ({
    id: account.id,
    accountId: account.id,
    ...callerIdentity({ arn: developerArn(account) }),
  }),
  "aws:index/getPartition:getPartition": (_args, { partition }) => ({
    id: partition,
    partition,
    dnsSuffix: dnsSuffixOf(partition),
    reverseDnsPrefix: reverseDnsPrefixOf(partition),
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": (args, { region }) => ({
    ...args,
    id: region,
    groupNames: [region],
    names: zones.map((zone) => `${region}${zone}`),
    zoneIds: zones.map((_, index) => zoneId(region, index)),
  }),
  "aws:index/getAvailabilityZone:getAvailabilityZone": (args, { region }) => {
    const index = zones.findIndex(
      (zone, at) => text(args, "name") === `${region}${zone}` || text(args, "zoneId") === zoneId(region, at),
    );
    const zone = zones[index];
    if (zone === undefined)
      throw new Error(
        `no availability zone matches ${JSON.stringify(args)}: this machine stands for ${region}a and ${region}b`,
      );
    return {
      id: `${region}${zone}`,
      name: `${region}${zone}`,
      nameSuffix: zone,
      zoneId: zoneId(region, index),
      region,
      state: "available",
      groupName: `${region}-zg-1`,
      groupLongName: `${regionDescription(region)} 1`,
      networkBorderGroup: region,
      optInStatus: "opt-in-not-required",
      parentZoneId: "",
      parentZoneName: "",
      zoneType: "availability-zone",
    };
  },
  "aws:index/getArn:getArn": arnParts,
  "aws:index/arnParse:arnParse": arnParts,
  "aws:index/getServicePrincipal:getServicePrincipal": (args, account) => {
    const region = text(args, "region") || account.region;
    const serviceName = text(args, "serviceName");
    const isChinas =
      partitionOf(region) === "aws-cn" && ["codedeploy", "elasticmapreduce", "logs"].includes(serviceName);
    const suffix = isChinas ? "amazonaws.com.cn" : "amazonaws.com";
    return {
      id: `${serviceName}.${region}.${suffix}`,
      name: `${serviceName}.${suffix}`,
      region,
      serviceName,
      suffix,
    };
  },
  "aws:index/getService:getService": serviceNames,
  "aws:index/getBillingServiceAccount:getBillingServiceAccount": (_args, { partition }) => ({
    id: "386209384616",
    arn: `arn:${partition}:iam::386209384616:root`,
  }),
  "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": () => ({
    id: "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
  }),
  "aws:s3/getCanonicalUserId:getCanonicalUserId": (_args, account) => ({
    id: canonicalUserId(account),
    displayName: "developer",
  }),
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocument,
  "aws:iam/getSessionContext:getSessionContext": (args, account) => {
    const session = text(args, "arn");
    const [, role, name] = /:assumed-role\/(?:.*\/)?([^/]+)\/([^/]+)$/.exec(session) ?? [];
    const issuer = role === undefined ? undefined : arn(account, "iam", `role/${role}`);
    return {
      id: session,
      arn: session,
      issuerArn: issuer ?? session,
      issuerId: issuer === undefined ? "" : uniqueId(issuer),
      issuerName: role ?? "",
      sessionName: name ?? "",
    };
  },
  "aws:ecr/getLifecyclePolicyDocument:getLifecyclePolicyDocument": lifecyclePolicyDocument,
};

function zoneId(region: string, index: number): string {
  const [area = "", direction = "", number = ""] = region.split("-");
  const short = direction.replace(/^(north|south|east|west|central)(east|west)?$/, (_, a: string, b?: string) =>
    b === undefined ? a.charAt(0) : a.charAt(0) + b.charAt(0),
  );
  return `${area}${short}${number}-az${index + 1}`;
}

/** The parts of an ARN (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html). */
function arnParts(args: Properties): Properties {
  const arn = text(args, "arn");
  const [prefix, partition, service, region, account, ...resource] = arn.split(":");
  if (prefix !== "arn" || resource.length === 0)
    throw new Error(`"${arn}" is not a valid ARN: it must be arn:partition:service:region:account:resource`);
  return {
    id: arn,
    arn,
    partition: partition ?? "",
    service: service ?? "",
    region: region ?? "",
    account: account ?? "",
    resource: resource.join(":"),
  };
}

/** A service's names, from any one of them. */
function serviceNames(args: Properties, account: Account): Properties {
  const reverse = text(args, "reverseDnsName") || text(args, "dnsName").split(".").reverse().join(".");
  const parts = reverse === "" ? [] : reverse.split(".");
  // Both orders end with the service; before it comes the region.
  const serviceId = text(args, "serviceId") || (parts.at(-1) ?? "");
  const region = text(args, "region") || (parts.at(-2) ?? account.region);
  if (serviceId === "") throw new Error("getService needs one of serviceId, dnsName and reverseDnsName");
  const partition = partitionOf(region);
  const reverseDnsPrefix =
    text(args, "reverseDnsPrefix") || parts.slice(0, -2).join(".") || reverseDnsPrefixOf(partition);
  const reverseDnsName = `${reverseDnsPrefix}.${region}.${serviceId}`;
  return {
    id: reverseDnsName,
    dnsName: reverseDnsName.split(".").reverse().join("."),
    partition,
    region,
    reverseDnsName,
    reverseDnsPrefix,
    serviceId,
    supported: true,
  };
}
