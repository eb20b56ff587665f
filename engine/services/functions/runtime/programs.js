// @ts-check
"use strict";

const fs = require("node:fs");

/**
 * Signals programs and what they have started: that one stops before what it has started is looked for, so that none is missed.
 * What programs start is known on Linux only. Windows has no signals.
 * @param {readonly number[]} pids @param {"SIGSTOP" | "SIGCONT" | "SIGKILL"} signal
 */
function signalPrograms(pids, signal) {
  if (process.platform === "win32" && signal !== "SIGKILL") return;
  for (const pid of pids) {
    const children = signal === "SIGSTOP" ? undefined : childrenOf(pid);
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
    signalPrograms(children ?? childrenOf(pid), signal);
  }
}

/** @param {number} pid */
function childrenOf(pid) {
  try {
    const threads = fs.readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => fs.readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return (lists.join("").match(/\d+/g) ?? []).map(Number);
  } catch {
    return [];
  }
}

module.exports = { signalPrograms };
