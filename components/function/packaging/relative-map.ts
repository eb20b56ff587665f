import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import { eachMapping, TraceMap } from "@jridgewell/trace-mapping";
import * as fs from "node:fs";
import * as path from "node:path";
import type * as TypeScript from "typescript";

/** Where something stands in one of the project's files. Lines count from 1. */
export interface SourceRange {
  /** The file, from the project's folder on. */
  readonly source: string;
  readonly first: number;
  readonly last: number;
  /** What a stack trace calls it. */
  readonly name: string;
}

/**
 * A source map whose lines are counted from the first of each captured function, or of each statement of a whole file: it is the
 * same wherever these stand in their files. A stack trace then names `index.ts@onJob:3:9`, the third line of `onJob` in index.ts.
 * @param ranges the captured functions
 */
export function relativeMap(mapText: string, ranges: readonly SourceRange[], project: string): string {
  const map = new GenMapping({ file: "index.js" });
  const files = new Map<string, readonly SourceRange[]>();
  eachMapping(new TraceMap(mapText), ({ source, generatedLine, generatedColumn, originalLine, originalColumn }) => {
    if (source === null) return;
    const captured = innermost(ranges, source, originalLine);
    const statements = files.get(source) ?? (captured === undefined ? statementsOf(project, source) : undefined);
    if (statements !== undefined) files.set(source, statements);
    const range = captured ?? innermost(statements ?? [], source, originalLine);
    addMapping(map, {
      generated: { line: generatedLine, column: generatedColumn },
      original: { line: originalLine - (range?.first ?? 1) + 1, column: originalColumn },
      source: range === undefined ? source : `${source}@${range.name}`,
    });
  });
  return JSON.stringify(toEncodedMap(map));
}

function innermost(ranges: readonly SourceRange[], source: string, line: number): SourceRange | undefined {
  return ranges
    .filter((range) => range.source === source && range.first <= line && line <= range.last)
    .sort((a, b) => a.last - a.first - (b.last - b.first) || (a.name < b.name ? -1 : 1))[0];
}

/** The statements of a file at its top, by what they declare. */
function statementsOf(project: string, source: string): SourceRange[] {
  const file = path.join(project, source);
  if (!/\.[cm]?[jt]sx?$/.test(file) || !fs.existsSync(file)) return [];
  const ts = require("typescript") as typeof TypeScript;
  const parsed = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ESNext);
  const lineOf = (position: number): number => parsed.getLineAndCharacterOfPosition(position).line + 1;
  return parsed.statements.map((statement, index) => ({
    source,
    first: lineOf(statement.getStart(parsed)),
    last: lineOf(statement.end),
    name: declared(ts, statement, parsed) ?? String(index + 1),
  }));
}

function declared(
  ts: typeof TypeScript,
  statement: TypeScript.Statement,
  file: TypeScript.SourceFile,
): string | undefined {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return statement.name?.text;
  if (!ts.isVariableStatement(statement)) return undefined;
  const [first] = statement.declarationList.declarations;
  return first === undefined || !ts.isIdentifier(first.name) ? undefined : first.name.getText(file);
}
