import { zipSync, type Zippable } from "fflate";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Archive } from "../graph/resource";

/**
 * The zip file that a function's code is: the one that the program names, or one that is made of the folder, files and
 * texts that it lists, as Pulumi does before a deployment.
 * @param folder where such a zip is kept
 * @returns undefined for what lies elsewhere, such as at an address
 */
export function deploymentPackage(code: Archive, folder: string): string | undefined {
  const isFile = code.path !== undefined && fs.statSync(code.path, { throwIfNoEntry: false })?.isFile() === true;
  if (isFile) return code.path;
  const files: Zippable = {};
  addEntry(files, "", code);
  if (Object.keys(files).length === 0) return undefined;
  const zip = path.join(folder, `${code.hash.slice(0, 32)}.zip`);
  if (!fs.existsSync(zip)) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(`${zip}.new`, zipSync(files, { level: 1 }));
    fs.renameSync(`${zip}.new`, zip);
  }
  return zip;
}

function addEntry(files: Zippable, name: string, entry: string | Archive): void {
  if (typeof entry === "string") {
    files[name] = Buffer.from(entry);
    return;
  }
  if (entry.path !== undefined) addPath(files, name, entry.path);
  for (const [child, content] of Object.entries(entry.entries)) addEntry(files, join(name, child), content);
}

function addPath(files: Zippable, name: string, file: string): void {
  const status = fs.statSync(file, { throwIfNoEntry: false });
  if (status?.isFile() === true && name !== "") files[name] = fs.readFileSync(file);
  if (status?.isDirectory() !== true) return;
  for (const child of fs.readdirSync(file)) addPath(files, join(name, child), path.join(file, child));
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
