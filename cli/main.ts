import { Command, CommanderError } from "commander";
import { EngineError } from "../engine/errors";
import { red } from "./colours";
import { CommandFailure, exitCodes } from "./exit";
import { registerDiff } from "./commands/diff";
import { registerObjects } from "./commands/objects";
import { registerPreview } from "./commands/preview";
import { registerQueues } from "./commands/queues";
import { registerReview } from "./commands/review";
import { registerRun } from "./commands/run";
import { registerShow } from "./commands/show";
import { registerUp } from "./commands/up";

/** Errors that mean that the command was used wrongly, rather than that something failed. */
const usageErrors = new Set([
  "ERR_PROJECT_MISSING",
  "ERR_PROJECT_RUNTIME",
  "ERR_PROJECT_FILE",
  "ERR_STACK_NAME",
  "ERR_STACK_NOT_RUNNING",
  "ERR_STACK_RUNNING",
  "ERR_PORT_IN_USE",
  "ERR_DATA_FOLDER",
  "ERR_CONFIG_VALUE",
  "ERR_CONFIG_SECRET",
  "ERR_NOT_FOUND",
  "ERR_SEND_REFUSED",
  "ERR_REDRIVE_REFUSED",
  "ERR_DEPLOYED_STACK",
  "ERR_AWS_CREDENTIALS",
  "ERR_DIFF_REPOSITORY",
  "ERR_DIFF_REF",
  "ERR_REVIEW_INPUT",
]);

/** Runs the command line and gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("tandem")
    .description("Runs a Pulumi program of functions and containers on this machine: no account, no Docker needed.")
    .version(version(), "-v, --version")
    .showHelpAfterError("(see tandem --help)")
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText("after", "\nExit codes: 0 done, 1 the program or a handler failed, 2 used wrongly, 130 interrupted.");
  registerUp(program);
  registerPreview(program);
  registerDiff(program);
  registerReview(program);
  registerShow(program);
  registerObjects(program);
  registerQueues(program);
  registerRun(program);
  if (args.length === 0) {
    program.outputHelp();
    return exitCodes.usage;
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCodes.done;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  // Commander has said what was wrong by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${red(message)}\n`);
  if (error instanceof EngineError) return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.failed;
  if (process.env.TANDEM_DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCodes.failed;
}

function version(): string {
  return (require("tandem/package.json") as { version: string }).version;
}
