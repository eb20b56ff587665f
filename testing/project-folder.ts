import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";
import { projectFileIn } from "../engine/monitor/project-file";

/**
 * The project that a test means by a relative path: as seen from the test's own file, or else from the working directory.
 * Called by what tests call.
 */
export function projectFolder(folder: string): string {
  const candidates = [callerFolder(), process.cwd()].map((from) => path.resolve(from, folder));
  return candidates.find((candidate) => projectFileIn(candidate) !== undefined) ?? candidates[1] ?? folder;
}

/** The folder of the file that called this library, directly or through a package such as chai. */
export function callerFolder(): string {
  const files = getCallSites(50).map(({ scriptName }) =>
    scriptName.startsWith("file:") ? fileURLToPath(scriptName) : scriptName,
  );
  const isOwn = (file: string): boolean =>
    path.isAbsolute(file) &&
    !file.startsWith(__dirname + path.sep) &&
    !file.includes(`${path.sep}node_modules${path.sep}`);
  const caller = files.find(isOwn);
  return caller === undefined ? process.cwd() : path.dirname(caller);
}
