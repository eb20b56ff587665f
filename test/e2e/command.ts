import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export const repository = path.resolve(__dirname, "..", "..");
export const example = path.join(repository, "examples", "video-thumbnailer");
const command = path.join(repository, "dist", "cli", "index.js");
const cliSource = path.join(repository, "cli", "index.ts");

/** What a command printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A command that runs, as a user's shell would start it. */
export class Running {
  public output = "";
  private readonly waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];
  public readonly ended: Promise<Ended>;

  public constructor(public readonly child: ChildProcess) {
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString("utf8");
      for (const { pattern, resolve } of this.waiting) if (pattern.test(this.output)) resolve();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    this.ended = new Promise((resolve) => child.once("close", (code) => resolve({ code, output: this.output })));
  }

  /** Resolves once the output has what `pattern` matches; rejects where the command ends without. */
  public async prints(pattern: RegExp): Promise<void> {
    if (pattern.test(this.output)) return;
    const printed = new Promise<void>((resolve) => this.waiting.push({ pattern, resolve }));
    const ended = this.ended.then(({ output }) => {
      if (!pattern.test(output)) throw new Error(`it ended without ${pattern}:\n${output}`);
    });
    await Promise.race([printed, ended]);
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts `tandem` as it is built. */
export function tandem(args: readonly string[], { cwd = example, env = {} }: RunOptions = {}): Running {
  return new Running(
    spawn(process.execPath, [command, ...args], { cwd, env: { ...process.env, ...env }, stdio: "pipe" }),
  );
}

/** Starts `tandem` from its source, in the repository. */
export function tandemFromSource(args: readonly string[], { cwd = repository, env = {} }: RunOptions = {}): Running {
  const source = ["--require", path.join(repository, "engine", "monitor", "register.js"), cliSource];
  return new Running(
    spawn(process.execPath, [...source, ...args], { cwd, env: { ...process.env, ...env }, stdio: "pipe" }),
  );
}

/** Starts npm in the repository, with its output in a pipe. */
export function npm(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return new Running(spawn("npm", args, { cwd: repository, env: { ...process.env, ...env }, stdio: "pipe" }));
}

/** A copy of the example in a folder of its own, with this repository's packages. */
export function copyOfExample(from = example): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-example-"));
  fs.cpSync(from, folder, { recursive: true, filter: (file) => !/[\\/](\.tandem|node_modules)$/.test(file) });
  fs.symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"), "dir");
  return folder;
}
