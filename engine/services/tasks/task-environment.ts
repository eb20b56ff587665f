import type { Account } from "../account";
import type { RoleCredentials } from "../functions/function-definition";
import { ContainerError } from "./container-runtime";

interface TaskEnvironmentOptions {
  readonly account: Account;
  /** Undefined for a task without a role, which has no credentials on Fargate either. */
  readonly credentials: RoleCredentials | undefined;
  readonly endpointUrl: string;
  /** What the definition and the run's overrides say. */
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs by variable. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The environment of a task's container: where the AWS SDKs find the engine and the task role's key, and what the
 * program says. A secret is not in the program, so its value is taken from the variable of the same name that
 * `tandem up` was started with. ECS_CONTAINER_METADATA_URI_V4 is left out: there is no metadata service here.
 */
export function taskEnvironment(options: TaskEnvironmentOptions): Record<string, string> {
  const { account, credentials, secrets } = options;
  return {
    AWS_ENDPOINT_URL: options.endpointUrl,
    AWS_REGION: account.region,
    AWS_DEFAULT_REGION: account.region,
    ...(credentials !== undefined && {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }),
    ...(credentials?.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    ...options.environment,
    ...secretValues(secrets),
  };
}

function secretValues(secrets: Readonly<Record<string, string>>): Record<string, string> {
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const name of Object.keys(secrets)) {
    const value = process.env[name];
    if (value === undefined) missing.push(name);
    else values[name] = value;
  }
  if (missing.length > 0) {
    const which = missing.map((name) => `${name} (${secrets[name] ?? ""})`).join(", ");
    throw new ContainerError(
      "ResourceInitializationError",
      `secrets cannot be read on this machine: ${which}; export ${missing.join(", ")} before tandem up`,
    );
  }
  return values;
}
