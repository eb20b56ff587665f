import * as fs from "node:fs";
import * as path from "node:path";
import { callerFolder } from "./project-folder";

/** What a program's graph is to be, as it was kept when a test first ran. */
export interface KeptGraph {
  /** Undefined where it was written just now. */
  readonly text: string | undefined;
  readonly file: string;
}

/**
 * The graph that is kept under a name, in `__graphs__` beside the test's file. One that is not there yet is written; so
 * is every one with `UPDATE_SNAPSHOTS=1`. Nothing is written where `CI` is set: what CI sees must have been committed.
 * @throws where it is not there, or asked for anew, in CI
 */
export function keptGraph(name: string, now: string, isNegated: boolean): KeptGraph {
  if (!/^[\w][\w .-]*$/.test(name)) {
    throw new Error(
      `a graph is kept in a file of its name: use letters, digits and hyphens, not ${JSON.stringify(name)}`,
    );
  }
  const file = path.join(callerFolder(), "__graphs__", `${name}.txt`);
  const shown = path.relative(process.cwd(), file);
  const isUpdate = isSet("UPDATE_SNAPSHOTS");
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8").replaceAll("\r\n", "\n") : undefined;
  if (isNegated || (text !== undefined && (!isUpdate || text === now))) return { text, file: shown };
  if (isSet("CI")) {
    throw new Error(
      text === undefined
        ? `there is no ${shown}, and CI writes none: run the test on your machine, and commit the file`
        : `UPDATE_SNAPSHOTS changes nothing in CI: run it on your machine, and commit ${shown}`,
    );
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, now);
  return { text: undefined, file: shown };
}

function isSet(variable: string): boolean {
  return !["", "0", "false"].includes(process.env[variable] ?? "");
}
