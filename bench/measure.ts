import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";

/** The value that the fraction `rank` (0.5 is the median) of all values does not exceed. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * rank) - 1)];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Milliseconds of a clock that all processes of this machine share, with fractions. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A process and what it holds in memory. */
export interface ProcessMemory {
  readonly pid: number;
  /** MiB. */
  readonly resident: number;
}

/** A process and all that it has started, itself first. */
export function processTree(root: number): ProcessMemory[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" }).trim().split("\n");
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const found: ProcessMemory[] = [];
  const add = (pid: number): void => {
    for (const [id = 0, parent, kibibytes = 0] of all) {
      if (id === pid) found.push({ pid, resident: kibibytes / 1024 });
      else if (parent === pid) add(id);
    }
  };
  add(root);
  return found.sort((a, b) => Number(b.pid === root) - Number(a.pid === root));
}

/** The processor time that a process has taken so far, all its threads together, in milliseconds; Linux only. */
export function processorTime(pid: number): number {
  const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  // Linux counts in hundredths of a second for all programs (USER_HZ).
  return ((user ?? 0) + (system ?? 0)) * 10;
}

/** The most memory that a process has held, in MiB: Linux remembers it, elsewhere it is looked at every 50 ms. */
export class PeakMemory {
  private seen = 0;
  private readonly timer: NodeJS.Timeout | undefined;

  public constructor(private readonly pid: number) {
    if (os.platform() !== "linux") this.timer = setInterval(() => this.look(), 50).unref();
  }

  public read(): number {
    if (this.timer !== undefined) return this.look();
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
    return Number(kibibytes) / 1024;
  }

  public stop(): void {
    clearInterval(this.timer);
  }

  private look(): number {
    const kibibytes = execFileSync("ps", ["-o", "rss=", "-p", String(this.pid)], { encoding: "utf8" });
    return (this.seen = Math.max(this.seen, Number(kibibytes.trim()) / 1024));
  }
}
