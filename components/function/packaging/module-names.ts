import * as fs from "node:fs";
import * as path from "node:path";

/** A bundle whose text is the same wherever the project and its packages are. */
export interface PortableBundle {
  readonly code: string;
  /** Where a column of the original text is now; lines and columns count from 1 and 0, as in source maps. */
  readonly columnOf: (line: number, column: number) => number;
  /** Where a line has become longer or shorter, from left to right. */
  readonly changesOf: (line: number) => readonly Change[];
}

/** A text that was replaced. */
export interface Change {
  /** The column at which it ended. */
  readonly end: number;
  readonly longer: number;
}

/** How esbuild writes a module that is made when it is first asked for. */
const named = /\b(__(?:commonJS|esm)\(\{")((?:[^"\\]|\\.)*)("\()/g;

/**
 * Names the modules of a bundle by their packages. esbuild names them by their paths from the project on, and those lead
 * elsewhere in a workspace, with a store of packages outside the project, and on each machine with a linked package: the
 * same program would be another package there.
 */
export function portableNames(code: string, project: string): PortableBundle {
  const changes = new Map<number, Change[]>();
  const lines = code.split("\n").map((line, index) => {
    const own: Change[] = [];
    const text = line.replace(named, (found: string, before: string, file: string, after: string, at: number) => {
      const shown = before + moduleName(file, project) + after;
      own.push({ end: at + found.length, longer: shown.length - found.length });
      return shown;
    });
    if (own.length > 0) changes.set(index + 1, own);
    return text;
  });
  return {
    code: lines.join("\n"),
    columnOf: (line, column) =>
      (changes.get(line) ?? []).reduce((sum, { end, longer }) => (column >= end ? sum + longer : sum), column),
    changesOf: (line) => changes.get(line) ?? [],
  };
}

/** `node_modules/zod/index.cjs` and `../../store/zod/index.cjs` → `zod/index.cjs`; the project's own files stay. */
export function moduleName(file: string, project: string): string {
  const [, inPackage] = /(?:^|\/)node_modules\/((?!.*\/node_modules\/).*)$/.exec(file) ?? [];
  // On Windows, what is on another drive has no path from the project on.
  const isOutside = file.startsWith("../") || /^(\/|[A-Za-z]:\/)/.test(file);
  if (inPackage !== undefined || !isOutside) return inPackage ?? file;
  const absolute = path.resolve(project, file);
  for (let folder = path.dirname(absolute); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (!fs.existsSync(manifest)) continue;
    const { name } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { name?: unknown };
    if (typeof name === "string") return `${name}/${path.relative(folder, absolute).replaceAll("\\", "/")}`;
  }
  return file;
}
