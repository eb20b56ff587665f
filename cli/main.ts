import { Command, CommanderError } from "commander";
import { EngineError } from "../engine/errors";
import { red } from "./colours";
import { CommandFailure, exitCodeOf, exitCodes } from "./exit";
import { registerDiff } from "./commands/diff";
import { registerObjects } from "./commands/objects";
import { registerPreview } from "./commands/preview";
import { registerQueues } from "./commands/queues";
import { registerReview } from "./commands/review";
import { registerRun } from "./commands/run";
import { registerShow } from "./commands/show";
import { registerUp } from "./commands/up";

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
  const isOurs = error instanceof EngineError;
  if (!isOurs && process.env.TANDEM_DEBUG !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return exitCodeOf(error);
}

function version(): string {
  return (require("tandem/package.json") as { version: string }).version;
}
