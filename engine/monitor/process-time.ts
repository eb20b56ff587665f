import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

interface ProcessTime {
  readonly parent: number;
  /** Milliseconds of processor time. */
  readonly time: number;
}

/** Milliseconds in a tick of /proc, which is a hundredth of a second on every Linux (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
const tick = 10;

/**
 * The processor time that a process and those that it started have taken so far, in milliseconds; undefined where this
 * system does not say.
 */
export function processorTime(pid: number): number | undefined {
  try {
    const all = process.platform === "linux" ? fromProc() : fromPs();
    return all.has(pid) ? timeOf(pid, all) : undefined;
  } catch {
    return undefined;
  }
}

function timeOf(pid: number, all: ReadonlyMap<number, ProcessTime>): number {
  const children = [...all].filter(([, { parent }]) => parent === pid);
  return children.reduce((sum, [child]) => sum + timeOf(child, all), all.get(pid)?.time ?? 0);
}

function fromProc(): Map<number, ProcessTime> {
  const all = new Map<number, ProcessTime>();
  for (const name of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = statOf(name);
    // The name of the program, in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [parent, ...times] = [fields[1], ...fields.slice(11, 15)].map(Number);
    if (parent !== undefined && !Number.isNaN(parent))
      all.set(Number(name), { parent, time: times.reduce((sum, time) => sum + time, 0) * tick });
  }
  return all;
}

function statOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

function fromPs(): Map<number, ProcessTime> {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,time="]).toString().split("\n");
  return new Map(
    lines.flatMap((line): [number, ProcessTime][] => {
      const [pid, parent, time] = line.trim().split(/\s+/);
      if (time === undefined) return [];
      const seconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
      return [[Number(pid), { parent: Number(parent), time: seconds * 1000 }]];
    }),
  );
}
