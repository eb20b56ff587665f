import fs from "node:fs";
import path from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * The renames and removals that belong to a transaction of the index. They are written down in that transaction and
 * carried out right after it, in the same turn of the event loop; what a crash interrupts is finished at the next
 * start. So the index and the folder never disagree about an object that was acknowledged.
 *
 * Each move has one end under `objects/`, whose name is used once: it tells whether the move was made already.
 */
export class FileMoves {
  private readonly insert: StatementSync;
  private readonly clear: StatementSync;
  private readonly list: StatementSync;
  private readonly stayHidden: StatementSync;
  private readonly forgetLost: StatementSync;

  public constructor(
    private readonly folder: string,
    database: DatabaseSync,
  ) {
    this.insert = database.prepare("INSERT INTO s3_moves (kind, source, target) VALUES (?, ?, ?)");
    this.list = database.prepare("SELECT kind, source, target FROM s3_moves ORDER BY id");
    this.clear = database.prepare("DELETE FROM s3_moves");
    this.stayHidden = database.prepare("UPDATE s3_objects SET file = ?, folded = NULL WHERE file = ?");
    this.forgetLost = database.prepare("DELETE FROM s3_objects WHERE file = ? AND current = 0");
  }

  /** Plans to give the file `hidden` its own name, over what is there. */
  public planPlace(hidden: string, natural: string): void {
    this.insert.run("place", hidden, natural);
  }

  /** Plans to put the file of a former version, `natural`, out of the way. */
  public planKeep(natural: string, hidden: string): void {
    this.insert.run("keep", natural, hidden);
  }

  /** Plans to remove a file whose object is gone. */
  public planRemove(file: string): void {
    this.insert.run("remove", file, null);
  }

  /** Makes every planned move: after each transaction that planned any, and once at start. */
  public carryOut(): void {
    const moves = this.list.all();
    if (moves.length === 0) return;
    for (const { kind, source, target } of moves) {
      if (kind === "place") this.place(String(source), String(target));
      else if (kind === "keep") this.keep(String(source), String(target));
      else this.remove(String(source));
    }
    this.clear.run();
  }

  private place(hidden: string, natural: string): void {
    const source = path.join(this.folder, hidden);
    if (!fs.existsSync(source)) return;
    try {
      const target = path.join(this.folder, natural);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.renameSync(source, target);
    } catch {
      // The name is taken after all (a folder made by hand, a file held open on Windows): the bytes stay where they are.
      this.stayHidden.run(hidden, natural);
    }
  }

  private keep(natural: string, hidden: string): void {
    const [source, target] = [path.join(this.folder, natural), path.join(this.folder, hidden)];
    if (fs.existsSync(target)) return;
    try {
      fs.renameSync(source, target);
    } catch {
      // Removed by hand just before: there is nothing left of that version.
      if (!fs.existsSync(source)) this.forgetLost.run(hidden);
      else fs.copyFileSync(source, target);
    }
  }

  private remove(file: string): void {
    const absolute = path.join(this.folder, file);
    try {
      fs.unlinkSync(absolute);
    } catch {
      // Gone already, or held open on Windows.
    }
    if (file.startsWith("buckets/")) this.prune(path.dirname(file));
  }

  /** Removes the folders that a key's slashes made and that are empty now; a bucket's own stays. */
  private prune(folder: string): void {
    for (let current = folder; current.split("/").length > 2; current = path.posix.dirname(current)) {
      try {
        fs.rmdirSync(path.join(this.folder, current));
      } catch {
        return;
      }
    }
  }
}
