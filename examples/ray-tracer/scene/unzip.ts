import * as yauzl from "yauzl";
import { SceneError } from "./scene-error";

/** What a scene's zip may hold: a small file can unpack to one that fills a machine. */
const mostFiles = 100;
const mostBytes = 64 * 1024 * 1024;
/** A file that unpacks to more than this many times its size is no scene, but a bomb. */
const mostRatio = 200;

/**
 * Unpacks a zip in memory.
 * @throws SceneError where it is none, or holds what a scene does not: paths that lead out of it, links, too much
 */
export async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  let total = 0;
  try {
    // It refuses names that are absolute or lead upwards, and sizes that are not those in the directory.
    const zip = await yauzl.fromBufferPromise(bytes, { validateEntrySizes: true, strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      if (isLink(entry)) throw new SceneError(`${entry.fileName} is a link; put the file itself into the zip`);
      if (files.size >= mostFiles) throw new SceneError(`it has more than ${mostFiles} files`);
      total += entry.uncompressedSize;
      const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
      if (total > mostBytes || (ratio > mostRatio && entry.uncompressedSize > 1024 * 1024)) {
        throw new SceneError(
          `${entry.fileName} unpacks to too much (a scene has at most ${mostBytes / 1024 / 1024} MB)`,
        );
      }
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      files.set(entry.fileName, Buffer.concat(chunks));
    }
  } catch (error) {
    if (error instanceof SceneError) throw error;
    throw new SceneError(
      `it is no zip file that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return files;
}

/** Unix systems keep a file's kind in the upper bits of what the zip says of it. */
function isLink({ externalFileAttributes }: yauzl.Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}
