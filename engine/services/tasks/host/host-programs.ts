import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { isRecord } from "../../protocol/json-input";

interface ResolvedProgram {
  readonly name: string;
  /** Undefined where it cannot be found; `problem` says why. */
  readonly file: string | undefined;
  readonly problem?: string;
}

/**
 * The programs of the project: `node`, and what its package.json declares in place of what an image would install:
 * `"tandem": { "programs": { "ffmpeg": "@ffmpeg-installer/ffmpeg" } }`. A value is an npm package that exports a path
 * (`module.exports = "…"` or `{ path: "…" }`) or has a `bin`, or a file, relative to that package.json (`"./tools/run"`).
 */
export class HostPrograms {
  public constructor(private readonly projectFolder: string) {}

  /**
   * Makes a folder of links to the programs, for the head of a PATH: so what a program starts is found as well.
   * Returns what is wrong with the programs that could not be found, by name.
   */
  public link(folder: string): ReadonlyMap<string, string> {
    fs.mkdirSync(folder, { recursive: true });
    fs.symlinkSync(process.execPath, path.join(folder, "node"));
    const problems = new Map<string, string>();
    for (const { name, file, problem } of this.declared()) {
      if (file !== undefined) fs.symlinkSync(file, path.join(folder, name));
      else problems.set(name, problem ?? "");
    }
    return problems;
  }

  /** The project's nearest node_modules folder. */
  public modulesFolder(): string | undefined {
    return nearest(this.projectFolder, "node_modules");
  }

  private declared(): ResolvedProgram[] {
    const manifest = nearest(this.projectFolder, "package.json");
    const tandem = manifest === undefined ? undefined : readJson(manifest)["tandem"];
    const programs = isRecord(tandem) && isRecord(tandem["programs"]) ? tandem["programs"] : {};
    return Object.entries(programs)
      .filter(([name]) => /^[\w.+-]+$/.test(name) && !/^(\.+|node)$/.test(name))
      .map(([name, from]) => {
        const found = resolveProgram(manifest ?? "", name, String(from));
        return typeof found === "string" ? { name, file: found } : { name, file: undefined, ...found };
      });
  }
}

/** A program on a PATH, or by its own path; undefined where there is none that can be run. */
export function findProgram(name: string, searchPath: string, folder: string): string | undefined {
  return candidatesFor(name, searchPath, folder).find((file) => {
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

/** The file that would be the program, if it were allowed to run. */
export function findUnexecutable(name: string, searchPath: string, folder: string): string | undefined {
  return candidatesFor(name, searchPath, folder).find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
}

function candidatesFor(name: string, searchPath: string, folder: string): string[] {
  return name.includes("/")
    ? [path.resolve(folder, name)]
    : searchPath.split(":").map((entry) => path.join(entry === "" ? folder : entry, name));
}

function resolveProgram(manifest: string, name: string, from: string): string | { problem: string } {
  const problem = (reason: string) => ({ problem: `${manifest} says that ${name} comes from ${from}, but ${reason}` });
  if (/^\.{1,2}\//.test(from)) {
    const file = path.resolve(path.dirname(manifest), from);
    return fs.existsSync(file) ? file : problem("there is no such file");
  }
  const require = createRequire(manifest);
  const folder = (require.resolve.paths(from) ?? []).map((each) => path.join(each, from)).find(isPackage);
  if (folder === undefined) return problem("that package is not installed");
  const { bin } = readJson(path.join(folder, "package.json"));
  const own = typeof bin === "string" ? bin : isRecord(bin) ? bin[name] : undefined;
  if (typeof own === "string") return path.join(folder, own);
  try {
    const exported: unknown = require(from);
    const file = isRecord(exported) ? (exported["path"] ?? exported["default"]) : exported;
    if (typeof file === "string" && fs.existsSync(file)) return file;
    return problem("that package neither exports the path of a program nor has a bin");
  } catch (error) {
    return problem(`that package cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isPackage(folder: string): boolean {
  return fs.existsSync(path.join(folder, "package.json"));
}

function nearest(from: string, name: string): string | undefined {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const file = path.join(folder, name);
    if (fs.existsSync(file)) return file;
    if (folder === path.dirname(folder)) return undefined;
  }
}

function readJson(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, "utf8"));
    return isRecord(value) ? value : {};
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
