import { constants, type Dirent } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { BuildContext } from "../images/build-context";
import { globExpression } from "../images/glob";
import { changedMode } from "./run-modes";

/** What one COPY takes: files of the context or of another stage. */
export interface CopySource {
  /** Absolute. */
  readonly file: string;
  /** The last part of its path. */
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
  /** What is in a folder, by its path from the folder on; parents come first. */
  readonly children: readonly { readonly path: string; readonly file: string; readonly kind: CopySource["kind"] }[];
}

/**
 * The files of an image that is interpreted, in a folder that stands for the container's `/`. Nothing is read or
 * written outside: `..` ends at the root, as in a container, and links are made to stay inside.
 */
export class ImageFolder {
  /** @param root absolute, and exists */
  public constructor(public readonly root: string) {}

  /** Where a path of the container is on this machine. */
  public locate(containerPath: string): string {
    return path.join(this.root, path.posix.normalize(path.posix.join("/", containerPath)));
  }

  public async makeFolder(containerPath: string): Promise<void> {
    const folder = this.locate(containerPath);
    await fs.mkdir(folder, { recursive: true });
    await this.checkInside(folder);
  }

  /** Copies as COPY does (https://docs.docker.com/reference/dockerfile/#copy). `to` is absolute, in the container. */
  public async copy(sources: readonly CopySource[], to: string, mode: number | undefined): Promise<void> {
    const target = this.locate(to);
    const isFolder = to.endsWith("/") || to.endsWith("/.") || sources.length > 1 || (await isDirectory(target));
    for (const source of sources) {
      if (source.kind !== "folder") {
        await this.put(source, isFolder ? path.join(target, source.name) : target, mode);
        continue;
      }
      await fs.mkdir(target, { recursive: true });
      await this.checkInside(target);
      for (const child of source.children) await this.put(child, path.join(target, child.path), mode);
    }
  }

  /** The files that a pattern matches, as sources of a COPY --from this image. */
  public async find(pattern: string): Promise<CopySource[]> {
    const segments = path.posix.join("/", pattern).split("/").filter(Boolean);
    let found = [""];
    for (const segment of segments) {
      const expression = globExpression(segment);
      const next: string[] = [];
      for (const folder of found) {
        for (const { name } of await entriesOf(path.join(this.root, folder)))
          if (expression.test(name)) next.push(path.join(folder, name));
      }
      found = next.sort();
    }
    return Promise.all(found.map((relative) => sourceOf(path.join(this.root, relative))));
  }

  /** Changes the permissions of what a pattern matches, as far as it is there: RUN may have made more. */
  public async changeMode(pattern: string, mode: string, isRecursive: boolean): Promise<void> {
    for (const { file, kind, children } of await this.find(pattern)) {
      const all = [{ file, kind }, ...(isRecursive ? children : [])];
      for (const each of all) {
        // What runs here is started by its own user, who must be able to delete the folder again.
        if (each.kind !== "file") continue;
        await this.checkInside(path.dirname(each.file));
        const before = (await fs.stat(each.file)).mode;
        await fs.chmod(each.file, changedMode(mode, before) | 0o400);
      }
    }
  }

  private async put(
    source: Pick<CopySource, "file" | "kind">,
    target: string,
    mode: number | undefined,
  ): Promise<void> {
    await fs.mkdir(path.dirname(target), { recursive: true });
    const folder = await this.checkInside(path.dirname(target));
    if (source.kind === "folder") {
      await fs.mkdir(target, { recursive: true });
      return;
    }
    // Written in place, a link at the target would be followed.
    await fs.rm(target, { recursive: true, force: true });
    if (source.kind === "link") return fs.symlink(this.contained(await fs.readlink(source.file), folder), target);
    await fs.copyFile(source.file, target, constants.COPYFILE_FICLONE);
    if (mode !== undefined) await fs.chmod(target, mode);
  }

  /** A link's target, relative, so that it stays inside this folder and its copies. */
  private contained(link: string, folder: string): string {
    const from = `/${path.relative(this.root, folder)}`;
    const target = path.posix.resolve(from, link);
    return path.posix.relative(from, target) || ".";
  }

  /** @returns the folder without links in its path */
  private async checkInside(folder: string): Promise<string> {
    const [root, real] = await Promise.all([fs.realpath(this.root), fs.realpath(folder)]);
    if (real !== root && !real.startsWith(root + path.sep))
      throw new Error(`${path.relative(this.root, folder)} would be written outside the image`);
    return path.join(this.root, path.relative(root, real));
  }
}

/** The files of a context that a pattern matches. */
export function findInContext(context: BuildContext, pattern: string): CopySource[] {
  const clean = path.posix.join("/", pattern).replace(/\/$/, "").slice(1);
  const all = [...context.entries.values()];
  const childrenOf = (folder: string) =>
    all
      .filter(({ path: entry }) => folder === "" || entry.startsWith(`${folder}/`))
      .map(({ path: entry, file, kind }) => ({
        path: folder === "" ? entry : entry.slice(folder.length + 1),
        file,
        kind,
      }));
  if (clean === "") return [{ file: "", name: "", kind: "folder", children: childrenOf("") }];
  const expressions = clean.split("/").map(globExpression);
  return all
    .filter(({ path: entry }) => {
      const segments = entry.split("/");
      return (
        segments.length === expressions.length && expressions.every((each, index) => each.test(segments[index] ?? ""))
      );
    })
    .map(({ path: entry, file, kind }) => ({
      file,
      name: path.posix.basename(entry),
      kind,
      children: kind === "folder" ? childrenOf(entry) : [],
    }));
}

async function sourceOf(file: string): Promise<CopySource> {
  const stats = await fs.lstat(file);
  const name = path.basename(file);
  if (stats.isSymbolicLink()) return { file, name, kind: "link", children: [] };
  if (!stats.isDirectory()) return { file, name, kind: "file", children: [] };
  const entries = await fs.readdir(file, { recursive: true, withFileTypes: true });
  const children = entries.map((entry) => {
    const child = path.join(entry.parentPath, entry.name);
    return { path: path.relative(file, child), file: child, kind: kindOf(entry) };
  });
  return { file, name, kind: "folder", children: children.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function kindOf(entry: Dirent): CopySource["kind"] {
  return entry.isSymbolicLink() ? "link" : entry.isDirectory() ? "folder" : "file";
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await fs.stat(file)).isDirectory();
  } catch {
    return false;
  }
}
