import * as path from "node:path";

/** A path as it is shortest from here. */
export function near(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative === "" ? "." : relative.startsWith(`..${path.sep}..`) ? file : relative;
}
