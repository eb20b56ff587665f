import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import { decodedMappings, eachMapping, encodedMap, TraceMap, type SourceMapSegment } from "@jridgewell/trace-mapping";
import * as path from "node:path";
import type { Change } from "./module-names";

/**
 * A bundle's source map with the user's own files only: packages would make it large, and differ between machines.
 * @param columnOf where a column of the bundle has gone since it was mapped
 */
export function onlyOwnSources(
  mapText: string,
  outputFolder: string,
  sourceRoot: string,
  columnOf: (line: number, column: number) => number = (_line, column) => column,
): string | undefined {
  const trace = new TraceMap(mapText);
  const map = new GenMapping({ file: "index.js" });
  let any = false;
  eachMapping(trace, (mapping) => {
    if (mapping.source === null) return;
    const source = path.relative(sourceRoot, path.resolve(outputFolder, mapping.source)).replaceAll("\\", "/");
    if (source.startsWith("..") || source.includes("node_modules/") || isLibrarys(source)) return;
    any = true;
    addMapping(map, {
      generated: {
        line: mapping.generatedLine,
        column: columnOf(mapping.generatedLine, mapping.generatedColumn),
      },
      original: { line: mapping.originalLine, column: mapping.originalColumn },
      source,
    });
  });
  return any ? JSON.stringify(toEncodedMap(map)) : undefined;
}

/**
 * A bundle's source map for this machine: of the project's own files and of packages, with paths from the project on. What
 * this library adds is mapped to nothing, so that no line of the program is named for it.
 * @param changesOf where texts in a line of the bundle have changed their lengths since it was mapped
 */
export function withoutLibrary(
  mapText: string,
  outputFolder: string,
  sourceRoot: string,
  changesOf: (line: number) => readonly Change[],
): string {
  const trace = new TraceMap(mapText);
  const all = trace.sources.map((source) =>
    path.relative(sourceRoot, path.resolve(outputFolder, source ?? "")).replaceAll("\\", "/"),
  );
  const sources = all.filter((source) => !isLibrarys(source) && !isComponent(path.resolve(sourceRoot, source)));
  const indices = all.map((source) => sources.indexOf(source));
  const mappings = decodedMappings(trace).map((segments, index) => {
    const changes = changesOf(index + 1);
    let shift = 0;
    let next = 0;
    return segments.map((segment): SourceMapSegment => {
      const [column, source = -1, line, sourceColumn] = segment;
      const kept = indices[source] ?? -1;
      for (let change = changes[next]; change !== undefined && column >= change.end; change = changes[next]) {
        shift += change.longer;
        next += 1;
      }
      return kept < 0 || line === undefined || sourceColumn === undefined
        ? [column + shift]
        : [column + shift, kept, line, sourceColumn];
    });
  });
  return JSON.stringify(encodedMap(new TraceMap({ version: 3, file: "index.js", names: [], sources, mappings })));
}

const components = path.resolve(__dirname, "..", "..");
/** Where the components are, and what they were compiled from. */
const componentFolders = [components, path.resolve(components, "..", "..", "components")].map(
  (each) => each + path.sep,
);

function isComponent(file: string): boolean {
  return componentFolders.some((folder) => file.startsWith(folder));
}

/** Whether a source is no file, but a module that this library makes. */
function isLibrarys(source: string): boolean {
  return /^tandem(-\w+)?:/.test(source);
}
