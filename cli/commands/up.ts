import type { Command } from "commander";
import { wholeNumber } from "../numbers";
import type { UpOptions } from "../up";

/** `tandem up`: runs a program until Ctrl-C. */
export function registerUp(program: Command): void {
  const repeated = (value: string, before: string[]): string[] => [...before, value];
  program
    .command("up")
    .description("run the program here until Ctrl-C")
    .argument("[folder]", "the project: a folder with Pulumi.yaml", ".")
    .option("--stack <name>", "the stack", "dev")
    .option("--port <number>", "the endpoint's port (default: that of the last run)", wholeNumber(1, 65_535))
    .option("--data <folder>", "where data is kept (default: .tandem in the project)")
    .option("--config <key=value>", "a configuration value, over the stack's file; may be repeated", repeated, [])
    .option("--json", "print one JSON object a line (docs/json-events.md)", false)
    .option("--once", "exit when everything is idle: 0, or 1 where something failed", false)
    .option("--no-watch", "do not reload when a file is saved")
    .option("--fresh", "start without the data of earlier runs", false)
    .option("--put <bucket=file>", "put a file once all is up; may be repeated", repeated, [])
    .option(
      "--expect <bucket=pattern>",
      "fail unless such a key (with * as wildcard) was put; outside a terminal this implies --once",
      repeated,
      [],
    )
    .addHelpText("after", "\nExamples:\n  tandem up\n  tandem up --once --put media=clip.mp4 --expect 'media=*.jpg'")
    .action(async (folder: string, options: Omit<UpOptions, "folder">) => {
      // Loaded here: other commands need nothing of the engine.
      const { up } = require("../up") as typeof import("../up");
      await up({ ...options, folder });
    });
}
