import type { Command } from "commander";
import type { RecordedOptions } from "../review/record-folder";

/** `tandem preview` and `tandem permissions`: what a program would make, and what its handlers may do. */
export function registerPreview(program: Command): void {
  recordOptions(program.command("preview"))
    .description("show what would be created, without starting anything")
    .argument("[folder]", "the project: a folder with Pulumi.yaml", ".")
    .option("--all", "show every resource, not only components", false)
    .option("--json", "print JSON (docs/preview-json.md)", false)
    .action(async (folder: string, options: Omit<RecordedOptions, "folder"> & { json: boolean; all: boolean }) => {
      const { showPreview } = require("../review/show-preview") as typeof import("../review/show-preview");
      await showPreview({ ...options, folder });
    });

  recordOptions(program.command("permissions"))
    .description("show what the program's functions and tasks may do")
    .argument("[handler]", "a function or task by its name in the program (default: all)")
    .option("--folder <folder>", "the project's folder", ".")
    .option("--json", "print one JSON object a line (docs/preview-json.md)", false)
    .action(async (handler: string | undefined, options: RecordedOptions & { json: boolean }) => {
      const { showPermissions } = require("../review/show-preview") as typeof import("../review/show-preview");
      await showPermissions(handler, options);
    });
}

/** Adds the options by which a command records a program. */
export function recordOptions(command: Command): Command {
  const repeated = (value: string, before: string[]): string[] => [...before, value];
  return command
    .option("--stack <name>", "the stack", "dev")
    .option("--config <key=value>", "a configuration value, over the stack's file; may be repeated", repeated, []);
}
