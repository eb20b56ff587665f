// @ts-check
"use strict";

const net = require("node:net");

/** @typedef {{ requestId: string, functionArn: string, deadline: number, clientContext?: string, body: string }} FunctionEvent */

/** The file descriptor on which the engine sends events: four bytes of length, a line of JSON, then the event. */
const channel = 3;

/** Hands over one event after another. While nobody asks for one, it does not keep the process alive. */
class EventChannel {
  constructor() {
    /** @type {Buffer[]} */ this.chunks = [];
    /** @type {((event: FunctionEvent) => void) | undefined} */ this.waiting = undefined;
    this.socket = new net.Socket({ fd: channel, readable: true, writable: false });
    this.socket.on("data", (/** @type {Buffer} */ chunk) => this.push(chunk));
    // The engine is gone: there is nobody to tell.
    this.socket.on("close", () => process.exit(1));
    this.socket.on("error", () => process.exit(1));
    this.socket.unref();
  }

  /** @returns {Promise<FunctionEvent>} */
  next() {
    return new Promise((resolve) => {
      this.socket.ref();
      this.waiting = resolve;
      this.deliver();
    });
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.chunks.push(chunk);
    this.deliver();
  }

  deliver() {
    if (this.waiting === undefined || this.chunks.length === 0) return;
    const all = this.chunks.length === 1 ? /** @type {Buffer} */ (this.chunks[0]) : Buffer.concat(this.chunks);
    this.chunks = [all];
    if (all.length < 4) return;
    const end = 4 + all.readUInt32BE(0);
    if (all.length < end) return;
    this.chunks = all.length > end ? [all.subarray(end)] : [];
    const line = all.indexOf(0x0a, 4);
    const resolve = this.waiting;
    this.waiting = undefined;
    this.socket.unref();
    resolve({ ...JSON.parse(all.toString("utf8", 4, line)), body: all.toString("utf8", line + 1, end) });
  }
}

module.exports = { EventChannel };
