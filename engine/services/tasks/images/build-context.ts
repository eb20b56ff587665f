import createIgnore, { type Ignore } from "@balena/dockerignore";
import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImageBuild } from "../task-definition";

/** A file, folder or link of a build context. */
export interface ContextEntry {
  /** From the context on, with slashes: `src/index.js`. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly kind: "file" | "folder" | "link";
  /** Permissions. */
  readonly mode: number;
  readonly stats: Stats;
}

/** The folder that a build sees, without what `.dockerignore` leaves out. */
export interface BuildContext {
  readonly dockerfile: string;
  /** By path, in the order of a sorted walk. */
  readonly entries: ReadonlyMap<string, ContextEntry>;
  /** The same for the same Dockerfile, files, arguments, stage and platform. */
  readonly hash: string;
}

/** Reads contexts, and remembers the digests of files that have not changed since. */
export class BuildContexts {
  private readonly digests = new Map<string, { readonly version: string; readonly digest: string }>();

  public async read(build: ImageBuild): Promise<BuildContext> {
    const dockerfile = await fs.readFile(build.dockerfile, "utf8");
    const ignore = await readIgnore(build);
    const entries = new Map<string, ContextEntry>();
    await walk(build.context, "", ignore, entries);
    const hash = createHash("sha256");
    const { args, target, platform } = build;
    hash.update(JSON.stringify([dockerfile, Object.entries(args).sort(), target ?? null, platform ?? null]));
    for (const entry of entries.values())
      hash.update(JSON.stringify([entry.path, entry.kind, entry.mode, await this.contentOf(entry)]));
    return { dockerfile, entries, hash: hash.digest("hex") };
  }

  private async contentOf({ file, kind, stats }: ContextEntry): Promise<string> {
    if (kind === "folder") return "";
    if (kind === "link") return fs.readlink(file);
    const version = [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(":");
    const known = this.digests.get(file);
    if (known?.version === version) return known.digest;
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    const digest = hash.digest("hex");
    this.digests.set(file, { version, digest });
    return digest;
  }
}

interface Ignored {
  readonly rules: Ignore;
  /** Whether a rule with `!` may bring back what is inside an ignored folder. */
  readonly hasExceptions: boolean;
}

/** A Dockerfile's own `<name>.dockerignore` comes first (https://docs.docker.com/build/concepts/context/#dockerignore-files). */
async function readIgnore({ context, dockerfile }: ImageBuild): Promise<Ignored> {
  const text =
    (await readIfThere(`${dockerfile}.dockerignore`)) ?? (await readIfThere(path.join(context, ".dockerignore"))) ?? "";
  const lines = text.split(/\r?\n/);
  return { rules: createIgnore().add(lines), hasExceptions: lines.some((line) => line.trim().startsWith("!")) };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function walk(
  context: string,
  folder: string,
  ignore: Ignored,
  entries: Map<string, ContextEntry>,
): Promise<void> {
  const names = (await fs.readdir(path.join(context, folder))).sort();
  for (const name of names) {
    const entryPath = folder === "" ? name : `${folder}/${name}`;
    const isIgnored = ignore.rules.ignores(entryPath);
    if (isIgnored && !ignore.hasExceptions) continue;
    const file = path.join(context, entryPath);
    const stats = await fs.lstat(file);
    const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : undefined;
    // Sockets and devices are no part of an image.
    if (kind === undefined) continue;
    if (!isIgnored) entries.set(entryPath, { path: entryPath, file, kind, mode: stats.mode & 0o7777, stats });
    if (kind === "folder") await walk(context, entryPath, ignore, entries);
  }
}
