import { accountAnswers, type Answer } from "../answers/account-answers";
import { archiveFile } from "../answers/archive-file";
import { recordedAnswer } from "../answers/recorded-answers";
import { EngineError } from "../errors";
import type { Properties, RecordedResource } from "../graph/resource";
import { arn, type Account } from "../services/account";
import { text } from "../graph/values";

/** What is known of a program when it asks. */
interface Asking {
  /** The program's working directory. */
  readonly folder: string;
  /** What it has registered by then, by URN. */
  readonly resources: ReadonlyMap<string, RecordedResource>;
  /** Answers that the stack's configuration gives, by token. */
  readonly given?: Readonly<Record<string, Properties>>;
}

/** Answers that are made up: this machine has neither networks nor a registry. */
const standIns: Readonly<Record<string, Answer>> = {
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
 * The result of a provider's function: what the stack's configuration gives, else what follows from the arguments and
 * the account, or from the resources that the program has registered.
 * @throws `ERR_INVOKE_UNKNOWN` where this machine cannot know the answer
 */
export function answerInvoke(token: string, args: Properties, account: Account, asking?: Asking): Properties {
  const given = asking?.given?.[token];
  if (given !== undefined) return { ...args, ...given };
  const computed = accountAnswers[token];
  if (computed !== undefined) return computed(args, account);
  if (token === "archive:index/getFile:getFile") return archiveFile(args, asking?.folder ?? process.cwd());
  const recorded = asking === undefined ? undefined : recordedAnswer(token, args, asking.resources);
  if (recorded !== undefined) return recorded;
  const standIn = standIns[token];
  if (standIn !== undefined) return standIn(args, account);
  throw new EngineError(
    "ERR_INVOKE_UNKNOWN",
    "the program asks AWS, or another provider, about something that it has not made itself: no provider runs on this machine",
    `give the answer in Pulumi.<stack>.yaml, under config:\n  tandem:answers:\n    ${token}:\n      id: …`,
    `${token} ${JSON.stringify(args)}`,
  );
}
