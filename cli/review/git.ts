import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EngineError } from "../../engine/errors";

const run = promisify(execFile);

/** Runs git in a folder, and gives what it prints. Hooks of the repository do not run. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("git", ["-c", "core.hooksPath=/dev/null", "-C", folder, ...args], {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
  });
  return stdout.replace(/\n$/, "");
}

/** The same, or undefined where git says no. */
export async function tryGit(folder: string, ...args: string[]): Promise<string | undefined> {
  try {
    return await git(folder, ...args);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw noRepository(folder, "git is not installed");
    return undefined;
  }
}

/** Where a project is in a repository. */
export interface Place {
  /** The repository's folder. */
  readonly root: string;
  /** The project's folder from there on; empty where it is the root. */
  readonly prefix: string;
}

/** @throws `ERR_DIFF_REPOSITORY` */
export async function placeOf(folder: string): Promise<Place> {
  const root = await tryGit(folder, "rev-parse", "--show-toplevel");
  const prefix = await tryGit(folder, "rev-parse", "--show-prefix");
  if (root === undefined || prefix === undefined) throw noRepository(folder, "the folder is in no git repository");
  return { root, prefix: prefix.replace(/\/$/, "") };
}

function noRepository(folder: string, message: string): EngineError {
  return new EngineError(
    "ERR_DIFF_REPOSITORY",
    message,
    "tandem diff compares with a git revision: install git, and run it in a clone with history; tandem preview needs none",
    folder,
  );
}

/**
 * The commit that a revision means.
 * @throws `ERR_DIFF_REF`
 */
export async function commitOf(root: string, ref: string): Promise<{ id: string; title: string }> {
  const id = await tryGit(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
  if (id !== undefined && id !== "") {
    return { id, title: (await tryGit(root, "log", "-1", "--format=%h %s", id)) ?? id.slice(0, 7) };
  }
  const isShallow = (await tryGit(root, "rev-parse", "--is-shallow-repository")) === "true";
  const isEmpty = (await tryGit(root, "rev-parse", "--verify", "--quiet", "HEAD")) === undefined;
  throw new EngineError(
    "ERR_DIFF_REF",
    isEmpty ? "the repository has no commit yet" : "git knows no such revision",
    isEmpty
      ? "commit something first"
      : isShallow
        ? `this is a shallow clone: get its history with git fetch --unshallow, or check out with fetch-depth: 0`
        : "name a commit, branch or tag that is here: git fetch origin, then tandem diff origin/main",
    ref,
  );
}
