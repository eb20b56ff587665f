import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { retrieveSourceMap } from "source-map-support";
import { compiledPosition, type CapturedFunction } from "./locate";
import type { SourceRange } from "./relative-map";

/**
 * Maps the text of a serialized closure back to the user's source, so that a stack trace inside a handler names the
 * line of the .ts file. The serializer copies each function's text as it was compiled; so wherever a function's lines
 * stand again in the serialized text, what the compiler's own map says of them holds there too.
 *
 * @param sourceRoot the folder that sources are named relative to, the same on every machine
 * @returns the map, and where each function stands in its file
 */
export async function mapSerialized(
  text: string,
  functions: readonly CapturedFunction[],
  sourceRoot: string,
): Promise<{ readonly map: string; readonly ranges: readonly SourceRange[] }> {
  const map = new GenMapping({ file: "handler.js" });
  const ranges: SourceRange[] = [];
  const lines = new LineIndex(text);
  const covered: CoveredLines[] = [];
  for (const fn of functions) {
    const position = await compiledPosition(fn);
    if (position === undefined || !path.isAbsolute(position.file)) continue;
    const shown = Function.prototype.toString.call(fn);
    // The serializer writes a name into a comment; from the parameters on, the text is unchanged. There, too, is where
    // V8 says that a function stands; an arrow function, which has no name, stands where it begins.
    const start = isArrow(shown) ? 0 : shown.indexOf("(");
    if (start < 0) continue;
    const place = text.indexOf(shown.slice(start));
    if (place < 0) continue;
    const source = sourceOf(position.file);
    const { line, column } = lines.at(place);
    const count = shown.split("\n").length;
    const own = new Map<string, { first: number; last: number }>();
    for (let offset = 0; offset < count; offset++) {
      const shift = offset === 0 ? column - position.column : 0;
      for (const segment of source.segments(position.line + offset, offset === 0 ? position.column : 0)) {
        const named = path.relative(sourceRoot, segment.source).replaceAll("\\", "/");
        const original = segment.sourceLine + 1;
        addMapping(map, {
          generated: { line: line + offset + 1, column: segment.column + shift },
          original: { line: original, column: segment.sourceColumn },
          source: named,
        });
        const { first = original, last = original } = own.get(named) ?? {};
        own.set(named, { first: Math.min(first, original), last: Math.max(last, original) });
      }
    }
    covered.push({ first: line, last: line + count - 1, end: lines.at(place + shown.length - start) });
    ranges.push(...[...own].map(([file, range]) => ({ source: file, ...range, name: fn.name || "handler" })));
  }
  mapRest(map, text.split("\n").length, covered);
  return { map: JSON.stringify(toEncodedMap(map)), ranges };
}

/** Lines of the text that are a function's own, from 0, and where it ends. */
interface CoveredLines {
  readonly first: number;
  readonly last: number;
  readonly end: { readonly line: number; readonly column: number };
}

/** Maps what the serializer has added to a source of its own: it would count as the last line of the function before it. */
function mapRest(map: GenMapping, count: number, covered: readonly CoveredLines[]): void {
  const add = (line: number, column: number): void =>
    addMapping(map, {
      generated: { line: line + 1, column },
      original: { line: line + 1, column: 0 },
      source: "tandem:handler",
    });
  const own = new Set(
    covered.flatMap(({ first, last }) => Array.from({ length: last - first }, (_, i) => first + 1 + i)),
  );
  for (let line = 0; line < count; line += 1) if (!own.has(line)) add(line, 0);
  for (const { end } of covered) add(end.line, end.column);
}

function isArrow(text: string): boolean {
  return /^(async\b\s*)?(\(|[A-Za-z_$][\w$]*\s*=>)/.test(text);
}

/** Finds line and column (from 0) of an offset in a text. */
class LineIndex {
  private readonly starts: number[] = [0];

  public constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  public at(offset: number): { line: number; column: number } {
    let line = 0;
    while ((this.starts[line + 1] ?? Infinity) <= offset) line += 1;
    return { line, column: offset - (this.starts[line] ?? 0) };
  }
}

interface Segment {
  readonly column: number;
  readonly source: string;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

interface CompiledSource {
  /** What a line of the compiled file came from, from a column on. */
  segments(line: number, from: number): Segment[];
}

function sourceOf(file: string): CompiledSource {
  const found = retrieveSourceMap(file);
  if (found === null) {
    const exists = fs.existsSync(file);
    const segments = (line: number, from: number): Segment[] =>
      exists ? [{ column: from, source: file, sourceLine: line, sourceColumn: from }] : [];
    return { segments };
  }
  const trace = new TraceMap(found.map as string);
  const decoded = decodedMappings(trace);
  const folder = path.dirname(file);
  const sources = trace.sources.map((source) =>
    source?.startsWith("file:") === true ? fileURLToPath(source) : path.resolve(folder, source ?? ""),
  );
  return {
    segments: (line, from) =>
      (decoded[line] ?? []).flatMap((segment) => {
        const [column, source, sourceLine, sourceColumn] = segment;
        if (source === undefined || sourceLine === undefined || sourceColumn === undefined || column < from) return [];
        return [{ column, source: sources[source] ?? file, sourceLine, sourceColumn }];
      }),
  };
}
