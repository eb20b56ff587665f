import * as fs from "node:fs";
import * as path from "node:path";

/** Code that reads files beside itself, in the form in which it finds them in a package. */
export interface CodeWithData {
  readonly text: string;
  /** The files, by their paths in the package. */
  readonly files: ReadonlyMap<string, string>;
}

const literal = String.raw`(["'\x60])((?:(?!\1)[^\\\n])+)\1`;
/** `__dirname + "/x"` and `${"`${__dirname}/x`"}`. */
const concatenated = new RegExp(String.raw`\b__dirname\s*\+\s*` + literal, "g");
const interpolated = /`\$\{__dirname\}([^`$\n]+)`/g;
/** `path.join(__dirname, "a", "b.txt")`. */
const joined = /\b(?:join|resolve)\(\s*__dirname\s*((?:,\s*(?:"[^"\\\n]*"|'[^'\\\n]*'|`[^`\\$\n]*`)\s*)+)\)/g;
/** `new URL("./x", import.meta.url)`. */
const addressed = new RegExp(String.raw`\bnew URL\(\s*` + literal + String.raw`\s*,\s*import\.meta\.url\s*\)`, "g");

/**
 * Finds the files that code reads from its own folder: a bundle leaves them behind, so they are packaged beside it, under
 * the folder of the code's own file.
 * @param file the code's file
 * @param name what the file is called in the package
 * @returns undefined where it reads none that can be seen
 */
export function codeWithData(text: string, file: string, name: string): CodeWithData | undefined {
  if (!/__dirname|import\.meta\.url/.test(text)) return undefined;
  const paths = [
    ...[...text.matchAll(concatenated)].map(([, , found = ""]) => `.${found}`),
    ...[...text.matchAll(interpolated)].map(([, found = ""]) => `.${found}`),
    ...[...text.matchAll(joined)].map(([, list = ""]) => path.join(...literalsIn(list))),
    ...[...text.matchAll(addressed)].map(([, , found = ""]) => found),
  ];
  const folder = path.dirname(file);
  const inside = path.posix.dirname(name);
  const files = new Map<string, string>();
  for (const found of paths) {
    for (const each of filesAt(path.resolve(folder, found)).filter(isData)) {
      const at = path.posix.join(inside, path.relative(folder, each).replaceAll("\\", "/"));
      // What lies above the package's own folder is not part of it.
      if (!at.startsWith("..")) files.set(at, each);
    }
  }
  if (files.size === 0) return undefined;
  const own = `require("tandem:files")`;
  const head =
    (/\b__dirname\b/.test(text) ? `const __dirname=${own}.folder(${JSON.stringify(inside)});` : "") +
    (text.includes("import.meta.url") ? `const __moduleUrl=${own}.address(${JSON.stringify(name)});` : "");
  const [directive = ""] = /^\s*(["'])use strict\1;?/.exec(text) ?? [];
  const rest = text.slice(directive.length).replaceAll("import.meta.url", "__moduleUrl");
  return { text: directive + head + rest, files };
}

/** What `tandem:files` is: it knows where the package is. */
export const filesModule = `const path = require("node:path");
exports.folder = (name) => path.join(__dirname, name);
exports.address = (name) => require("node:url").pathToFileURL(path.join(__dirname, name)).href;`;

function literalsIn(list: string): string[] {
  return [...list.matchAll(/"([^"]*)"|'([^']*)'|`([^`]*)`/g)].map(
    (found) => found.slice(1).find((each) => each !== undefined) ?? "",
  );
}

/** A file, or all files in a folder, without installed packages. */
export function filesAt(at: string): string[] {
  const status = fs.statSync(at, { throwIfNoEntry: false });
  if (status?.isFile() === true) return [at];
  if (status?.isDirectory() !== true) return [];
  return fs
    .readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(`${path.sep}node_modules`))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Code is bundled, and needs no copy; native code is refused. */
function isData(file: string): boolean {
  return !/\.([cm]?[jt]sx?|node|map)$/.test(file);
}
