import * as fs from "node:fs";
import { builtinModules, createRequire } from "node:module";
import * as path from "node:path";

/** What an import leads to. */
export type ResolvedImport =
  | { readonly kind: "project"; readonly file: string }
  /** A package of npm, or a file that is no code. */
  | { readonly kind: "package"; readonly file: string | undefined }
  | { readonly kind: "builtin"; readonly name: string }
  /** This library, whose components exist while deploying only. */
  | { readonly kind: "library" }
  | { readonly kind: "pulumi" };

/** The names of this library that exist in functions as well. */
export const runtimeNames: ReadonlySet<string> = new Set(["HttpError", "RetryError"]);

const libraryFolder = path.resolve(__dirname, "..", "..");

/** Finds what an import in a file of the program leads to, as Node does. */
export function resolveImport(specifier: string, from: string): ResolvedImport {
  const bare = specifier.replace(/^node:/, "");
  if (specifier.startsWith("node:") || builtinModules.includes(bare)) return { kind: "builtin", name: bare };
  if (/^tandem(\/|$)/.test(specifier)) return { kind: "library" };
  if (specifier.startsWith("@pulumi/")) return { kind: "pulumi" };
  if (/^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..") {
    const file = sourceFile(path.resolve(path.dirname(from), specifier));
    if (file === undefined) return { kind: "package", file: undefined };
    return isLibrarys(file) ? { kind: "library" } : classified(file);
  }
  try {
    const file = createRequire(from).resolve(specifier);
    return isLibrarys(file) ? { kind: "library" } : classified(file);
  } catch {
    // Only for ES modules, or not there: the bundler knows.
    return { kind: "package", file: undefined };
  }
}

/** Whether a file is one of this library. */
export function isLibrarys(file: string): boolean {
  return file.startsWith(libraryFolder + path.sep);
}

function classified(file: string): ResolvedImport {
  const isCode = /\.[cm]?[jt]sx?$/.test(file);
  return { kind: isCode && !file.includes(`${path.sep}node_modules${path.sep}`) ? "project" : "package", file };
}

/** The file that a path means: TypeScript's own leave its ending out, or name that of the compiled file. */
export function sourceFile(stem: string): string | undefined {
  const [, bare = stem, kind] = /^(.*)\.([cm]?)js$/.exec(stem) ?? [];
  const ends = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx", ".json"];
  const candidates =
    kind === undefined
      ? [...ends.map((end) => stem + end), ...ends.slice(1).map((end) => `${stem}/index${end}`)]
      : [`${bare}.${kind}ts`, `${bare}.tsx`, stem];
  return candidates.find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}
