import path from "node:path";
import { once } from "node:events";

import { watch, type FSWatcher } from "chokidar";

import { isNaturalName } from "./key-path";

/** How long a file must keep its size before it counts as whole, and how often that is looked at, in milliseconds. */
const stable = { stabilityThreshold: 250, pollInterval: 50 };

/**
 * Watches the folder that holds the buckets' folders and calls `changed` with the bucket and the key of every file that
 * appears, changes or goes, once it has stopped growing. It does not know who changed it.
 */
export class FolderWatch {
  private watcher: FSWatcher | undefined;

  public constructor(
    private readonly folder: string,
    private readonly changed: (bucket: string, key: string) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Resolves once every change from now on will be noticed. */
  public async start(): Promise<void> {
    const watcher = watch(this.folder, {
      ignoreInitial: true,
      followSymlinks: false,
      awaitWriteFinish: stable,
      ignored: (file) => file !== this.folder && !isNaturalName(path.basename(file)),
    });
    this.watcher = watcher;
    for (const event of ["add", "change", "unlink"] as const) watcher.on(event, (file) => this.report(file));
    watcher.on("error", this.failed);
    await once(watcher, "ready");
  }

  public async close(): Promise<void> {
    await this.watcher?.close();
    this.watcher = undefined;
  }

  private report(file: string): void {
    const [bucket, ...segments] = path.relative(this.folder, file).split(path.sep);
    if (bucket !== undefined && segments.length > 0) this.changed(bucket, segments.join("/"));
  }
}
