import { eachMapping, TraceMap } from "@jridgewell/trace-mapping";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { unzipSync } from "fflate";
import * as fs from "node:fs";
import * as path from "node:path";
import type * as TypeScript from "typescript";
import { Archive, type RecordedResource } from "../../engine/graph/resource";
import { wholeMap, withWholeMap } from "../../engine/graph/whole-map";

/** What is different in a handler's code. */
export interface CodeChange {
  /** Unified diffs of the handler's own source; empty where only what it captures or bundles is different. */
  readonly diff: string;
  /** What is different besides, in words. */
  readonly besides: readonly string[];
}

/** A function's package, read. */
interface Package {
  /** The code, without what differs between machines. */
  readonly code: string;
  /** Captured constants, by the names of their variables. */
  readonly constants: Readonly<Record<string, string>>;
  /** The bundled packages' names. */
  readonly packages: readonly string[];
  /** The handler's own source by file, from the project's folder on: its functions, or whole files. */
  readonly sources: () => ReadonlyMap<string, string>;
}

/**
 * Compares the packages of a function at two revisions.
 * @param folders the projects' folders, in which the sources are
 * @returns undefined where they do the same
 */
export function compareCode(
  before: RecordedResource,
  after: RecordedResource,
  folders: { readonly before: string; readonly after: string },
): CodeChange | undefined {
  const [from, to] = [before.inputs["code"], after.inputs["code"]];
  if (!(from instanceof Archive) || !(to instanceof Archive) || from.hash === to.hash) return undefined;
  const [old, now] = [readPackage(from, folders.before), readPackage(to, folders.after)];
  if (old === undefined || now === undefined) return { diff: "", besides: ["its package is different"] };
  if (old.code === now.code) return undefined;
  const diff = sourceDiff(old.sources(), now.sources());
  const listed = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${what} ${names.join(", ")}`];
  const besides = [
    ...capturedChanges(old.constants, now.constants),
    ...listed(
      "now bundles",
      now.packages.filter((name) => !old.packages.includes(name)),
    ),
    ...listed(
      "no longer bundles",
      old.packages.filter((name) => !now.packages.includes(name)),
    ),
  ];
  return {
    diff,
    besides: diff === "" && besides.length === 0 ? ["what it captures or bundles is different"] : besides,
  };
}

/** Captured constants that have another value. */
function capturedChanges(from: Package["constants"], to: Package["constants"]): string[] {
  return Object.entries(to).flatMap(([name, value]) => {
    const old = from[name];
    return old === undefined || old === value ? [] : [`captures ${name} = ${short(value)}, formerly ${short(old)}`];
  });
}

function short(value: string): string {
  return value.length <= 100 ? value : `${value.slice(0, 100)}…`;
}

function sourceDiff(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string {
  const files = [...new Set([...before.keys(), ...after.keys()])].sort();
  return files
    .map((file) => {
      const [from, to] = [before.get(file) ?? "", after.get(file) ?? ""];
      if (from === to) return "";
      const patch = createTwoFilesPatch(file, file, from, to, "", "", { context: 2, headerOptions: FILE_HEADERS_ONLY });
      // Lines are counted from the handler's first: the numbers would say nothing.
      return patch.replace(/^@@ .* @@$/gm, "@@").replace(/^\\ No newline at end of file\n/gm, "");
    })
    .join("");
}

function readPackage(code: Archive, folder: string): Package | undefined {
  const text = bundleOf(code);
  if (text === undefined) return undefined;
  const [plain = "", link = ""] = text.split(/\n\/\/# sourceMappingURL=data:application\/json;base64,/);
  const modules = [...plain.matchAll(moduleKey)].map(([, key = ""]) => portable(key));
  const names = modules.flatMap((key) => /^((?:@[^/]+\/)?[^/@]+)\/.*\//.exec(`${key}/`)?.[1] ?? []);
  return {
    code: plain
      .replace(moduleKey, (_whole, key: string, end: string) => `{"${portable(key)}"${end}`)
      // The subscription's filter, by which loops are found; it is told of where it is set.
      .replace(/listening:\{[^{}]*\}/, ""),
    constants: constantsOf(code.path),
    packages: [...new Set(names.filter((name) => !name.startsWith("tandem")))].sort(),
    sources: () => (link === "" ? new Map() : sourcesOf(Buffer.from(link, "base64").toString("utf8"), folder)),
  };
}

/** The library keeps them in the source map beside the package. */
function constantsOf(file: string | undefined): Package["constants"] {
  const map = file === undefined ? undefined : wholeMap(file);
  const { x_tandem_constants: constants = {} } = (map === undefined ? {} : JSON.parse(map)) as {
    readonly x_tandem_constants?: Package["constants"];
  };
  return constants;
}

/** How esbuild names the modules that it wraps: by paths, which differ between machines. */
const moduleKey = /\{"([^"\n]+\.[cm]?[jt]sx?)"(\()/g;

function portable(key: string): string {
  const inPackage = key.lastIndexOf("node_modules/");
  if (inPackage >= 0) return key.slice(inPackage + "node_modules/".length);
  return key.replace(/^.*\/(?:dist\/)?components\//, "tandem/");
}

function bundleOf(code: Archive): string | undefined {
  const file = code.path;
  if (file === undefined || fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const content = fs.readFileSync(file);
  if (!file.endsWith(".zip")) return content.toString("utf8");
  const bundle = unzipSync(content)["index.js"];
  return bundle === undefined ? undefined : withWholeMap(Buffer.from(bundle).toString("utf8"), wholeMap(file));
}

/** What stands in the project's files where a bundle's code comes from. */
function sourcesOf(map: string, folder: string): ReadonlyMap<string, string> {
  const positions = new Map<string, { line: number; column: number }[]>();
  eachMapping(new TraceMap(map), ({ source, originalLine: line, originalColumn: column }) => {
    if (source === null) return;
    positions.set(source, [...(positions.get(source) ?? []), { line, column }]);
  });
  const texts = [...positions].flatMap(([source, places]): [string, string][] => {
    const file = path.join(folder, source);
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return [];
    return [[source, ownText(fs.readFileSync(file, "utf8"), file, places)]];
  });
  return new Map(texts);
}

/** The functions and statements of a file that went into a bundle, in their order. */
function ownText(text: string, file: string, places: readonly { line: number; column: number }[]): string {
  const ts = require("typescript") as typeof TypeScript;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = source.getLineStarts();
  const offsets = places.map(({ line, column }) => (lines[line - 1] ?? 0) + column);
  const isIn = (offset: number, node: TypeScript.Node): boolean => offset >= node.getStart() && offset < node.getEnd();
  const taken: TypeScript.Node[] = [];
  for (const statement of source.statements) {
    const own = offsets.filter((offset) => isIn(offset, statement));
    const functions: TypeScript.Node[] = [];
    // A function was taken by itself where something before its body is in the bundle: its parameters or its arrow.
    const visit = (node: TypeScript.Node): void => {
      if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
        const body = node.body as TypeScript.Node;
        if (own.some((offset) => offset >= node.getStart() && offset < body.getStart()))
          return void functions.push(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(statement);
    // A mapping may stand beside a function: where its parenthesis is.
    const isOnlyFunctions = own.every((offset) =>
      functions.some((node) => offset >= node.getStart() - 1 && offset <= node.getEnd()),
    );
    if (own.length > 0) taken.push(...(isOnlyFunctions ? functions : [statement]));
  }
  return taken.map((node) => `${unindented(node.getText(), indentOf(text, node.getStart()))}\n`).join("\n");
}

function indentOf(text: string, at: number): number {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^\s*/.exec(line)?.[0].length ?? 0;
}

function unindented(text: string, by: number): string {
  return text.replace(new RegExp(`^[ \\t]{0,${by}}`, "gm"), "");
}
