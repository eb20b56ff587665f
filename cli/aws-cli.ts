import { execFile } from "node:child_process";
import * as path from "node:path";
import { EngineError } from "../engine/errors";

/**
 * The first versions that heed AWS_ENDPOINT_URL, by their major number
 * (https://aws.amazon.com/blogs/developer/new-improved-flexibility-when-configuring-endpoint-urls-with-the-aws-sdks-and-tools/).
 */
const needed: Readonly<Record<number, number>> = { 1: 29, 2: 13 };

/**
 * Refuses an AWS CLI that ignores AWS_ENDPOINT_URL: its commands would go to AWS. Other commands are not looked at.
 * @param command the program, as the user named it
 * @throws `ERR_AWS_CLI_VERSION`
 */
export async function checkAwsCli(command: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (path.basename(command).replace(/\.(exe|cmd)$/i, "") !== "aws") return;
  const [, version, major, minor] = /aws-cli\/((\d+)\.(\d+)\S*)/.exec(await versionText(command, env)) ?? [];
  if (version === undefined) return;
  const first = needed[Number(major)];
  if (Number(major) > 0 && (first === undefined || Number(minor) >= first)) return;
  throw new EngineError(
    "ERR_AWS_CLI_VERSION",
    "this AWS CLI is too old to find the stack: its commands would go to AWS",
    "install 2.13 or newer, or 1.29 or newer: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    `aws-cli/${version}`,
  );
}

/** What the CLI prints of its version; old ones print it on standard error. Nothing where it cannot be run. */
function versionText(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) =>
    execFile(command, ["--version"], { env }, (_error, stdout, stderr) => resolve(stdout + stderr)),
  );
}
