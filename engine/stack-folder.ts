import * as fs from "node:fs";
import * as path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EngineError } from "./errors";
import type { Properties } from "./graph/resource";

/** Where a project's stacks are. */
const dataFolder = ".tandem";

/** How others reach a running engine; written for the command line, readable by its owner only. */
export interface EngineAddress {
  readonly pid: number;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** The folder in which a stack keeps its data: `.tandem/<stack>` in the project, unless another is given. */
export function stackFolder(projectRoot: string, stack: string, data?: string): string {
  return data === undefined ? path.join(projectRoot, dataFolder, stack) : path.join(path.resolve(data), stack);
}

/** Reads where a stack's engine is; undefined where it never ran. */
export function readAddress(folder: string): EngineAddress | undefined {
  try {
    return JSON.parse(fs.readFileSync(addressFile(folder), "utf8")) as EngineAddress;
  } catch {
    return undefined;
  }
}

/** What a stack exports, for those that refer to it. */
export interface KeptOutputs {
  readonly outputs: Properties;
  /** The names of those that are secret. */
  readonly secrets: readonly string[];
}

/** Reads what a stack exported when it was last up; undefined where it never was. */
export function readOutputs(folder: string): KeptOutputs | undefined {
  try {
    return JSON.parse(fs.readFileSync(outputsFile(folder), "utf8")) as KeptOutputs;
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote an address still lives. */
export function isAlive({ pid }: EngineAddress): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A stack's data folder, held by one engine at a time. */
export class HeldStackFolder {
  private constructor(
    public readonly folder: string,
    private readonly lock: DatabaseSync,
  ) {}

  /**
   * Makes the folder if need be, and takes it. The lock is one of the file system (SQLite holds it), so it goes with
   * its process, however that ends.
   * @throws `ERR_DATA_FOLDER`, `ERR_STACK_RUNNING`
   */
  public static take(folder: string, stack: string): HeldStackFolder {
    try {
      makeStackFolder(folder);
      // Its database holds the stack's access keys: nobody else on this machine is to read them.
      fs.chmodSync(folder, 0o700);
      fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    } catch (error) {
      throw unwritable(folder, error);
    }
    let lock: DatabaseSync;
    try {
      lock = new DatabaseSync(path.join(folder, "lock"));
      lock.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    } catch (error) {
      if (!/locked|busy/i.test(String(error))) throw unwritable(folder, error);
      const address = readAddress(folder);
      throw new EngineError(
        "ERR_STACK_RUNNING",
        `stack "${stack}" is up already`,
        "use the one that runs, end it with Ctrl-C, or start another: tandem up --stack other",
        address === undefined ? folder : `process ${address.pid}, http://127.0.0.1:${address.port}`,
      );
    }
    return new HeldStackFolder(folder, lock);
  }

  public writeAddress(address: EngineAddress): void {
    writePrivate(addressFile(this.folder), address);
  }

  /** Keeps what the stack exports, for other stacks that refer to it. */
  public writeOutputs(kept: KeptOutputs): void {
    writePrivate(outputsFile(this.folder), kept);
  }

  /** Deletes everything but the lock: `tandem up --fresh`. */
  public empty(): void {
    for (const entry of fs.readdirSync(this.folder)) {
      if (entry !== "lock" && !entry.startsWith("lock-") && entry !== ".gitignore") {
        fs.rmSync(path.join(this.folder, entry), { recursive: true, force: true });
      }
    }
  }

  public release(): void {
    this.lock.close();
  }
}

/** Makes a stack's data folder, and keeps it out of git: it holds objects and a secret key. */
export function makeStackFolder(folder: string): void {
  makeFolder(folder);
  const parent = path.dirname(folder);
  // With --data, the parent is a folder of the user's own.
  const file = path.join(path.basename(parent) === dataFolder ? parent : folder, ".gitignore");
  if (!fs.existsSync(file)) fs.writeFileSync(file, "*\n");
}

/** Makes a folder and those above it. Node's own way to do so never ends on /proc. */
function makeFolder(folder: string): void {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  fs.mkdirSync(folder);
}

/** Writes a file that nobody else on this machine can read, whole or not at all. */
function writePrivate(file: string, content: object): void {
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

function outputsFile(folder: string): string {
  return path.join(folder, "outputs.json");
}

function addressFile(folder: string): string {
  return path.join(folder, "engine.json");
}

function unwritable(folder: string, error: unknown): EngineError {
  const isFull = /ENOSPC|EDQUOT|disk is full/i.test(String(error));
  return new EngineError(
    "ERR_DATA_FOLDER",
    "the stack's data folder cannot be written",
    `${isFull ? "free some space on its disk" : "make it writable"}, or choose another with --data`,
    `${folder}: ${error instanceof Error ? error.message : String(error)}`,
  );
}
