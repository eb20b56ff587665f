import type { Account } from "../account";
import { AwsError } from "../protocol/message";
import type { FunctionDefinition, RoleCredentials } from "./function-definition";

interface EnvironmentOptions {
  readonly definition: FunctionDefinition;
  readonly account: Account;
  readonly credentials: RoleCredentials;
  /** `http://127.0.0.1:4566`: where the AWS SDK finds every service. */
  readonly endpointUrl: string;
  readonly logStream: string;
  /** The folder of the unpacked package. */
  readonly root: string;
}

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
const reserved = [
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
];

/** Refuses an environment that Lambda refuses. */
export function checkEnvironment(environment: Readonly<Record<string, string>>): void {
  const used = Object.keys(environment).filter((name) => reserved.includes(name));
  if (used.length > 0) {
    throw new AwsError(
      "InvalidParameterValueException",
      "Lambda was unable to configure your environment variables because the environment variables you have provided " +
        `contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${used.join(", ")}`,
    );
  }
  const malformed = Object.keys(environment).find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (malformed !== undefined)
    throw new AwsError("InvalidParameterValueException", `'${malformed}' is not a valid environment variable name.`);
}

/** The whole environment of a function's process: what Lambda sets and what the program says, nothing of the engine's. */
export function functionEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { account, credentials, definition } = options;
  return {
    // As Lambda's own; a program may set these itself.
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    AWS_ENDPOINT_URL: options.endpointUrl,
    ...definition.environment,
    _HANDLER: definition.handler,
    AWS_REGION: account.region,
    AWS_DEFAULT_REGION: account.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memory),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: definition.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: options.logStream,
    LAMBDA_TASK_ROOT: options.root,
  };
}
