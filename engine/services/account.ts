import { hash } from "node:crypto";

/** The account, region and partition that the engine stands for; they appear in every ARN. */
export interface Account {
  readonly id: string;
  readonly region: string;
  readonly partition: string;
  /** Where AWS's services answer here, `http://127.0.0.1:PORT`; undefined while a program is only recorded. */
  readonly endpoint?: string;
  /** Where each HTTP API of a running engine answers, by the API's id. */
  readonly apiEndpoints?: ReadonlyMap<string, string>;
}

/** An account number that AWS documents as an example, so that no ARN here can be mistaken for a real one. */
export const localAccount: Account = { id: "000000000000", region: "us-east-1", partition: "aws" };

/** The account of a stack: in the region that its configuration names for AWS. */
export function accountOf(config: Readonly<Record<string, string>>): Account {
  const region = config["aws:region"] ?? localAccount.region;
  return { ...localAccount, region, partition: partitionOf(region) };
}

/** The partition of a region. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The 64 digits that S3 has for an account. AWS draws them; here they follow from the account's id. */
export function canonicalUserId({ id }: Account): string {
  return hash("sha256", id);
}

/** The ARN of the person at this machine. */
export function developerArn(account: Account): string {
  return arn(account, "iam", "user/developer");
}

/** The ARN of a resource in `account`. S3's carry neither region nor account, IAM's no region. */
export function arn(account: Account, service: string, resource: string): string {
  const region = service === "s3" || service === "iam" ? "" : account.region;
  const id = service === "s3" ? "" : account.id;
  return `arn:${account.partition}:${service}:${region}:${id}:${resource}`;
}
