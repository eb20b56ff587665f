import type { DatabaseSync } from "node:sqlite";
import { AwsError } from "../protocol/message";

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface GroupCommitOptions {
  readonly database: DatabaseSync;
  /** Runs as the last part of each transaction. */
  beforeCommit(): void;
  /** Runs after each transaction, once who asked for its changes has been told. */
  afterCommit(): void;
  /** What has been remembered beside the database may be wrong: nothing of the transaction was kept. */
  onRollback(): void;
}

/**
 * Puts all changes that are asked for within one turn of the event loop into one transaction: a commit costs as much
 * as ten inserts. Who asked is told after the commit, so what was acknowledged is kept.
 */
export class GroupCommit {
  private jobs: Job[] = [];
  private readonly begin;
  private readonly commit;

  public constructor(private readonly options: GroupCommitOptions) {
    this.begin = options.database.prepare("BEGIN IMMEDIATE");
    this.commit = options.database.prepare("COMMIT");
  }

  /**
   * Runs `work` in the next transaction, and resolves with what it returned once that is on disk. Work that refuses (an
   * AwsError) does so before it changes anything; any other error undoes the whole transaction.
   */
  public run<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.jobs.length === 0) setImmediate(() => this.flush());
      this.jobs.push({ work, resolve: resolve as Job["resolve"], reject });
    });
  }

  /** Runs what has been asked for so far; also called by itself at the end of the turn. */
  public flush(): void {
    if (this.jobs.length === 0) return;
    const jobs = this.jobs;
    this.jobs = [];
    const tell: (() => void)[] = [];
    try {
      this.begin.run();
      for (const { work, resolve, reject } of jobs) {
        try {
          const value = work();
          tell.push(() => resolve(value));
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          tell.push(() => reject(error));
        }
      }
      this.options.beforeCommit();
      this.commit.run();
    } catch (error) {
      if (this.options.database.isTransaction) this.options.database.exec("ROLLBACK");
      this.options.onRollback();
      for (const { reject } of jobs) reject(error);
      return;
    }
    for (const each of tell) each();
    this.options.afterCommit();
  }
}
