import { EngineError } from "../engine/errors";

/** What SDKs and services call credentials that are not there, or that AWS does not take. */
const badCredentials = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSecurity",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

const denials = new Set(["AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"]);

/** Whether AWS, or the SDK before it, turned a call away for who makes it. */
export function isAccessError(error: unknown): boolean {
  return error instanceof Error && (badCredentials.has(error.name) || denials.has(error.name));
}

/**
 * What an error of a call to AWS means to its user, where that is something that they can put right; the error itself
 * elsewhere.
 * @param needed the permissions that the work needs, e.g. `sqs:StartMessageMoveTask`
 */
export function explainAwsError(error: unknown, needed: readonly string[]): unknown {
  if (!(error instanceof Error)) return error;
  if (error.message === "Region is missing") {
    return new EngineError(
      "ERR_AWS_CREDENTIALS",
      "it is not known in which region of AWS to work",
      "set AWS_REGION, or give the queue's ARN, which names it",
      error.message,
    );
  }
  if (badCredentials.has(error.name)) {
    return new EngineError(
      "ERR_AWS_CREDENTIALS",
      "there are no AWS credentials here, or AWS does not take them",
      "sign in as for pulumi up, e.g. with: aws sso login; or set AWS_PROFILE. aws sts get-caller-identity shows who you are",
      `${error.name}: ${firstLine(error.message)}`,
    );
  }
  if (!denials.has(error.name)) return error;
  // "User: arn:… is not authorized to perform: sqs:startmessagemovetask on resource: arn:… because …"
  const [, action, resource] = /perform: ([\w-]+:\w+)(?: on resource: (\S+))?/.exec(error.message) ?? [];
  const named = needed.find((each) => each.toLowerCase() === action?.toLowerCase()) ?? action;
  return new EngineError(
    "ERR_AWS_DENIED",
    "AWS does not allow you to do that",
    named === undefined
      ? `ask for the permissions ${needed.join(", ")}`
      : `ask for the permission ${named}${resource === undefined ? "" : ` on ${resource}`}; all that it takes: ${needed.join(", ")}`,
    firstLine(error.message),
  );
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
