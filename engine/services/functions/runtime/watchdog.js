// @ts-check
"use strict";

/**
 * A thread beside the handler that watches what the handler itself cannot: a loop that never yields, memory taken in
 * one go, an engine that was killed. It sleeps in the kernel while no invocation runs.
 */
const fs = require("node:fs");
const { workerData } = require("node:worker_threads");

/** @type {{ watched: SharedArrayBuffer, memoryLimit: number, parent: number, channel: number }} */
const { watched, memoryLimit, parent, channel } = workerData;
const shared = new Int32Array(watched);
const [running, asleep] = [0, 1];
const interval = 50;
/** Looks without an invocation after which it sleeps: being woken costs more than a short invocation takes. */
const patience = 20;
const never = new Int32Array(new SharedArrayBuffer(4));

for (let idle = 0; ;) {
  if (Atomics.load(shared, running) === 1) {
    idle = 0;
    if (process.ppid !== parent) killGroup();
    if (process.memoryUsage.rss() > memoryLimit) {
      fs.writeSync(channel, "memory\n");
      killGroup();
    }
  } else if (++idle > patience) {
    Atomics.store(shared, asleep, 1);
    Atomics.wait(shared, running, 0);
    Atomics.store(shared, asleep, 0);
    idle = 0;
    continue;
  }
  Atomics.wait(never, 0, 0, interval);
}

/** Ends this process and everything it started: the engine makes each function the leader of its own group. */
function killGroup() {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
