/**
 * Every error that the library gives, by a code that callers may match. A code is never renamed, and the code of an
 * error that is gone is never used again. docs/errors.md has a section for each; a test holds the two together.
 */
export const errorCodes = {
  ERR_NAME_INVALID: "a component has a name that the cloud refuses",
  ERR_ARGUMENT_UNKNOWN: "an argument that does not exist, often a misspelling",
  ERR_ARGUMENT_TYPE: "an argument of the wrong type",
  ERR_ARGUMENT_RANGE: "a number outside what the service takes",
  ERR_ENVIRONMENT_NAME: "an environment variable that cannot be set",
  ERR_GRANT_ACTION: "a grant that is not a list of plain IAM actions on resources",
  ERR_GRANT_VERB: "a component was asked for a permission that it does not have",
  ERR_HANDLER_TYPE: "a handler that is neither a function, a Task nor a file handler",
  ERR_HANDLER_FILE: "a file handler whose file or export is not there",
  ERR_SUBSCRIPTION_DUPLICATE: "two subscriptions of one component with the same name",
  ERR_BUCKET_FILTER: "a key filter that can never match",
  ERR_BUCKET_LOOP: "a handler that writes where it listens",
  ERR_TASK_SOURCE: "a Task needs exactly one of build and image",
  ERR_TASK_BUILD: "a build folder or Dockerfile that is not there",
  ERR_CAPTURE_VALUE: "a handler captures a value that does not survive serialization",
  ERR_CAPTURE_CLASS: "a handler captures a class with private members or native fields",
  ERR_CAPTURE_IMPORT_META: "a handler uses import.meta",
  ERR_CAPTURE_RESOURCE: "a handler captures a whole resource",
  ERR_CAPTURE_SECRET: "a handler captures a secret",
  ERR_CAPTURE_FAILED: "a handler cannot be serialized",
  ERR_BUNDLE_FAILED: "a handler's packages cannot be bundled",
  ERR_BUNDLE_NATIVE_ADDON: "a handler needs a package with native code",
  ERR_BUNDLE_LOAD: "a handler's package fails when it is loaded",
  ERR_BUNDLE_SIZE: "a handler's package is larger than Lambda takes",
  ERR_PLATFORM_UNSUPPORTED: "the stack's platform is not one that the library deploys to",
  ERR_RUNTIME_ONLY: "a method that works inside handlers only was called while deploying",
} as const;

export type ErrorCode = keyof typeof errorCodes;
