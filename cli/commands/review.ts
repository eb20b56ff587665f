import type { Command } from "commander";
import type { ReviewOptions } from "../review/show-review";

/** `tandem review`: posts what `tandem diff` tells to a pull request. */
export function registerReview(program: Command): void {
  program
    .command("review")
    .description("in a GitHub workflow: comment what tandem diff has found (docs/github-action.md)")
    .argument("<file>", "what tandem diff --format json printed")
    .option("--name <name>", "tells the comments of several projects apart", "project")
    .option("--no-comment", "write the job's summary and outputs only")
    .option("--no-labels", "put no labels on the pull request")
    .action(async (file: string, options: ReviewOptions) => {
      const { showReview } = require("../review/show-review") as typeof import("../review/show-review");
      await showReview(file, options, process.env);
    });
}
