import * as path from "node:path";
import { recordProgram, type Recorded } from "../../engine/record";
import { readProject, type Project } from "../../engine/monitor/project";
import { projectFileIn } from "../../engine/monitor/project-file";
import { dim, red } from "../colours";
import { CommandFailure, exitCodes } from "../exit";
import { provideDependencies } from "./dependencies";
import { diffMarkdown } from "./diff-markdown";
import { failureMarkdown, type Failure } from "./failure-markdown";
import { diffText } from "./diff-text";
import { commitOf, placeOf, tryGit } from "./git";
import { previewOf } from "./preview";
import { previewText } from "./preview-text";
import type { RecordedOptions } from "./record-folder";
import { isEmpty, reportOf, type DiffReport, type Side } from "./report";
import { Worktree } from "./worktree";

export interface DiffOptions extends RecordedOptions {
  readonly ref: string;
  readonly format: "text" | "markdown" | "json";
  readonly exitCode: boolean;
}

/** What Tandem itself keeps in a project, which need not be ignored there. */
const ownFiles = ":(exclude,glob)**/.tandem/**";

/** A revision's program: recorded, not there at all, or failed with an error. */
type Outcome = { readonly recorded?: Recorded; readonly error?: string };

/**
 * `tandem diff`: what is different since a git revision.
 * @throws `ERR_DIFF_…`, `ERR_PROJECT_…`
 */
export async function showDiff(options: DiffOptions): Promise<void> {
  const notes: string[] = [];
  const interrupt = new AbortController();
  // Read first: without a project here, there is nothing to compare.
  const project = readProject(options.folder, options.stack, options.config, placeholder);
  const { root, prefix } = await placeOf(project.root);
  const commit = await commitOf(root, options.ref);
  notes.push(`compared with ${options.ref}${options.ref === "HEAD" ? ", the last commit" : ""} (${commit.title})`);
  const uncommitted = ((await tryGit(root, "status", "--porcelain", "--", prefix || ".", ownFiles)) ?? "")
    .split("\n")
    .filter(Boolean);
  if (uncommitted.length > 0)
    notes.push(`with what is not committed yet: ${uncommitted.length} of the project's files`);
  const held: { worktree?: Worktree } = {};
  const end = (): void => {
    interrupt.abort();
    held.worktree?.remove();
    process.exit(exitCodes.interrupted);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, end);
  try {
    held.worktree = await Worktree.add(root, commit.id, (line) => notes.push(line));
    const tree = held.worktree.folder;
    const before = path.join(tree, prefix);
    const old = async (): Promise<Outcome> => {
      if (projectFileIn(before) === undefined) {
        notes.push(`the project was not there at ${options.ref}: everything is new`);
        return {};
      }
      try {
        await provideDependencies(root, tree, prefix, (line) => notes.push(line), interrupt.signal);
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) };
      }
      return record(before, project.root, options, path.join(tree, "..", "cache"), interrupt.signal);
    };
    const [was, is] = await Promise.all([
      old(),
      record(project.root, project.root, options, undefined, interrupt.signal),
    ]);
    await print(options, project, was, is, before, notes);
  } finally {
    for (const signal of signals) process.off(signal, end);
    held.worktree?.remove();
  }
}

async function record(
  folder: string,
  place: string,
  { stack, config }: DiffOptions,
  cacheFolder: string | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return {
      recorded: await recordProgram({ projectFolder: folder, place, stack, config, cacheFolder, signal, placeholder }),
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** What stands for a secret that cannot be decrypted: another for another ciphertext, and never shown. */
function placeholder(_key: string, ciphertext: string): string {
  return `undecrypted:${ciphertext}`;
}

async function print(
  options: DiffOptions,
  project: Project,
  was: Outcome,
  is: Outcome,
  before: string,
  notes: readonly string[],
): Promise<void> {
  const failures: Failure[] = [
    ...(was.error === undefined ? [] : [{ where: `the program fails at ${options.ref}`, error: was.error }]),
    ...(is.error === undefined ? [] : [{ where: "the program fails as it is now", error: is.error }]),
  ];
  if (failures.length > 0) {
    process.stdout.write(failureText(options, failures, was.recorded ?? is.recorded, notes));
    throw new CommandFailure(exitCodes.failed);
  }
  const side = (recorded: Recorded | undefined, folder: string): Side => ({
    graph: recorded?.resources ?? new Map(),
    folder: recorded?.project.folder ?? folder,
    secrets: recorded?.project.secretKeys.map((key) => recorded.project.config[key] ?? "") ?? [],
  });
  const report = await reportOf(
    { project: is.recorded?.project ?? project },
    side(was.recorded, before),
    side(is.recorded, project.folder),
  );
  process.stdout.write(reportText(options, report, notes));
  if (options.exitCode && !isEmpty(report)) throw new CommandFailure(report.dataAtRisk.length > 0 ? 3 : 2);
}

function reportText({ format }: DiffOptions, report: DiffReport, notes: readonly string[]): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ ...report, notes, failures: [] }, undefined, 2)}\n`;
    case "markdown":
      return diffMarkdown(report, notes);
    case "text":
      return `${notes.map((note) => `${dim(note)}\n`).join("")}\n${diffText(report)}`;
  }
}

/** A program that fails at one revision: its error, and the other revision whole. */
function failureText(
  { format }: DiffOptions,
  failures: readonly Failure[],
  other: Recorded | undefined,
  notes: readonly string[],
): string {
  const whole = other === undefined ? undefined : previewOf(other);
  switch (format) {
    case "json": {
      const more = whole === undefined ? {} : { whole };
      return `${JSON.stringify({ version: 1, notes, failures, ...more }, undefined, 2)}\n`;
    }
    case "markdown":
      return failureMarkdown(failures, whole, notes);
    case "text": {
      const said = failures.map(({ where, error }) => `${red(where)}\n\n${error}\n`).join("\n");
      const shown = whole === undefined ? "" : `\nthe other revision:\n\n${previewText(whole, false)}`;
      return `${notes.map((note) => `${dim(note)}\n`).join("")}\n${said}${shown}`;
    }
  }
}
