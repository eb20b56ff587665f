import { AnyMap, originalPositionFor, type TraceMap } from "@jridgewell/trace-mapping";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { retrieveSourceMap } from "source-map-support";
import type { Script } from "./inspector";

/** The file that a script was compiled from, and where its places stand there. Lines and columns count from 0. */
export interface ScriptSource {
  readonly file: string;
  readonly text: string;
  /** Undefined where the compiler made the code. */
  originalPosition(line: number, column: number): { readonly line: number; readonly column: number } | undefined;
}

const known = new WeakMap<Script, ScriptSource>();

/** What a script was compiled from: the script itself where it has no source map, or one of several files. */
export function sourceOf(script: Script): ScriptSource {
  const before = known.get(script);
  if (before !== undefined) return before;
  const source = mappedSource(script) ?? {
    file: script.file,
    text: script.text,
    originalPosition: (line: number, column: number) => ({ line, column }),
  };
  known.set(script, source);
  return source;
}

function mappedSource(script: Script): ScriptSource | undefined {
  const found = sourceMapOf(script);
  if (found === undefined) return undefined;
  const { map, folder } = found;
  const [only, ...others] = map.resolvedSources;
  if (typeof only !== "string" || others.length > 0) return undefined;
  const file = only.startsWith("file:") ? fileURLToPath(only) : path.resolve(folder, only);
  const text = map.sourcesContent?.[0] ?? (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined);
  if (typeof text !== "string") return undefined;
  return {
    file,
    text,
    originalPosition(line, column) {
      const at = originalPositionFor(map, { line: line + 1, column });
      return at.line === null ? undefined : { line: at.line - 1, column: at.column };
    },
  };
}

function sourceMapOf({ file, text }: Script): { readonly map: TraceMap; readonly folder: string } | undefined {
  const at = text.lastIndexOf("//# sourceMappingURL=");
  const address = at < 0 ? undefined : /^\S+/.exec(text.slice(at + "//# sourceMappingURL=".length))?.[0];
  const [, base64] = /^data:application\/json[^,]*;base64,(.*)$/.exec(address ?? "") ?? [];
  const folder = path.dirname(file);
  if (base64 !== undefined) return { map: new AnyMap(Buffer.from(base64, "base64").toString()), folder };
  if (address !== undefined && !address.startsWith("data:")) {
    const linked = path.resolve(folder, decodeURI(address));
    if (fs.existsSync(linked))
      return { map: new AnyMap(fs.readFileSync(linked, "utf8")), folder: path.dirname(linked) };
  }
  const kept = vitestSourceMap(file);
  if (kept !== undefined) return { map: new AnyMap(kept), folder };
  const retrieved = retrieveSourceMap(file);
  return retrieved === null ? undefined : { map: new AnyMap(retrieved.map as string), folder };
}

interface VitestModule {
  readonly meta?: { readonly sourceMap?: unknown };
}
interface VitestWorker {
  readonly evaluatedModules?: { getModulesByFile?(file: string): Iterable<VitestModule> | undefined };
}

/** The source map of a module that vitest has loaded; its later versions keep it beside the code. */
function vitestSourceMap(file: string): string | undefined {
  const { __vitest_worker__: worker } = globalThis as { readonly __vitest_worker__?: VitestWorker };
  const maps = [...(worker?.evaluatedModules?.getModulesByFile?.(file) ?? [])].map(({ meta }) => meta?.sourceMap);
  return maps.find((map) => typeof map === "string");
}
