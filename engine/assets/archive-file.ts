import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync, type Zippable } from "fflate";
import { EngineError } from "../errors";
import { Archive, type Value } from "../graph/resource";

/** What a file is made of that a resource is given: the file itself, or bytes. */
export type AssetContent = { readonly file: string } | { readonly bytes: Uint8Array };

// A zip's time has no zone; Pulumi gives every entry this one, so that the same files are the same bytes.
const time = new Date(1990, 0, 1);

/**
 * The content of an asset, or of an archive, which is a zip, as it would be deployed: the file that the program names, or
 * a zip of the folder, files and texts that it lists.
 * @throws `ERR_ASSET` for what is not there, or at an address of another machine
 */
export function contentOf(asset: Archive): AssetContent {
  if (asset.text !== undefined) return { bytes: Buffer.from(asset.text) };
  const file = fileOf(asset);
  if (file !== undefined && fs.statSync(file).isFile()) return { file };
  return { bytes: zipFiles(filesOf(asset)) };
}

/**
 * The zip file that an archive is, e.g. a function's code.
 * @param folder where zips are kept that are made here, by their content
 * @throws `ERR_ASSET` for what is not there, or at an address of another machine
 */
export function zipFileOf(archive: Archive, folder: string): string {
  const content = contentOf(archive);
  return "file" in content ? content.file : kept(content.bytes, folder, archive.hash);
}

function kept(bytes: Uint8Array, folder: string, hash: string): string {
  const zip = path.join(folder, `${hash.slice(0, 32)}.zip`);
  if (fs.existsSync(zip)) return zip;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${zip}.new`, bytes);
  fs.renameSync(`${zip}.new`, zip);
  return zip;
}

/** Zips files so that the same ones give the same bytes. */
export function zipFiles(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const zippable: Zippable = {};
  for (const [name, bytes] of entries) zippable[name] = [bytes, { mtime: time, os: 3, attrs: 0o644 << 16, level: 1 }];
  return zipSync(zippable);
}

/** The files that an archive without a file of its own consists of, by their paths in it. */
function filesOf(archive: Archive): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  addEntry(files, "", archive);
  return files;
}

function addEntry(files: Map<string, Uint8Array>, name: string, entry: string | Archive): void {
  if (typeof entry === "string") {
    files.set(name, Buffer.from(entry));
    return;
  }
  const file = fileOf(entry);
  if (file !== undefined) addPath(files, name, file);
  for (const [child, content] of Object.entries(entry.entries)) addEntry(files, join(name, child), content);
}

function addPath(files: Map<string, Uint8Array>, name: string, file: string): void {
  if (!fs.statSync(file).isDirectory()) {
    files.set(name === "" ? path.basename(file) : name, fs.readFileSync(file));
    return;
  }
  for (const child of fs.readdirSync(file, { withFileTypes: true })) {
    const inside = path.join(file, child.name);
    // Pulumi leaves links to folders out.
    if (child.isSymbolicLink() && fs.statSync(inside, { throwIfNoEntry: false })?.isFile() !== true) continue;
    addPath(files, join(name, child.name), inside);
  }
}

function join(folder: string, name: string): string {
  return folder === "" ? name : path.posix.join(folder, name);
}

/** The file or folder that an asset names; undefined for one that is put together in the program. */
function fileOf({ path: given, uri }: Archive): string | undefined {
  const file = uri === undefined ? given : localFile(uri);
  if (file !== undefined && !fs.existsSync(file)) {
    throw new EngineError(
      "ERR_ASSET",
      "a file that the program gives a resource is not there",
      "correct the path, or create it",
      file,
    );
  }
  return file;
}

function localFile(uri: string): string {
  if (uri.startsWith("file:")) return fileURLToPath(uri);
  throw new EngineError(
    "ERR_ASSET",
    "a resource is given a file at an address, and nothing is fetched from other machines here",
    "download it, and give its path: new pulumi.asset.FileAsset(path), or FileArchive",
    uri,
  );
}

/** The files and folders of the project's own that are in some inputs; packages are not among them. */
export function ownFilesOf(value: Value): { readonly path: string; readonly hash: string }[] {
  if (typeof value !== "object" || value === null) return [];
  if (!(value instanceof Archive)) return Object.values(value).flatMap((item: Value) => ownFilesOf(item));
  const inside = Object.values(value.entries).flatMap((entry) => (typeof entry === "string" ? [] : ownFilesOf(entry)));
  const isOwn = value.path !== undefined && !/[\\/](node_modules|\.tandem)([\\/]|$)/.test(value.path);
  return isOwn ? [{ path: value.path, hash: value.hash }, ...inside] : inside;
}

/** Where files and folders of an archive are, by their paths in it; not those of a zip, nor texts. */
export function sourcesOf(archive: Archive, name = ""): (readonly [inArchive: string, file: string])[] {
  const inside = Object.entries(archive.entries).flatMap(([child, entry]) =>
    typeof entry === "string" ? [] : sourcesOf(entry, join(name, child)),
  );
  const isZip = name === "" && (archive.path === undefined || !fs.statSync(archive.path).isDirectory());
  return archive.path === undefined || isZip ? inside : [[name, archive.path], ...inside];
}

/** The hash of a file, or of all files of a folder with their paths. */
export function hashOfPath(file: string): string {
  const status = fs.statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return sha256("");
  if (status.isFile()) return sha256(fs.readFileSync(file));
  if (!status.isDirectory()) return sha256("");
  const names = fs.readdirSync(file).sort();
  return sha256(JSON.stringify(names.map((name) => [name, hashOfPath(path.join(file, name))])));
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
