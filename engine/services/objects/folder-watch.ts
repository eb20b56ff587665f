import fs from "node:fs";
import path from "node:path";

import type { Clock, ClockTimer } from "../clock";
import { isNaturalName } from "./key-path";

/** How long a file must keep its size before it counts as whole, and how often that is looked at, in milliseconds. */
const stableAfter = 250;
const lookEvery = 50;

/** Elsewhere than on Linux the system watches a folder with all that is in it. */
const isRecursive = process.platform !== "linux";

export interface FolderWatchOptions {
  /** The folder that holds the buckets' folders. */
  readonly folder: string;
  /** The file system's time is the machine's, also where a test holds the engine's clock. */
  readonly clock: Clock;
  /** Whether the index has the file as it is, or as absent, so that there is nothing to report. */
  isKnown(bucket: string, key: string, stats: fs.Stats | undefined): boolean;
  /** The keys of the objects that the index has in a folder of a bucket. */
  keysIn(bucket: string, folder: string): Iterable<string>;
  /** Gets the bucket and key of every file that appeared, changed or went, once it has stopped growing. */
  changed(bucket: string, key: string): void;
  /** Gets whatever lies there under a name without a leading dot, also what can be no object. */
  found(bucket: string, key: string, stats: fs.Stats): void;
  /** Gets the errors of watching. */
  failed(error: unknown): void;
}

/** A file that somebody changed, and since when it has its size. */
interface Pending {
  size: number;
  modified: number;
  since: number;
}

interface WatchedFolder {
  readonly watcher: fs.FSWatcher | undefined;
  /** Another folder of the same name has another number. */
  readonly inode: number;
}

/**
 * Watches the buckets' folders for files that people put, edit and remove there. The store's own changes, which are by
 * far the most, cost one look at the file each: a library that tracks every file itself took more than the put did.
 */
export class FolderWatch {
  /** By their paths relative to the folder, with `/`; the folder itself is `""`. */
  private readonly folders = new Map<string, WatchedFolder>();
  private readonly pending = new Map<string, Pending>();
  private timer: ClockTimer | undefined;
  private isClosed = false;

  public constructor(private readonly options: FolderWatchOptions) {}

  /** Watches every folder that is there: each change from now on is noticed. */
  public start(): void {
    this.watchFolder("");
    // What is there already is compared with the index by whoever starts the watch.
    this.pending.clear();
  }

  public close(): void {
    this.isClosed = true;
    this.timer?.cancel();
    for (const { watcher } of this.folders.values()) watcher?.close();
    this.folders.clear();
    this.pending.clear();
  }

  private watchFolder(folder: string): void {
    const absolute = path.join(this.options.folder, folder);
    const stats = fs.lstatSync(absolute, { throwIfNoEntry: false });
    if (!stats?.isDirectory()) return;
    if (this.folders.get(folder)?.inode !== stats.ino) {
      this.unwatchFolder(folder);
      this.folders.set(folder, { watcher: this.openWatcher(folder, absolute), inode: stats.ino });
    }
    // Read after the watch has begun, so that nothing falls between the two.
    for (const entry of this.entriesOf(absolute)) {
      const at = join(folder, entry.name);
      if (entry.isDirectory() && isNaturalName(entry.name)) this.watchFolder(at);
      else this.notice(at);
    }
  }

  private openWatcher(folder: string, absolute: string): fs.FSWatcher | undefined {
    if (isRecursive && folder !== "") return undefined;
    try {
      const watcher = fs.watch(absolute, { persistent: false, recursive: isRecursive }, (_event, name) => {
        if (name !== null) this.notice(join(folder, name.split(path.sep).join("/")));
      });
      watcher.on("error", (error) => {
        // Windows reports the removal of a watched folder as an error.
        if (fs.existsSync(absolute)) this.options.failed(error);
      });
      return watcher;
    } catch (error) {
      if (fs.existsSync(absolute)) this.options.failed(error);
      return undefined;
    }
  }

  /** Stops watching a folder and all in it. */
  private unwatchFolder(folder: string): void {
    for (const [each, { watcher }] of this.folders) {
      if (each !== folder && !each.startsWith(`${folder}/`)) continue;
      watcher?.close();
      this.folders.delete(each);
    }
  }

  private entriesOf(absolute: string): fs.Dirent[] {
    try {
      return fs.readdirSync(absolute, { withFileTypes: true });
    } catch {
      // Removed meanwhile, which its own folder's watch reports.
      return [];
    }
  }

  private notice(at: string): void {
    if (this.isClosed || at.split("/").some((name) => name.startsWith("."))) return;
    if (!this.pending.has(at)) this.pending.set(at, { size: -1, modified: -1, since: 0 });
    this.timer ??= this.options.clock.after(lookEvery, () => this.look());
  }

  /** Looks at what is pending, and again as long as something is. */
  private look(): void {
    this.timer = undefined;
    for (const [at, pending] of this.pending) {
      try {
        if (this.isSettled(at, pending)) this.pending.delete(at);
      } catch (error) {
        this.pending.delete(at);
        this.options.failed(error);
      }
    }
    if (this.pending.size > 0) this.timer ??= this.options.clock.after(lookEvery, () => this.look());
  }

  private isSettled(at: string, pending: Pending): boolean {
    const stats = fs.lstatSync(path.join(this.options.folder, at), { throwIfNoEntry: false });
    const slash = at.indexOf("/");
    const [bucket, key] = [at.slice(0, slash), at.slice(slash + 1)];
    if (stats !== undefined && slash >= 0) this.options.found(bucket, key, stats);
    if (!at.split("/").every(isNaturalName)) return true;
    if (stats?.isDirectory()) {
      this.watchFolder(at);
      return true;
    }
    if (stats === undefined && this.folders.has(at)) this.folderGone(at);
    // Only folders lie beside the buckets' own.
    if (slash < 0) return true;
    const file = stats?.isFile() ? stats : undefined;
    if (this.options.isKnown(bucket, key, file)) return true;
    const now = this.options.clock.now();
    const [size, modified] = [file?.size ?? 0, file?.mtimeMs ?? 0];
    if (pending.size !== size || pending.modified !== modified) Object.assign(pending, { size, modified, since: now });
    if (now - pending.since < stableAfter) return false;
    this.options.changed(bucket, key);
    return true;
  }

  /** A folder that was moved away takes its files along, of which the system says nothing. */
  private folderGone(at: string): void {
    this.unwatchFolder(at);
    const [bucket = "", ...names] = at.split("/");
    for (const key of this.options.keysIn(bucket, names.join("/"))) this.notice(`${bucket}/${key}`);
  }
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
