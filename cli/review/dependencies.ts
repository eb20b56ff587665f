import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How packages are installed as a lockfile says: from the cache as far as it goes, and running none of their scripts. */
const installers: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  "package-lock.json": ["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"],
  "npm-shrinkwrap.json": ["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"],
  "pnpm-lock.yaml": ["pnpm", "install", "--frozen-lockfile", "--prefer-offline", "--ignore-scripts"],
  "yarn.lock": ["yarn", "install", "--frozen-lockfile", "--prefer-offline", "--ignore-scripts"],
};

/**
 * Gives a checked out project its packages: those of the user's folder, or its own where its lockfile is another.
 * @param prefix the project's folder within both
 * @param note told when packages are installed
 * @throws where they cannot be installed
 */
export async function provideDependencies(
  root: string,
  worktree: string,
  prefix: string,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const lockfile = nearestLockfile(worktree, prefix);
  if (lockfile !== undefined && !sameFile(path.join(root, lockfile), path.join(worktree, lockfile))) {
    note(`${lockfile} is another at the earlier revision: its packages are installed, without their scripts`);
    const [command, ...args] = installers[path.basename(lockfile)] ?? ["npm", "ci"];
    const folder = path.join(worktree, path.dirname(lockfile));
    await execute(command, args, folder, signal);
    // The project's own script is as much its own as the program that runs next: what it builds may be needed.
    if (hasPrepareScript(folder)) await execute(command, ["run", "prepare"], folder, signal);
    return;
  }
  for (const folder of foldersDownTo(prefix)) {
    const own = path.join(root, folder, "node_modules");
    const link = path.join(worktree, folder, "node_modules");
    if (fs.existsSync(own) && !fs.existsSync(link) && fs.existsSync(path.dirname(link)))
      fs.symlinkSync(own, link, "dir");
  }
}

async function execute(command: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  try {
    await run(command, args, { cwd, signal, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split("\n").slice(-8).join("\n") ?? String(error);
    throw new Error(`its packages cannot be installed: ${command} ${args.join(" ")} failed\n\n${said}`);
  }
}

function hasPrepareScript(folder: string): boolean {
  const manifest = path.join(folder, "package.json");
  if (!fs.existsSync(manifest)) return false;
  const { scripts = {} } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { scripts?: Record<string, string> };
  return scripts["prepare"] !== undefined;
}

/** From the repository's folder down to the project's. */
function foldersDownTo(prefix: string): string[] {
  const parts = prefix.split("/").filter((part) => part !== "");
  return ["", ...parts.map((_, index) => parts.slice(0, index + 1).join("/"))];
}

function nearestLockfile(worktree: string, prefix: string): string | undefined {
  return foldersDownTo(prefix)
    .reverse()
    .flatMap((folder) => Object.keys(installers).map((name) => path.posix.join(folder, name)))
    .find((file) => fs.existsSync(path.join(worktree, file)));
}

function sameFile(a: string, b: string): boolean {
  return fs.existsSync(a) && fs.readFileSync(a).equals(fs.readFileSync(b));
}
