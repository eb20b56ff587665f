import { existsSync } from "node:fs";
import * as path from "node:path";

/**
 * Turns the container's absolute paths in a word or a value into this machine's, where the image has such a file:
 * `node /app/main.js`, `--config=/app/a.json` and `/app/bin:/usr/bin` are all understood.
 */
export function mapPaths(text: string, root: string): string {
  if (text.startsWith("/") && isInImage(text, root)) return path.join(root, text);
  return text.replace(/(^|[\s"'=:,;|&<>()])(\/[^\s"'=:,;|&<>()]+)/g, (all, before: string, file: string) =>
    isInImage(file, root) ? before + path.join(root, file) : all,
  );
}

function isInImage(file: string, root: string): boolean {
  const normal = path.posix.normalize(file);
  return normal !== "/" && existsSync(path.join(root, normal));
}
