import type { Properties } from "../graph/resource";
import { arn, type Account } from "../services/account";
import { text } from "./twin";

/** Answers to the questions that programs ask of AWS while they run, by the function's token. */
const answers: Readonly<Record<string, (args: Properties, account: Account) => Properties>> = {
  "aws:index/getRegion:getRegion": (_args, { region }) => ({
    id: region,
    region,
    name: region,
    endpoint: "",
    description: "",
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": (_args, { id, partition }) => ({
    id,
    accountId: id,
    arn: `arn:${partition}:iam::${id}:user/developer`,
    userId: "AIDADEVELOPER",
  }),
  "aws:index/getPartition:getPartition": (_args, { partition }) => ({
    id: partition,
    partition,
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": (_args, { region }) => ({
    id: region,
    names: [`${region}a`, `${region}b`],
    zoneIds: ["use1-az1", "use1-az2"],
  }),
  "aws:sqs/getQueue:getQueue": (args, account) => {
    const name = text(args, "name");
    const url = `${account.endpoint ?? `https://sqs.${account.region}.amazonaws.com`}/${account.id}/${name}`;
    return { id: url, name, url, arn: arn(account, "sqs", name), tags: {} };
  },
  "aws:ec2/getVpc:getVpc": (args) => ({
    id: text(args, "id") || "vpc-0default",
    cidrBlock: "172.31.0.0/16",
    default: true,
  }),
  "aws:ec2/getSubnets:getSubnets": () => ({ id: "subnets", ids: ["subnet-0default-a", "subnet-0default-b"] }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": (_args, { id, region }) => ({
    id: region,
    userName: "AWS",
    password: "local",
    authorizationToken: "",
    expiresAt: "",
    proxyEndpoint: `https://${id}.dkr.ecr.${region}.amazonaws.com`,
  }),
  // A digest is only to be had from the registry; here the tag stands for it, and the task service reads it back.
  "docker:index/getRegistryImage:getRegistryImage": (args) => ({
    id: text(args, "name"),
    name: text(args, "name"),
    sha256Digest: `tag:${/:([^:/]+)$/.exec(text(args, "name"))?.[1] ?? "latest"}`,
  }),
};

/**
 * The result of a provider's function.
 * @throws where this machine cannot know the answer
 */
export function answerInvoke(token: string, args: Properties, account: Account): Properties {
  const found = answers[token];
  if (found !== undefined) return found(args, account);
  throw new Error(
    `${token} asks AWS, which is not there when a program runs on this machine; pass the value as configuration instead`,
  );
}
