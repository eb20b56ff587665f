import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import * as path from "node:path";
import type { CapturedHandler } from "./capture";
import type { SourceRange } from "./relative-map";
import type { Piece, Slice } from "./slice";
import { valuesPrefix } from "./value-builder";

/** The modules that a handler's package is bundled from. */
export interface HandlerModules {
  /** What `tandem:handler` is: it exports `handler`. */
  readonly entry: string;
  /** What `tandem:values` is. */
  readonly values: string;
  /** The text of the program's files as far as they are needed, by their paths. */
  readonly files: ReadonlyMap<string, string>;
  /** Where the captured functions stand in their files. */
  readonly ranges: readonly SourceRange[];
}

const once = `export const f = {};
const made = {};
const once = (id, make, fill) => {
  if (!(id in made)) { made[id] = make(); if (fill) fill(made[id]); }
  return made[id];
};
export const named = (name, fn) => Object.defineProperty(fn, "name", { value: name, configurable: true });`;

/** Writes the modules of a captured handler. */
export function handlerModules(captured: CapturedHandler, project: string): HandlerModules {
  const { slices, handler, expression } = captured;
  const files = new Map(slices.map((slice) => [slice.module.file, textOf(slice, captured, project)]));
  // After the files: their texts ask for values.
  const shown = expression?.replaceAll(valuesPrefix, "$tandem.");
  const declarations = captured.values().map((line) => line.replaceAll(valuesPrefix, ""));
  const loaded = slices.map(({ module }) => `import ${JSON.stringify(module.file)};`);
  const entry =
    handler === undefined
      ? [...loaded, `import * as $tandem from "tandem:values";`, `export const handler = ${shown ?? ""};`]
      : [...loaded, `export { $handler as handler } from ${JSON.stringify(handler.module.file)};`];
  const ranges = slices.flatMap(({ module, functions }) =>
    functions.map(({ node, name }) => ({
      source: named(module.file, project),
      first: module.source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
      last: module.source.getLineAndCharacterOfPosition(node.end).line + 1,
      name: name || "handler",
    })),
  );
  return { entry: entry.join("\n"), values: [once, ...declarations].join("\n"), files, ranges };
}

function named(file: string, project: string): string {
  return path.relative(project, file).replaceAll("\\", "/");
}

/** A slice's text, with the source map that leads back to its file. */
function textOf(slice: Slice, { handler }: CapturedHandler, project: string): string {
  const { module } = slice;
  const map = new GenMapping({ file: module.file });
  const source = named(module.file, project);
  let text = "";
  let line = 1;
  let column = 0;
  const advance = (added: string): void => {
    text += added;
    const lines = added.split("\n");
    line += lines.length - 1;
    column = lines.length > 1 ? (lines.at(-1) ?? "").length : column + added.length;
  };
  const copy = ({ start, end }: Exclude<Piece, string>): void => {
    // Each word is mapped by itself, so that a column stays one after the bundler has moved it.
    for (const [word] of module.text.slice(start, end).matchAll(/[\w$]+|[^\w$]+/g)) {
      const original = module.source.getLineAndCharacterOfPosition(start);
      addMapping(map, {
        generated: { line, column },
        original: { line: original.line + 1, column: original.character },
        source,
      });
      const breaks = word.lastIndexOf("\n");
      advance(word);
      start += word.length;
      if (breaks >= 0) {
        // What follows a line break on its line.
        const at = module.source.getLineAndCharacterOfPosition(start);
        addMapping(map, { generated: { line, column }, original: { line: at.line + 1, column: at.character }, source });
      }
    }
  };
  for (const piece of slice.pieces(handler)) {
    if (typeof piece !== "string") copy(piece);
    else {
      // What is made: without this, it would count as the last line before it.
      addMapping(map, { generated: { line, column }, original: { line: 1, column: 0 }, source: "tandem:handler" });
      advance(piece);
    }
  }
  const encoded = Buffer.from(JSON.stringify(toEncodedMap(map))).toString("base64");
  return `${text}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
}
