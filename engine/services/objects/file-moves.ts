import fs from "node:fs";
import path from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A rename or removal of a file; paths relative to the store's folder. */
interface Move {
  readonly id?: number;
  readonly kind: "place" | "keep" | "remove";
  readonly source: string;
  readonly target: string | undefined;
}

/**
 * The renames and removals that belong to a transaction of the index. They are written down in that transaction and
 * carried out right after it, in the same turn of the event loop; what a crash interrupts is finished at the next
 * start. So the index and the folder never disagree about an object that was acknowledged.
 *
 * Each move has one end under `objects/`, whose name is used once: it tells whether the move was made already.
 */
export class FileMoves {
  /** The moves of this turn, which need not be read back. */
  private planned: Move[] = [];
  /** Moves that were made and are still written down, since to make them again changes nothing. */
  private madeBefore: number | undefined;
  private readonly insert: StatementSync;
  private readonly clear: StatementSync;
  private readonly clearMade: StatementSync;
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
    this.clearMade = database.prepare("DELETE FROM s3_moves WHERE id <= ?");
    this.stayHidden = database.prepare("UPDATE s3_objects SET file = ?, folded = NULL WHERE file = ?");
    this.forgetLost = database.prepare("DELETE FROM s3_objects WHERE file = ? AND current = 0");
  }

  /** Plans to give the file `hidden` its own name, over what is there. */
  public planPlace(hidden: string, natural: string): void {
    this.plan({ kind: "place", source: hidden, target: natural });
  }

  /** Plans to put the file of a former version, `natural`, out of the way. */
  public planKeep(natural: string, hidden: string): void {
    this.plan({ kind: "keep", source: natural, target: hidden });
  }

  /** Plans to remove a file whose object is gone. */
  public planRemove(file: string): void {
    this.plan({ kind: "remove", source: file, target: undefined });
  }

  /** Forgets what was planned in a transaction that was rolled back. */
  public cancel(): void {
    this.planned = [];
  }

  /** Makes the moves that the transaction before planned; call it right after that. */
  public carryOut(): void {
    if (this.planned.length === 0) return;
    const moves = this.planned;
    this.planned = [];
    let isRepeatable = true;
    for (const move of moves) isRepeatable = this.make(move) && isRepeatable;
    // What may be made again after a crash is cleared with the next transaction.
    if (isRepeatable) this.madeBefore = moves.at(-1)?.id;
    else this.clear.run();
  }

  /** Makes the moves that a crash left undone: once, at the start. */
  public finish(): void {
    for (const { kind, source, target } of this.list.all()) {
      const move = { kind: String(kind) as Move["kind"], source: String(source), target: target ?? undefined };
      this.make({ ...move, target: move.target === undefined ? undefined : String(move.target) });
    }
    this.clear.run();
  }

  private plan(move: Move): void {
    if (this.madeBefore !== undefined) this.clearMade.run(this.madeBefore);
    this.madeBefore = undefined;
    const { lastInsertRowid } = this.insert.run(move.kind, move.source, move.target ?? null);
    this.planned.push({ ...move, id: Number(lastInsertRowid) });
  }

  /**
   * Returns whether the move may be made again later: a file that was placed has left its old name. What removes or
   * keeps a file must not meet another one that a person puts there afterwards.
   */
  private make({ kind, source, target = "" }: Move): boolean {
    if (kind === "place") return this.place(source, target);
    if (kind === "keep") this.keep(source, target);
    else this.remove(source);
    return false;
  }

  private place(hidden: string, natural: string): boolean {
    const [source, target] = [path.join(this.folder, hidden), path.join(this.folder, natural)];
    try {
      // The folder is there, but for one that a person has removed meanwhile.
      if (!rename(source, target)) {
        if (!fs.existsSync(source)) return true;
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.renameSync(source, target);
      }
      return true;
    } catch {
      // The name is taken after all (a folder made by hand, a file held open on Windows): the bytes stay where they are.
      this.stayHidden.run(hidden, natural);
      return false;
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

/** Renames a file; false if either end is not there. */
function rename(source: string, target: string): boolean {
  try {
    fs.renameSync(source, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
