import { createHash } from "node:crypto";
import { minimatch } from "minimatch";
import * as fs from "node:fs";
import * as path from "node:path";
import { zipFiles } from "../assets/archive-file";
import type { Properties } from "../graph/resource";
import { list, text } from "../graph/values";

/**
 * Makes the zip of `archive.getFile` and `archive.File` at `outputPath`, and gives its checksums
 * (https://registry.terraform.io/providers/hashicorp/archive/latest/docs/data-sources/file).
 * @param folder what relative paths start from
 * @throws where nothing is given to be zipped, or another format than zip is wanted
 */
export function archiveFile(args: Properties, folder: string): Properties {
  const type = text(args, "type");
  if (type !== "zip") throw new Error(`archive type "${type}" is not made here: use "zip"`);
  const files = new Map<string, Uint8Array>();
  const isExcluded = excludes(args);
  const sourceDir = text(args, "sourceDir");
  if (sourceDir !== "") {
    const root = path.resolve(folder, sourceDir);
    const followsLinks = args["excludeSymlinkDirectories"] !== true;
    for (const name of filesIn(root, "", followsLinks).filter((each) => !isExcluded(each)))
      files.set(name, fs.readFileSync(path.join(root, name)));
  }
  const sourceFile = text(args, "sourceFile");
  if (sourceFile !== "") files.set(path.basename(sourceFile), fs.readFileSync(path.resolve(folder, sourceFile)));
  if (typeof args["sourceContent"] === "string")
    files.set(text(args, "sourceContentFilename"), Buffer.from(args["sourceContent"]));
  for (const item of list(args, "sources")) {
    const source = item as Properties;
    files.set(text(source, "filename"), Buffer.from(text(source, "content")));
  }
  if (files.size === 0)
    throw new Error('one of "sourceContent", "sourceDir", "sourceFile" and "sources" must be given, and not be empty');
  const bytes = zipFiles(files);
  const outputPath = text(args, "outputPath");
  const output = path.resolve(folder, outputPath);
  fs.mkdirSync(path.dirname(output), { recursive: true });
  // A file that is the same is left alone: it may be one that the program is watched for.
  if (!fs.existsSync(output) || !fs.readFileSync(output).equals(bytes)) fs.writeFileSync(output, bytes);
  const hash = (algorithm: string, encoding: "hex" | "base64"): string =>
    createHash(algorithm).update(bytes).digest(encoding);
  return {
    ...args,
    id: hash("sha1", "hex"),
    outputPath,
    outputSize: bytes.length,
    outputMd5: hash("md5", "hex"),
    outputSha: hash("sha1", "hex"),
    outputSha256: hash("sha256", "hex"),
    outputSha512: hash("sha512", "hex"),
    outputBase64sha256: hash("sha256", "base64"),
    outputBase64sha512: hash("sha512", "base64"),
  };
}

function filesIn(root: string, below: string, followsLinks: boolean): string[] {
  return fs.readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    const status = fs.statSync(path.join(root, name), { throwIfNoEntry: false });
    if (status?.isDirectory() === true)
      return entry.isSymbolicLink() && !followsLinks ? [] : filesIn(root, name, followsLinks);
    return status?.isFile() === true ? [name] : [];
  });
}

/** Whether a file is left out: a pattern names it, or a folder that it is in. */
function excludes(args: Properties): (name: string) => boolean {
  const patterns = list(args, "excludes").map((pattern) => path.posix.normalize(String(pattern)).replace(/\/$/, ""));
  // As the provider's own library for patterns: * is also for names that start with a dot.
  const options = { dot: true, nocomment: true, nonegate: true, noext: true };
  return (name) =>
    patterns.some((pattern) => minimatch(name, pattern, options) || minimatch(name, `${pattern}/**`, options));
}
