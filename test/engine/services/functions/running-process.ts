import { readFileSync } from "node:fs";

/** Whether a process runs, or stands still. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // In a container without an init process nobody reaps an orphan: it stays as a zombie.
    return process.platform !== "linux" || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
