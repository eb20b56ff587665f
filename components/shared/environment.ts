import { createHash } from "node:crypto";
import { isPlain, show } from "./checks";
import type { Problem } from "./errors";

/**
 * The environment variable that tells a handler where a component is, e.g. `TANDEM_BUCKET_media`. A name with
 * characters that a variable cannot have gets a suffix, so that `a-b` and `a_b` stay two.
 */
export function variableOf(kind: "BUCKET" | "TASK" | "FUNCTION" | "QUEUE" | "SOURCE", name: string): string {
  const legal = name.replace(/[^A-Za-z0-9]/g, "_");
  const suffix = legal === name ? "" : `_${createHash("sha256").update(name).digest("hex").slice(0, 6)}`;
  return `TANDEM_${kind}_${legal}${suffix}`;
}

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
const reserved = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Checks the names and plain values of `environment`. */
export function checkEnvironment(whose: string, environment: unknown): Problem[] {
  if (!isPlain(environment)) return [];
  const refuse = (got: string, fix: string): Problem => ({
    code: "ERR_ENVIRONMENT_NAME",
    message: `${whose} was given an environment variable that cannot be set`,
    got,
    fix,
  });
  if (typeof environment !== "object" || environment === null || Array.isArray(environment)) {
    return [refuse(`environment = ${show(environment)}`, 'use an object, like { STAGE: "prod" }')];
  }
  return Object.entries(environment).flatMap(([name, value]: [string, unknown]) => {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
      return [refuse(show(name), "use letters, digits and underscores, starting with a letter")];
    }
    if (reserved.has(name)) return [refuse(show(name), "choose another name: AWS sets this one")];
    if (name.startsWith("TANDEM_")) return [refuse(show(name), "choose another name: TANDEM_ is the library's own")];
    if (isPlain(value) && typeof value !== "string") {
      return [refuse(`${name} = ${show(value)}`, "values are strings: convert it, e.g. with String(...)")];
    }
    return [];
  });
}
