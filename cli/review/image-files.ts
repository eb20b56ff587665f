import * as fs from "node:fs";
import * as path from "node:path";
import type { Properties, RecordedResource } from "../../engine/graph/resource";
import { BuildContexts, type ContextEntry } from "../../engine/services/tasks/images/build-context";

/** A file of an image's build context that is not the same. */
export interface FileChange {
  /** From the context's folder on. */
  readonly path: string;
  readonly change: "added" | "changed" | "removed";
}

/**
 * Compares what an image is built from, file by file; what .dockerignore leaves out does not count.
 * @param folders the projects' folders
 */
export async function compareContexts(
  before: RecordedResource,
  after: RecordedResource,
  folders: { readonly before: string; readonly after: string },
): Promise<FileChange[]> {
  const [from, to] = await Promise.all([filesOf(before, folders.before), filesOf(after, folders.after)]);
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((file): FileChange[] => {
    const [old, now] = [from.get(file), to.get(file)];
    if (old === undefined) return [{ path: file, change: "added" }];
    if (now === undefined) return [{ path: file, change: "removed" }];
    return sameEntry(old, now) ? [] : [{ path: file, change: "changed" }];
  });
}

async function filesOf({ inputs }: RecordedResource, folder: string): Promise<Map<string, ContextEntry>> {
  const location = (key: string): string | undefined => {
    const value = (inputs[key] as Properties | undefined)?.["location"];
    return typeof value === "string" ? value : undefined;
  };
  const context = path.resolve(folder, location("context") ?? ".");
  const dockerfile = path.resolve(folder, location("dockerfile") ?? path.join(context, "Dockerfile"));
  if (!fs.existsSync(dockerfile)) return new Map();
  const { entries } = await new BuildContexts().read({ context, dockerfile, args: {}, secrets: {} });
  return new Map([...entries].filter(([file, { kind }]) => kind !== "folder" && !isOwn(file)));
}

/** What this command and installing leave in a folder. */
function isOwn(file: string): boolean {
  return file.split("/").some((part) => part === "node_modules" || part === ".tandem" || part === ".git");
}

function sameEntry(a: ContextEntry, b: ContextEntry): boolean {
  const isExecutable = ({ mode }: ContextEntry): boolean => (mode & 0o100) !== 0;
  if (a.kind !== b.kind || isExecutable(a) !== isExecutable(b)) return false;
  if (a.kind === "link") return fs.readlinkSync(a.file) === fs.readlinkSync(b.file);
  return a.stats.size === b.stats.size && fs.readFileSync(a.file).equals(fs.readFileSync(b.file));
}
