import * as fs from "node:fs";
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** What a program's process has told of itself when it ended. */
export interface LoadedReport {
  readonly packages: readonly string[];
  readonly own: readonly string[];
  /** Where the program called `process.exit`, if it did. */
  readonly exitedAt?: string;
}

export function readLoaded(file: string): LoadedReport | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as LoadedReport;
  } catch {
    // It was killed before it could write.
    return undefined;
  }
}

/** The SDK names every property on the way from a value that failed to the resources that wait for it. */
const wrappings = /^(?:\w*Error: )?(?:error serializing property "[^"]+": )+/;

/** An error report without colours, and without the frames of Node, packages and this library. */
export function readable(report: string): string {
  const isForeign = (line: string): boolean =>
    /^\s+at /.test(line) && (/node:internal|[\\/]node_modules[\\/]/.test(line) || line.includes(libraryRoot));
  return stripVTControlCharacters(report)
    .split("\n")
    .filter((line) => !isForeign(line))
    .map((line) => line.replace(wrappings, ""))
    .join("\n");
}

/** This library itself, when it is linked into a project rather than installed. */
export const libraryRoot = path.resolve(__dirname, "..", "..") + path.sep;
