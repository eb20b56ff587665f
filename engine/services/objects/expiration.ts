import type { DatabaseSync } from "node:sqlite";

import type { Clock, ClockTimer } from "../clock";
import type { Buckets } from "./buckets";
import type { ObjectWriter } from "./object-writer";

const hour = 60 * 60 * 1000;
const day = 24 * hour;

/**
 * When an object of this age goes, in milliseconds since the epoch: S3 adds the days to the time of the put and rounds
 * up to the next midnight UTC (https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html).
 */
export function expiryTime(modified: number, expirationDays: number): number {
  return Math.ceil((modified + expirationDays * day) / day) * day;
}

/** Deletes objects that their bucket's settings keep only for some days: at start, then every hour. */
export class Expiration {
  private timer: ClockTimer | undefined;

  public constructor(
    private readonly database: DatabaseSync,
    private readonly buckets: Buckets,
    private readonly writer: ObjectWriter,
    private readonly clock: Clock,
  ) {}

  public start(): void {
    this.run();
    this.timer = this.clock.after(hour, () => this.start());
  }

  public close(): void {
    this.timer?.cancel();
  }

  private run(): void {
    const due = this.database.prepare(
      "SELECT key, modified FROM s3_objects WHERE bucket = ? AND current = 1 AND marker = 0 AND modified <= ?",
    );
    for (const bucket of this.buckets.all()) {
      const { expirationDays } = bucket.settings;
      if (expirationDays === undefined) continue;
      for (const row of due.all(bucket.name, this.clock.now() - expirationDays * day)) {
        if (expiryTime(Number(row.modified), expirationDays) > this.clock.now()) continue;
        this.writer.delete(bucket, String(row.key), undefined, "Lifecycle Expiration");
      }
    }
  }
}
