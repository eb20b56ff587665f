import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { Unzip, UnzipInflate } from "fflate";
import { wholeMap, withWholeMap } from "../../graph/whole-map";

/** An unpacked deployment package, shared by all processes that run it. */
export interface FunctionPackage {
  /** The zip's SHA-256 in base64, as AWS's `CodeSha256`. */
  readonly sha256: string;
  /** Bytes of the zip. */
  readonly size: number;
  /** The folder with the package's files. */
  readonly root: string;
  /** Whether its code has a source map of the program's files. */
  readonly isMapped: boolean;
}

interface Unpacked {
  users: number;
  readonly ready: Promise<string>;
}

// What Lambda's Node.js runtimes have beside the package (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html).
const providedScopes = ["@aws-sdk", "@smithy"];

/** Unpacks deployment packages, each only once however many functions and processes use it. */
export class PackageStore {
  private readonly unpacked = new Map<string, Unpacked>();
  private sweeping: Promise<void> = Promise.resolve();

  /**
   * @param folder where packages are unpacked
   * @param modulesFolders node_modules folders in which the AWS SDK is looked for, the first one first
   * @param projectFolder the folder that source maps are relative to
   */
  public constructor(
    private readonly folder: string,
    private readonly modulesFolders: readonly string[],
    private readonly projectFolder: string,
  ) {}

  /** Unpacks a zip; call {@link release} when nothing runs it any more. */
  public async acquire(zipFile: string): Promise<FunctionPackage> {
    const hash = createHash("sha256");
    await pipeline(fs.createReadStream(zipFile), hash);
    const digest = hash.digest();
    // A handler that moves in its file has the same package, and other lines.
    const map = wholeMap(zipFile, ".packages.map");
    const lines = map === undefined ? "" : createHash("sha256").update(map).digest("hex");
    const name = createHash("sha256").update(digest).update(lines).digest("hex").slice(0, 32);
    let unpacked = this.unpacked.get(name);
    if (unpacked === undefined) {
      unpacked = { users: 0, ready: this.unpack(zipFile, name, map) };
      this.unpacked.set(name, unpacked);
    }
    unpacked.users += 1;
    try {
      const root = await unpacked.ready;
      return { sha256: digest.toString("base64"), size: fs.statSync(zipFile).size, root, isMapped: map !== undefined };
    } catch (error) {
      this.unpacked.delete(name);
      throw error;
    }
  }

  public async release(used: FunctionPackage): Promise<void> {
    const name = path.basename(path.dirname(used.root));
    const unpacked = this.unpacked.get(name);
    if (unpacked === undefined || --unpacked.users > 0) return;
    this.unpacked.delete(name);
    await rm(path.join(this.folder, name), { recursive: true, force: true });
  }

  /** Deletes what an earlier run left behind and nothing uses now. */
  public sweep(): Promise<void> {
    this.sweeping = this.deleteUnused();
    return this.sweeping;
  }

  private async deleteUnused(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => []))
      if (!this.unpacked.has(name.split(".")[0] ?? name))
        await rm(path.join(this.folder, name), { recursive: true, force: true });
  }

  /**
   * Puts the AWS SDK where a package's code finds it: each client from the first folder that has it. The project's own
   * come before those of this library, which has no more than it needs itself.
   */
  private async linkModules(folder: string): Promise<void> {
    for (const scope of providedScopes) {
      const found = new Map<string, string>();
      for (const modules of this.modulesFolders)
        for (const [name, target] of await packagesOf(modules, scope)) if (!found.has(name)) found.set(name, target);
      await rm(path.join(folder, scope), { recursive: true, force: true });
      await mkdir(path.join(folder, scope), { recursive: true });
      for (const [name, target] of found) await symlink(target, path.join(folder, scope, name));
    }
  }

  private async unpack(zipFile: string, name: string, map: string | undefined): Promise<string> {
    const folder = path.join(this.folder, name);
    const root = path.join(folder, "package");
    // What is being deleted must not be taken for what is there.
    await this.sweeping;
    if (fs.existsSync(folder)) {
      await this.linkModules(path.join(folder, "node_modules"));
      return root;
    }
    const partial = path.join(this.folder, `${name}.${process.pid}`);
    await rm(partial, { recursive: true, force: true });
    await this.linkModules(path.join(partial, "node_modules"));
    // As in Lambda, where no package.json above the package makes its .js files ES modules.
    await writeFile(path.join(partial, "package.json"), "{}");
    await unzip(zipFile, path.join(partial, "package"));
    if (map !== undefined) {
      const code = path.join(partial, "package", "index.js");
      await writeFile(code, withWholeMap(await readFile(code, "utf8"), map, this.projectFolder));
    }
    await rename(partial, folder);
    return root;
  }
}

/** The packages of a scope in a node_modules folder, with the folders that they are really in. */
async function packagesOf(modules: string, scope: string): Promise<(readonly [name: string, folder: string])[]> {
  const names = await readdir(path.join(modules, scope)).catch(() => []);
  return names.flatMap((name) => {
    try {
      return [[name, fs.realpathSync(path.join(modules, scope, name))] as const];
    } catch {
      // A link that leads nowhere, as one of `npm link` whose folder is gone.
      return [];
    }
  });
}

/** Unpacks a zip as a stream. Files are read-only, as in Lambda, where all processes share them. */
async function unzip(zipFile: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  let failure: Error | undefined;
  let entries = 0;
  const fail = (error: Error): void => {
    failure ??= error;
  };
  const unzipper = new Unzip((entry) => {
    entries += 1;
    const file = path.resolve(folder, entry.name);
    if (!file.startsWith(folder + path.sep))
      return fail(new Error(`${zipFile} has an entry outside of its folder: ${entry.name}`));
    if (entry.name.endsWith("/")) {
      fs.mkdirSync(file, { recursive: true });
      return;
    }
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // fflate does not tell which files are executable; a program in a package is of use only if it is.
    const descriptor = fs.openSync(file, "w", 0o555);
    entry.ondata = (error, chunk, final) => {
      if (error !== null) fail(error);
      else fs.writeSync(descriptor, chunk);
      if (final || error !== null) fs.closeSync(descriptor);
    };
    entry.start();
  });
  unzipper.register(UnzipInflate);
  for await (const chunk of fs.createReadStream(zipFile) as AsyncIterable<Buffer>) {
    unzipper.push(chunk);
    if (failure !== undefined) throw failure;
  }
  unzipper.push(new Uint8Array(0), true);
  if (failure !== undefined) throw failure;
  if (entries === 0) throw new Error(`${zipFile} is not a zip file, or has no files.`);
}
