import { isNaturalName, longestKey } from "./key-path";

/** What a file system says that a name is: of `fs.Stats` and `fs.Dirent`. */
interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/**
 * Tells, once of each, what lies in a bucket's folder and becomes no object, though somebody may wait for that. Names that
 * start with a dot are left out silently: editors and systems put them there.
 */
export class LeftOutFiles {
  private readonly told = new Set<string>();

  /** @param tell gets the bucket, the path in its folder, and the reason with what to do */
  public constructor(private readonly tell: (bucket: string, path: string, reason: string) => void) {}

  /** @param path from the bucket's folder on, with `/` */
  public look(bucket: string, path: string, kind: Kind): void {
    const names = path.split("/");
    if (names.some((name) => name.startsWith("."))) return;
    const unnatural = names.findIndex((name) => !isNaturalName(name));
    // All that is in a folder with such a name is left out for the same reason.
    const file = unnatural < 0 ? path : names.slice(0, unnatural + 1).join("/");
    const reason = file === path ? reasonOf(path, kind, unnatural >= 0) : unnaturalReason;
    if (reason === undefined || this.told.has(`${bucket}/${file}`)) return;
    this.told.add(`${bucket}/${file}`);
    this.tell(bucket, file, reason);
  }
}

const unnaturalReason =
  "its name cannot be a file's on every system: rename it, or put it with tandem put, which takes any key";

function reasonOf(path: string, kind: Kind, isUnnatural: boolean): string | undefined {
  if (kind.isSymbolicLink()) return "it is a symbolic link: copy the file itself there";
  if (isUnnatural) return unnaturalReason;
  if (kind.isDirectory()) return undefined;
  if (!kind.isFile()) return "it is no file with content of its own";
  const size = Buffer.byteLength(path);
  if (size > longestKey) return `its key has ${size} bytes of UTF-8, and S3 takes ${longestKey}: shorten its path`;
  return undefined;
}
