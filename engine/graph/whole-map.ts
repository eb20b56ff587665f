import * as fs from "node:fs";
import { pathToFileURL } from "node:url";

const link = "//# sourceMappingURL=data:application/json;base64,";

/**
 * The whole source map of a package, which the library keeps beside it, or undefined where there is none. What is deployed has a map
 * whose lines are counted from each function's first, so that it stays the same where the function moves in its file; on this machine
 * the lines of the file are known.
 * @param ending `.map` for the project's own files, `.packages.map` for those of packages too
 */
export function wholeMap(zipFile: string, ending: ".map" | ".packages.map" = ".map"): string | undefined {
  const file = zipFile.replace(/\.zip$/, ending);
  return file === zipFile || !fs.existsSync(file) ? undefined : fs.readFileSync(file, "utf8");
}

/**
 * A package's code with its whole source map in place of the one that is deployed.
 * @param project the folder that the map's files are in; by default that of the code
 */
export function withWholeMap(code: string, map: string | undefined, project?: string): string {
  const at = code.lastIndexOf(`\n${link}`);
  if (map === undefined || at < 0) return code;
  const root = project === undefined ? "" : `"sourceRoot":${JSON.stringify(`${pathToFileURL(project)}/`)},`;
  const placed = map.replace("{", `{${root}`);
  return `${code.slice(0, at)}\n${link}${Buffer.from(placed).toString("base64")}\n`;
}
