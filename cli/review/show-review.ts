import * as fs from "node:fs";
import { EngineError } from "../../engine/errors";
import { CommandFailure, exitCodes } from "../exit";
import { diffMarkdown } from "./diff-markdown";
import { failureMarkdown, type Failure } from "./failure-markdown";
import { NotAllowed, PullRequest } from "./github";
import { isEmpty, type DiffReport } from "./report";
import type { Preview } from "./preview";

/** What `tandem diff --format json` prints. */
type Printed = (DiffReport & { notes: string[]; failures: [] }) | Failed;
interface Failed {
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
  readonly whole?: Preview;
}

export interface ReviewOptions {
  /** Tells the comments of several projects in one pull request apart. */
  readonly name: string;
  readonly comment: boolean;
  readonly labels: boolean;
}

/**
 * `tandem review`, in a GitHub workflow: writes the summary of the job, its outputs, one comment that is kept up to date,
 * and labels. It runs no program: what it tells is in the file, so that no code of a pull request runs beside the token.
 * @throws `ERR_REVIEW_INPUT`
 */
export async function showReview(file: string, options: ReviewOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const printed = read(file);
  const report = isFailed(printed) ? undefined : printed;
  const markdown = isFailed(printed)
    ? failureMarkdown(printed.failures, printed.whole, printed.notes)
    : diffMarkdown(printed, printed.notes);
  const facts = {
    changed: report !== undefined && !isEmpty(report),
    "permissions-gained": report?.permissions.some(({ gained }) => gained.length > 0) === true,
    "data-at-risk": (report?.dataAtRisk.length ?? 0) > 0,
  };
  append(env.GITHUB_STEP_SUMMARY, `${markdown}\n`);
  append(
    env.GITHUB_OUTPUT,
    Object.entries(facts)
      .map(([name, value]) => `${name}=${String(value)}\n`)
      .join(""),
  );
  const pullRequest = pullRequestOf(env);
  if (pullRequest !== undefined) {
    try {
      if (options.comment) {
        await pullRequest.comment(markerOf(options.name), markdown, facts.changed || report === undefined);
      }
      if (options.labels && report !== undefined) {
        await pullRequest.label({
          "permissions gained": facts["permissions-gained"],
          "data at risk": facts["data-at-risk"],
          "newly public": report.exposures.opened.length > 0,
        });
      }
    } catch (error) {
      // The summary has it all: a pull request from a fork is no failure.
      if (!(error instanceof NotAllowed)) throw error;
      process.stdout.write(`::notice::${error.message}\n`);
    }
  }
  if (report === undefined) throw new CommandFailure(exitCodes.failed);
}

function markerOf(name: string): string {
  return `<!-- tandem diff: ${name.replace(/[^\w./ -]/g, "_").replaceAll("--", "_")} -->`;
}

function isFailed(printed: Printed): printed is Failed {
  return printed.failures.length > 0;
}

function read(file: string): Printed {
  try {
    const printed = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Printed>;
    if (Array.isArray(printed.failures) && Array.isArray(printed.notes)) return printed as Printed;
  } catch {
    // Not there, or cut off: said below.
  }
  throw new EngineError(
    "ERR_REVIEW_INPUT",
    "the file is not what tandem diff prints",
    "write it with: tandem diff <ref> --format json > file; if that failed, its own message says why",
    file,
  );
}

function append(file: string | undefined, text: string): void {
  if (file !== undefined && file !== "") fs.appendFileSync(file, text);
}

/** The pull request that a workflow runs for; undefined for a push, or without a token. */
function pullRequestOf(env: NodeJS.ProcessEnv): PullRequest | undefined {
  const { GITHUB_EVENT_PATH: file, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
  if (file === undefined || repository === undefined || token === undefined || token === "") return undefined;
  const event = JSON.parse(fs.readFileSync(file, "utf8")) as { pull_request?: { number?: number } };
  const number = event.pull_request?.number;
  if (number === undefined) return undefined;
  return new PullRequest(env.GITHUB_API_URL ?? "https://api.github.com", repository, number, token);
}
