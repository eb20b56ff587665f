import { createHmac } from "node:crypto";

import type { Clock } from "../clock";
import { AwsError, type Caller } from "../protocol/message";
import type { Identity } from "./identity";
import { signatureError } from "./signature-errors";
import { parseScope, sameSignature, signingKeyOf } from "./sigv4";

/** The fields of a form, by their names in lower case. */
export type FormFields = ReadonlyMap<string, string>;

/** Fields that a policy need not name. */
const unnamed = new Set(["policy", "signature", "awsaccesskeyid", "x-amz-signature", "file", "submit"]);

/** What the file of a form may be, once its policy was found good. */
export interface FormPermit {
  readonly caller: Caller;
  /** Bytes, from and to. */
  readonly size: { readonly least: number; readonly most: number };
}

/**
 * Checks the policy of a form with which a browser uploads an object
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html): who signed it, whether it is
 * still valid, and whether every field of the form is as it says.
 */
export function checkPostPolicy(fields: FormFields, bucket: string, identity: Identity, clock: Clock): FormPermit {
  const encoded = fields.get("policy");
  if (encoded === undefined) throw new AwsError("AccessDenied", "Access Denied", 403);
  const caller = signerOf(fields, encoded, identity);
  const { expiration, conditions } = readPolicy(encoded);
  if (!(Date.parse(expiration) > clock.now())) throw refused("Policy expired.");
  const given = new Map([...fields, ["bucket", bucket]]);
  const named = new Set<string>();
  let size = { least: 0, most: Number.MAX_SAFE_INTEGER };
  for (const condition of conditions) {
    const [operator, first, second] = normalized(condition);
    if (operator === "content-length-range") {
      size = { least: Number(first), most: Number(second) };
      continue;
    }
    const name = String(first).replace(/^\$/, "").toLowerCase();
    named.add(name);
    const value = given.get(name) ?? "";
    const holds = operator === "eq" ? value === String(second) : value.startsWith(String(second));
    if (!holds) throw refused(`Policy Condition failed: ${JSON.stringify([operator, `$${name}`, second])}`);
  }
  const extra = [...fields.keys()].filter((name) => !unnamed.has(name) && !named.has(name) && !/^x-ignore-/.test(name));
  if (extra.length > 0) throw refused(`Extra input fields: ${extra.join(", ")}`);
  return { caller, size };
}

function signerOf(fields: FormFields, policy: string, identity: Identity): Caller {
  const signature = fields.get("x-amz-signature");
  const scope = signature === undefined ? undefined : parseScope(fields.get("x-amz-credential"));
  const accessKeyId = scope?.accessKeyId ?? fields.get("awsaccesskeyid") ?? "";
  const holder = identity.callerOf(accessKeyId);
  if (!holder) throw signatureError("s3", "unknown-key", { AWSAccessKeyId: accessKeyId });
  if (fields.has("x-amz-security-token")) throw signatureError("s3", "invalid-token");
  const expected = scope
    ? createHmac("sha256", signingKeyOf(holder.secret, scope)).update(policy).digest("hex")
    : createHmac("sha1", holder.secret).update(policy).digest("base64");
  if (!sameSignature(signature ?? fields.get("signature") ?? "", expected)) throw signatureError("s3", "mismatch");
  return holder.caller;
}

function readPolicy(encoded: string): { expiration: string; conditions: readonly unknown[] } {
  let policy: { expiration?: unknown; conditions?: unknown };
  try {
    policy = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as typeof policy;
  } catch {
    throw invalidPolicy("Invalid JSON.");
  }
  const { expiration, conditions } = policy;
  if (typeof expiration !== "string") throw invalidPolicy("Policy missing expiration.");
  if (!Array.isArray(conditions)) throw invalidPolicy("Policy missing conditions.");
  return { expiration, conditions };
}

type Condition = readonly ["eq" | "starts-with" | "content-length-range", unknown, unknown];

/** A condition as operator and operands: `{ acl: "private" }` stands for `["eq", "$acl", "private"]`. */
function normalized(condition: unknown): Condition {
  if (Array.isArray(condition) && condition.length === 3) {
    const operator = String(condition[0]).toLowerCase();
    const operands = condition.slice(1) as [unknown, unknown];
    if (operator === "eq" || operator === "starts-with" || operator === "content-length-range")
      return [operator, ...operands];
  } else if (typeof condition === "object" && condition !== null && Object.keys(condition).length === 1) {
    const [[name, value]] = Object.entries(condition) as [[string, unknown]];
    return ["eq", `$${name}`, value];
  }
  throw invalidPolicy(`Invalid condition: ${JSON.stringify(condition)}.`);
}

function invalidPolicy(message: string): AwsError {
  return new AwsError("InvalidPolicyDocument", `Invalid Policy: ${message}`, 400);
}

function refused(message: string): AwsError {
  return new AwsError("AccessDenied", `Invalid according to Policy: ${message}`, 403);
}
