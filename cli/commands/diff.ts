import { Option, type Command } from "commander";
import * as fs from "node:fs";
import * as path from "node:path";
import type { DiffOptions } from "../review/show-diff";
import { recordOptions } from "./preview";

/** `tandem diff`: what a program makes and permits otherwise than at a git revision. */
export function registerDiff(program: Command): void {
  recordOptions(program.command("diff"))
    .description("show what has changed since a git revision: permissions, what is public, data at risk, components")
    .argument("[ref]", "a commit, branch or tag (default: HEAD, the last commit)")
    .argument("[folder]", "the project: a folder with Pulumi.yaml", ".")
    .addOption(
      new Option("--format <format>", "how to print it (docs/diff-json.md)")
        .choices(["text", "markdown", "json"])
        .default("text"),
    )
    .option("--exit-code", "exit with 2 when something has changed, and with 3 when data is at risk", false)
    .addHelpText("after", "\nExamples:\n  tandem diff\n  tandem diff origin/main --format markdown")
    .action(async (ref: string | undefined, folder: string, options: Omit<DiffOptions, "ref" | "folder">) => {
      const { showDiff } = require("../review/show-diff") as typeof import("../review/show-diff");
      // `tandem diff examples/app`: a project is no revision.
      const isFolder = ref !== undefined && folder === "." && fs.existsSync(path.join(ref, "Pulumi.yaml"));
      await showDiff({ ...options, ref: isFolder ? "HEAD" : (ref ?? "HEAD"), folder: isFolder ? ref : folder });
    });
}
