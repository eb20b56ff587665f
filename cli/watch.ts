import * as fs from "node:fs";
import type { Engine } from "../engine/engine";

/** Milliseconds that are waited for further files: editors and git save several at once. */
const settle = 20;

/** Reloads the program whenever one of its files is saved; returns what ends that. */
export async function watchProgram(engine: Engine): Promise<() => Promise<void>> {
  const { watch } = await import("chokidar");
  const watcher = watch([...engine.files], {
    ignoreInitial: true,
    atomic: false,
    // Of folders that are packed whole, what is installed there, or made by this engine, is not the program's.
    ignored: (file) => /[\\/](node_modules|\.tandem|\.git)$/.test(file),
  });
  const watched = new Set(engine.files);
  let timer: NodeJS.Timeout | undefined;
  const follow = (): void => {
    const next = new Set(engine.files);
    const added = [...next].filter((file) => !watched.has(file));
    const gone = [...watched].filter((file) => !next.has(file));
    if (added.length > 0) watcher.add(added);
    if (gone.length > 0) watcher.unwatch(gone);
    added.forEach((file) => watched.add(file));
    gone.forEach((file) => watched.delete(file));
  };
  const reloadSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // A program that fails is told of by an event, and leaves what runs as it is.
      engine.reload().then(follow, () => undefined);
    }, settle);
  };
  watcher.on("all", (_event, file) => {
    if (engine.isNews(file)) reloadSoon();
  });
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  // What was saved while the program came up was not watched yet.
  const isSaved = (file: string): boolean => savedSince(file, engine.recordedAt) && engine.isNews(file);
  if (engine.files.some(isSaved)) reloadSoon();
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

function savedSince(file: string, time: number): boolean {
  return (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > time;
}
