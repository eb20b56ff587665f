import { zipSync } from "fflate";

/**
 * Zips one file so that the same content gives the same bytes on every machine and day. A zip's time has no zone and
 * starts in 1980; the constructor with local parts gives the same fields wherever it runs.
 */
export function zipOf(name: string, content: Uint8Array): Uint8Array {
  return zipSync({ [name]: [content, { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16, level: 9 }] });
}
