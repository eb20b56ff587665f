import * as fs from "node:fs";
import { EngineError } from "../engine/errors";

/**
 * Refuses what cannot be put into a bucket.
 * @throws `ERR_NOT_FOUND`
 */
export function checkPutFile(file: string): void {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new EngineError("ERR_NOT_FOUND", "the file to put is not there, or is a folder", "correct the path", file);
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch {
    throw new EngineError("ERR_NOT_FOUND", "the file to put cannot be read", "make it readable: chmod u+r", file);
  }
}
