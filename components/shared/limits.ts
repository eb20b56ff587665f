import { isPlain, plainList, show } from "./checks";
import type { Problem } from "./errors";

/** A limit of AWS on the number or size of something, which a program is told of before AWS is. */
function beyond(message: string, got: string, fix: string): Problem {
  return { code: "ERR_LIMIT", message, got, fix };
}

/**
 * Checks how many items a list has, where it is known.
 * @param whose e.g. `api "web"`
 * @param what e.g. `authorizers`
 */
export function checkCount(whose: string, what: string, list: unknown, most: number, fix: string): Problem[] {
  const { length } = plainList(list);
  if (length <= most) return [];
  return [beyond(`${whose} has more ${what} than AWS takes`, `${length} ${what}, at most ${most} are taken`, fix)];
}

/** Checks tags where they are known: 50 of them, with keys up to 128 and values up to 256 characters. */
export function checkTags(whose: string, tags: unknown): Problem[] {
  if (!isPlain(tags) || typeof tags !== "object" || tags === null) return [];
  const long = Object.entries(tags as Record<string, unknown>).filter(
    ([key, value]) => key.length > 128 || (typeof value === "string" && value.length > 256),
  );
  return [
    ...checkCount(whose, "tags", Object.keys(tags), 50, "leave some out"),
    ...long.map(([key, value]) =>
      beyond(
        `${whose} has a tag that is longer than AWS takes`,
        `${show(key)} of ${key.length} characters, its value of ${String(value).length}`,
        "use keys of at most 128 characters, and values of at most 256",
      ),
    ),
  ];
}

/** The most that Lambda takes of all environment variables together, in bytes of JSON. */
const environmentLimit = 4096;

/**
 * Checks the size of a function's environment, as far as it is known
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
 */
export function checkEnvironmentSize(whose: string, environment: unknown): Problem[] {
  if (!isPlain(environment) || typeof environment !== "object" || environment === null) return [];
  const known = Object.entries(environment as Record<string, unknown>).map(([name, value]) => [
    name,
    typeof value === "string" ? value : "",
  ]);
  const size = Buffer.byteLength(JSON.stringify(Object.fromEntries(known)));
  if (size <= environmentLimit) return [];
  const largest = known.sort(([, a = ""], [, b = ""]) => b.length - a.length)[0]?.[0];
  return [
    beyond(
      `${whose} has more in its environment than Lambda takes`,
      `${size} bytes of names and values, at most ${environmentLimit} are taken; the largest is ${largest}`,
      "put large values into a file that the handler imports, a bucket, or an SSM parameter, and pass its name",
    ),
  ];
}

/** The most that IAM takes of a role's inline policies, in characters without spaces. */
const policyLimit = 10_240;

/** Checks the size of a role's policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
export function checkPolicySize(whose: string, policy: string): Problem[] {
  const size = policy.replace(/\s/g, "").length;
  if (size <= policyLimit) return [];
  return [
    beyond(
      `${whose} is allowed more than fits into the policy of its role`,
      `${size} characters, at most ${policyLimit} are taken`,
      "use fewer components in one handler: split it, or call another Function for some of them",
    ),
  ];
}
