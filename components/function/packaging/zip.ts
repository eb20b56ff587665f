import { zipSync } from "fflate";

/**
 * Zips files so that the same content gives the same bytes on every machine and day. A zip's time has no zone and
 * starts in 1980; the constructor with local parts gives the same fields wherever it runs.
 */
export function zipOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const options = { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16, level: 9 } as const;
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return zipSync(Object.fromEntries(sorted.map(([name, content]) => [name, [content, options]])));
}
