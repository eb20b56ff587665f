import type { Command } from "commander";

/** Adds the options by which a command finds the running stack. */
export function stackOptions(command: Command): Command {
  return command
    .option("--stack <name>", "the stack", "dev")
    .option("--data <folder>", "where data is kept, if tandem up was given --data")
    .option("--folder <folder>", "the project's folder", ".");
}
