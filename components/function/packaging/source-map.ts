import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import { eachMapping, TraceMap } from "@jridgewell/trace-mapping";
import * as path from "node:path";

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
    if (source.startsWith("..") || source.includes("node_modules/") || /^tandem(-\w+)?:/.test(source)) return;
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
