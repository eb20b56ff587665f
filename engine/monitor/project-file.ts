import * as fs from "node:fs";
import * as path from "node:path";

/** The file that makes a folder a Pulumi project; undefined where there is none. */
export function projectFileIn(folder: string): string | undefined {
  return ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]
    .map((name) => path.join(folder, name))
    .find((file) => fs.existsSync(file));
}

/** The file of the project that a folder is in, as the Pulumi CLI finds it: in the folder, or in one above it. */
export function projectFileAbove(folder: string): string | undefined {
  const above = path.dirname(folder);
  return projectFileIn(folder) ?? (above === folder ? undefined : projectFileAbove(above));
}
