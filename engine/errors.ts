import { errorPage } from "./error-page";

/** Every error that the engine and the command line give, by a code that is never renamed or used again. */
export const engineErrorCodes = {
  ERR_PROJECT_MISSING: "a folder that is no Pulumi project",
  ERR_PROJECT_RUNTIME: "a Pulumi project in another language than JavaScript or TypeScript",
  ERR_PROJECT_FILE: "a Pulumi.yaml or stack file that cannot be read",
  ERR_CONFIG_SECRET: "a secret of the stack's configuration that cannot be decrypted",
  ERR_CONFIG_VALUE: "a --config option that is no key=value",
  ERR_PROGRAM_FAILED: "a program that throws or does not compile",
  ERR_PROGRAM_EXITED: "a program that ends its own process",
  ERR_PROGRAM_HANGS: "a program that does not come to its end",
  ERR_INVOKE_UNKNOWN: "a question to a provider that this machine cannot answer",
  ERR_STACK_REFERENCE: "another stack whose outputs are not on this machine",
  ERR_ASSET: "a file for a resource that is not there, or on another machine",
  ERR_RESOURCE_FAILED: "a resource that does not come up",
  ERR_STACK_RUNNING: "a stack that is up already",
  ERR_STACK_NOT_RUNNING: "a command that needs a running stack",
  ERR_STACK_NAME: "a stack name that cannot be a folder's name",
  ERR_PORT_IN_USE: "a port that another program uses",
  ERR_DATA_FOLDER: "a data folder that cannot be written",
  ERR_NOT_FOUND: "a name that the running program does not have",
  ERR_SEND_REFUSED: "a message that its queue does not take",
  ERR_REDRIVE_REFUSED: "a redrive of what cannot go back",
  ERR_DEPLOYED_STACK: "a deployed stack whose state cannot be read",
  ERR_AWS_CREDENTIALS: "AWS credentials, or a region, that are missing or not taken",
  ERR_AWS_DENIED: "a call that AWS does not allow",
  ERR_AWS_CLI_VERSION: "an AWS CLI that would not find the stack",
  ERR_DIFF_REPOSITORY: "a folder that is in no git repository",
  ERR_DIFF_REF: "a revision that git does not know",
  ERR_REVIEW_INPUT: "a file that tandem diff did not write",
} as const;

export type EngineErrorCode = keyof typeof engineErrorCodes;

/** Something that the user can put right: what was wrong, the value, and the fix. Printed without a stack trace. */
export class EngineError extends Error {
  public constructor(
    public readonly code: EngineErrorCode,
    /** What was wrong, without code, value and fix. */
    public readonly summary: string,
    public readonly fix?: string,
    public readonly got?: string,
  ) {
    super(
      [
        `${code}: ${summary}`,
        ...(got === undefined ? [] : [`  got: ${got}`]),
        ...(fix === undefined ? [] : [`  fix: ${fix.replaceAll("\n", "\n       ")}`]),
        `  see: ${errorPage(code)}`,
      ].join("\n"),
    );
    this.name = "EngineError";
  }
}
