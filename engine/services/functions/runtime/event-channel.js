// @ts-check
"use strict";

const fs = require("node:fs");

/** @typedef {{ requestId: string, functionArn: string, deadline: number, clientContext?: string, body: string }} FunctionEvent */

/** The file descriptor on which the engine sends events: four bytes of length, a line of JSON, then the event. */
const channel = 3;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The next event. The thread stands still until there is one, so that nothing of the function runs between two events: Lambda
 * freezes its environment there (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 * @returns {FunctionEvent | undefined} undefined where the engine is gone
 */
function nextEvent() {
  const length = read(4)?.readUInt32BE(0);
  const frame = length === undefined ? undefined : read(length);
  if (frame === undefined) return undefined;
  const line = frame.indexOf(0x0a);
  return { ...JSON.parse(frame.toString("utf8", 0, line)), body: frame.toString("utf8", line + 1) };
}

/** @param {number} length @returns {Buffer | undefined} */
function read(length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let taken = 0; taken < length;) {
    try {
      const count = fs.readSync(channel, bytes, taken, length - taken, null);
      if (count === 0) return undefined;
      taken += count;
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      // A signal came, or a program that the function started has made the channel one that does not wait.
      if (code === "EAGAIN") Atomics.wait(pause, 0, 0, 1);
      else if (code !== "EINTR") return undefined;
    }
  }
  return bytes;
}

module.exports = { nextEvent };
