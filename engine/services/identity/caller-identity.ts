import { hash } from "node:crypto";

import type { Caller } from "../protocol/message";

/** Who a caller is, as STS and SQS tell it. */
export interface CallerIdentity {
  /** Of a role, that of its session: `arn:aws:sts::000000000000:assumed-role/onPut-1a2b3c4/onPut-1a2b3c4`. */
  readonly arn: string;
  /** `AIDA…` of a user, `AROA…:session` of a role. */
  readonly userId: string;
}

export function callerIdentity({ arn }: Pick<Caller, "arn">): CallerIdentity {
  const known = identities.get(arn);
  if (known !== undefined) return known;
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const isRole = arn.includes(":role/");
  const session = arn.replace(":iam:", ":sts:").replace(/:role\/.*$/, `:assumed-role/${name}/${name}`);
  const identity = isRole ? { arn: session, userId: `${uniqueId(arn)}:${name}` } : { arn, userId: uniqueId(arn) };
  identities.set(arn, identity);
  return identity;
}

/** AWS draws a unique id for each user and role; here it follows from the ARN, so that it stays from run to run. */
export function uniqueId(arn: string): string {
  const prefix = arn.includes(":role/") ? "AROA" : "AIDA";
  return prefix + hash("sha256", arn).slice(0, 17).toUpperCase();
}

const identities = new Map<string, CallerIdentity>();
