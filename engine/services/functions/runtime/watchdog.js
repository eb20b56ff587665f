// @ts-check
"use strict";

/**
 * A thread beside the handler that watches what the handler itself cannot: a loop that never yields, memory taken in
 * one go, an engine that was killed. It sleeps in the kernel while no invocation runs.
 */
const fs = require("node:fs");
const { workerData } = require("node:worker_threads");

/** @type {{ running: SharedArrayBuffer, memoryLimit: number, parent: number, channel: number }} */
const { running, memoryLimit, parent, channel } = workerData;
const flag = new Int32Array(running);
const interval = 50;

for (;;) {
  Atomics.wait(flag, 0, 0);
  while (Atomics.load(flag, 0) === 1) {
    if (process.ppid !== parent) killGroup();
    if (process.memoryUsage.rss() > memoryLimit) {
      fs.writeSync(channel, "memory\n");
      killGroup();
    }
    Atomics.wait(flag, 0, 1, interval);
  }
}

/** Ends this process and everything it started: the engine makes each function the leader of its own group. */
function killGroup() {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
