import { createReadStream } from "node:fs";
import { readlink } from "node:fs/promises";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BuildContext, ContextEntry } from "../images/build-context";
import type { ImageBuild } from "../task-definition";

interface TarPack extends Readable {
  entry(header: TarHeader, callback: (error?: Error | null) => void): Writable;
  entry(header: TarHeader, content: string, callback: (error?: Error | null) => void): Writable;
  finalize(): void;
}

interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly mtime: Date;
  readonly type: "file" | "directory" | "symlink";
  readonly size?: number;
  readonly linkname?: string;
}

// Not a name that a project has; the build itself does not see it.
const ownDockerfile = ".tandem.Dockerfile";

/** A build's context as a tar archive, written as it is read. */
export function contextArchive(build: ImageBuild, context: BuildContext): { archive: Readable; dockerfile: string } {
  const { pack } = require("tar-stream") as { pack(): TarPack };
  const archive = pack();
  const inContext = path.relative(build.context, build.dockerfile).split(path.sep).join("/");
  const isIncluded = context.entries.get(inContext)?.kind === "file";
  void writeEntries(archive, context, isIncluded).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return { archive, dockerfile: isIncluded ? inContext : ownDockerfile };
}

async function writeEntries(archive: TarPack, context: BuildContext, hasDockerfile: boolean): Promise<void> {
  for (const entry of context.entries.values()) await writeEntry(archive, entry);
  if (!hasDockerfile) {
    await writeText(archive, ownDockerfile, context.dockerfile);
    // The engine leaves out what it is told to ignore once it has read the Dockerfile.
    await writeText(archive, ".dockerignore", `${ownDockerfile}\n.dockerignore\n`);
  }
  archive.finalize();
}

async function writeEntry(archive: TarPack, entry: ContextEntry): Promise<void> {
  const { path: name, mode, stats } = entry;
  // Without a time of its own a file that was only copied anew would spoil the engine's cache.
  const header = { name, mode, mtime: stats.mtime };
  if (entry.kind === "file") {
    const target = { ...header, type: "file", size: stats.size } as const;
    await new Promise<void>((resolve, reject) => {
      const sink = archive.entry(target, (error) => (error ? reject(error) : resolve()));
      // A file that shrinks meanwhile fails the archive; one that grows is cut at the size that was announced.
      const content = createReadStream(entry.file, { end: Math.max(stats.size - 1, 0) });
      if (stats.size === 0) sink.end();
      else pipeline(content, sink).catch(reject);
    });
    return;
  }
  const special =
    entry.kind === "folder"
      ? ({ ...header, type: "directory" } as const)
      : ({ ...header, type: "symlink", linkname: await readlink(entry.file) } as const);
  await new Promise<void>((resolve, reject) => {
    archive.entry(special, (error) => (error ? reject(error) : resolve())).end();
  });
}

function writeText(archive: TarPack, name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const header = { name, mode: 0o644, mtime: new Date(0), type: "file" } as const;
    archive.entry(header, text, (error) => (error ? reject(error) : resolve()));
  });
}
