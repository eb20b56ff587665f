import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

/** A process of this machine. */
interface MachineProcess {
  readonly parent: number;
  /** Milliseconds of processor time so far, with that of its children that have ended. */
  readonly time: number;
}

/** Milliseconds in a tick of /proc, a hundredth of a second on every Linux (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
const tick = 10;

/** All processes of this machine by their ids; none where the system does not say. */
export function processesNow(): ReadonlyMap<number, MachineProcess> {
  try {
    return process.platform === "linux" ? fromProc() : fromPs();
  } catch {
    return new Map();
  }
}

/** The processes that a process has started, and those that these have started, as far as their parents still run. */
export function descendantsOf(pid: number, all: ReadonlyMap<number, MachineProcess>): number[] {
  const children = [...all].filter(([, { parent }]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child, all)]);
}

/**
 * Kills a process with everything that it has started, also what has made itself the leader of another group (`detached`).
 * @param marker a variable of its environment, e.g. `HOME=/…`, that no other process has: what it started inherits it, and is
 * found by it on Linux once its parent has ended
 */
export function killWithDescendants(pid: number, marker: string | undefined): void {
  const all = processesNow();
  const isMarked = (each: number): boolean => marker !== undefined && hasVariable(each, marker);
  const marked = process.platform === "linux" ? [...all.keys()].filter(isMarked) : [];
  // The group first, before one of it starts more.
  for (const each of [-pid, ...descendantsOf(pid, all), ...marked]) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

function hasVariable(pid: number, variable: string): boolean {
  if (pid === process.pid) return false;
  try {
    return fs
      .readFileSync(`/proc/${pid}/environ`, "latin1")
      .split("\0")
      .includes(Buffer.from(variable).toString("latin1"));
  } catch {
    // It has ended, or is another user's.
    return false;
  }
}

function fromProc(): Map<number, MachineProcess> {
  const all = new Map<number, MachineProcess>();
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

function fromPs(): Map<number, MachineProcess> {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,time="]).toString().split("\n");
  return new Map(
    lines.flatMap((line): [number, MachineProcess][] => {
      const [pid, parent, time] = line.trim().split(/\s+/);
      if (time === undefined) return [];
      const seconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
      return [[Number(pid), { parent: Number(parent), time: seconds * 1000 }]];
    }),
  );
}
