import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { EngineError } from "../engine/errors";

const run = promisify(execFile);

/** A resource of a deployed stack, as its state has it. Secrets stay encrypted. */
export interface DeployedResource {
  readonly type: string;
  /** Its name in the program. */
  readonly name: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Bytes of state that are read at most. */
const largestState = 512 * 1024 * 1024;

/**
 * What the Pulumi CLI knows of a stack: it alone knows where states are kept, and may read them.
 * @param folder the project's
 * @param stack its name; the one that the CLI has selected where it is undefined
 * @throws `ERR_DEPLOYED_STACK`
 */
export async function deployedResources(
  folder: string,
  stack: string | undefined,
  interrupted: AbortSignal,
): Promise<DeployedResource[]> {
  const args = ["stack", "export", "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])];
  try {
    const options = { cwd: folder, maxBuffer: largestState, signal: interrupted };
    return resourcesIn(await run("pulumi", args, options).then(({ stdout }) => stdout));
  } catch (error) {
    if (error instanceof EngineError || interrupted.aborted) throw error;
    throw unreadable(error as NodeJS.ErrnoException & { stderr?: string }, folder, stack);
  }
}

function resourcesIn(text: string): DeployedResource[] {
  const { deployment } = JSON.parse(text) as { deployment?: { resources?: readonly StateResource[] } };
  return (deployment?.resources ?? [])
    .filter((resource) => resource.custom === true && resource.delete !== true)
    .map(({ urn, type, id = "", outputs = {} }) => ({ type, id, outputs, name: urn.split("::").slice(3).join("::") }));
}

/** https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_export/ */
interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Replaced, and not deleted yet. */
  readonly delete?: boolean;
}

function unreadable(
  error: NodeJS.ErrnoException & { stderr?: string },
  folder: string,
  stack: string | undefined,
): EngineError {
  const said = (error.stderr ?? "").split("\n").find((line) => line.startsWith("error: "));
  const whose = stack === undefined ? "the selected stack" : `stack "${stack}"`;
  const instead = "or give the queue's URL or ARN in place of its name";
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return new EngineError(
      "ERR_DEPLOYED_STACK",
      "the project's folder is not there",
      `name it with --folder, ${instead}`,
      path.resolve(folder),
    );
  }
  if (error.code === "ENOENT") {
    return new EngineError(
      "ERR_DEPLOYED_STACK",
      "the Pulumi CLI is not here, which knows what is deployed",
      `install it (https://www.pulumi.com/docs/install/), ${instead}`,
      `pulumi, in ${path.resolve(folder)}`,
    );
  }
  return new EngineError(
    "ERR_DEPLOYED_STACK",
    `Pulumi does not give the state of ${whose}`,
    /no stack (selected|named)/.test(said ?? "")
      ? `name a stack that pulumi stack ls shows, with --stack; ${instead}`
      : /PULUMI_ACCESS_TOKEN|log ?in/i.test(said ?? "")
        ? `pulumi login, as for pulumi up; ${instead}`
        : `see that pulumi stack export works in ${path.resolve(folder)}, name the project with --folder, ${instead}`,
    said?.slice("error: ".length) ?? error.message.split("\n")[0],
  );
}
