import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { git, tryGit } from "./git";

/** A commit, checked out into a folder of its own. */
export class Worktree {
  private readonly made: { repository: string; folder: string }[] = [];
  private constructor(private readonly temporary: string) {}

  public get folder(): string {
    return path.join(this.temporary, "tree");
  }

  /**
   * Checks a commit out, with its submodules as far as they are on this machine. The user's files, index and branch are
   * not touched.
   * @param note told of what could not be checked out
   */
  public static async add(root: string, commit: string, note: (line: string) => void): Promise<Worktree> {
    // Real: what programs load is known by its real path.
    const worktree = new Worktree(fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "tandem-diff-")));
    try {
      await worktree.checkOut(root, worktree.folder, commit);
      await worktree.checkOutSubmodules(root, commit, note);
      return worktree;
    } catch (error) {
      worktree.remove();
      throw error;
    }
  }

  /** Removes it at once, without waiting: also when the process is about to end. */
  public remove(): void {
    for (const { repository, folder } of this.made.splice(0).reverse()) {
      try {
        execFileSync("git", ["-C", repository, "worktree", "remove", "--force", "--force", folder], {
          stdio: "ignore",
        });
      } catch {
        // Git forgets it below, once the folder is gone.
      }
      fs.rmSync(folder, { recursive: true, force: true });
      try {
        execFileSync("git", ["-C", repository, "worktree", "prune"], { stdio: "ignore" });
      } catch {
        // The repository itself is gone.
      }
    }
    fs.rmSync(this.temporary, { recursive: true, force: true });
  }

  private async checkOut(repository: string, folder: string, commit: string): Promise<void> {
    this.made.push({ repository, folder });
    await git(repository, "worktree", "add", "--detach", "--force", "--quiet", folder, commit);
  }

  private async checkOutSubmodules(root: string, commit: string, note: (line: string) => void): Promise<void> {
    const tree = (await tryGit(root, "ls-tree", "-r", "-z", commit)) ?? "";
    for (const [, id = "", name = ""] of tree.matchAll(/160000 commit ([0-9a-f]+)\t([^\0]+)/g)) {
      const own = path.join(root, name);
      const isHere = (await tryGit(own, "rev-parse", "--show-prefix")) === "";
      const hasCommit = isHere && (await tryGit(own, "cat-file", "-e", `${id}^{commit}`)) !== undefined;
      if (hasCommit) await this.checkOut(own, path.join(this.folder, name), id);
      else note(`submodule ${name} is left out at the earlier revision: run git submodule update --init to have it`);
    }
  }
}
