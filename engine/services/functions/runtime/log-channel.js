// @ts-check
"use strict";

const fs = require("node:fs");
const { StringDecoder } = require("node:string_decoder");
const { format } = require("node:util");

/** The file descriptor on which the engine reads frames: four bytes of length, a line of JSON, then a payload or nothing. */
const channel = 3;
// One log event of CloudWatch Logs has at most 1 MiB.
const longestLine = 1024 * 1024 - 26;
const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };

/** @type {string | undefined} */
let requestId;
const json = process.env["AWS_LAMBDA_LOG_FORMAT"] === "JSON";
const pause = new Int32Array(new SharedArrayBuffer(4));

/** @type {Buffer | undefined} says that a request has arrived, and waits to be sent together with what comes next */
let unsentBegin;

/** @param {object} header @param {string} [payload] */
function frameOf(header, payload) {
  const text = payload === undefined ? JSON.stringify(header) : `${JSON.stringify(header)}\n${payload}`;
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(4 + length);
  bytes.writeUInt32BE(length);
  bytes.write(text, 4);
  return bytes;
}

/** @param {object} header @param {string} [payload] */
function send(header, payload) {
  const frame = frameOf(header, payload);
  const bytes = unsentBegin === undefined ? frame : Buffer.concat([unsentBegin, frame]);
  unsentBegin = undefined;
  write(bytes);
}

/** @param {Buffer} bytes */
function write(bytes) {
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += fs.writeSync(channel, bytes, sent);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EAGAIN") return;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** @param {string} text */
function cut(text) {
  return text.length > longestLine ? text.slice(0, longestLine) : text;
}

/**
 * One call of console: one event, however many lines it has, in the form that Lambda's Node.js runtime writes.
 * @param {string} level @param {unknown[]} values
 */
function log(level, values) {
  const time = new Date().toISOString();
  const line = cut(format(...values));
  send({ kind: "log", requestId, level, time, line, ...(json && { record: cut(jsonRecord(time, level, values)) }) });
}

/**
 * The error that ends an invocation, or the process.
 * @param {unknown[]} values as Lambda logs it @param {string} line for people @param {boolean} ends whether an invocation ends by it
 */
function logFailure(values, line, ends) {
  const time = new Date().toISOString();
  const text = `${time}\t${requestId}\tERROR\t${format(...values)}`;
  const record = cut(json ? jsonRecord(time, "ERROR", values) : text);
  send({ kind: "log", requestId, level: "ERROR", time, line: cut(line), record, ends });
}

/** @param {string} time @param {string} level @param {unknown[]} values @returns {string} */
function jsonRecord(time, level, values) {
  /** @type {Record<string, unknown>} */
  const record = { timestamp: time, level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...record, message: values[0] }, (_key, value) =>
        isError(value) ? describe(value) : value,
      );
    } catch {
      // circular, or it cannot be read: as text then
    }
  }
  const error = values.find(isError);
  return JSON.stringify({ ...record, message: format(...values), ...(error && describe(error)) });
}

/** @param {unknown} value @returns {value is Error} */
function isError(value) {
  return value instanceof Error;
}

/** @param {Error} error */
function describe(error) {
  const stackTrace = typeof error.stack === "string" ? error.stack.split("\n") : [];
  return { errorType: error.constructor?.name ?? "UnknownError", errorMessage: error.message, stackTrace, ...error };
}

/** Lines written past console, e.g. by `process.stdout.write`, in order with the others. */
class Lines {
  constructor() {
    this.decoder = new StringDecoder("utf8");
    this.rest = "";
  }

  /** @param {Uint8Array | string} chunk @param {BufferEncoding} encoding */
  write(chunk, encoding) {
    const text = this.decoder.write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.emit(line);
    while (this.rest.length > longestLine) {
      this.emit(this.rest.slice(0, longestLine));
      this.rest = this.rest.slice(longestLine);
    }
  }

  flush() {
    const rest = this.rest + this.decoder.end();
    this.rest = "";
    if (rest !== "") this.emit(rest);
  }

  /** @param {string} line */
  emit(line) {
    send({ kind: "output", requestId, line: cut(line) });
  }
}

const outputs = [new Lines(), new Lines()];

/** Sends what is printed to the engine, each line with the request that was running. */
function patchOutput() {
  for (const [name, level] of Object.entries(levels))
    Object.assign(console, { [name]: (/** @type {unknown[]} */ ...values) => log(level, values) });
  [process.stdout, process.stderr].forEach((stream, index) => {
    const write = (/** @type {any} */ chunk, /** @type {any} */ encoding, /** @type {any} */ callback) => {
      outputs[index]?.write(chunk, typeof encoding === "string" ? /** @type {BufferEncoding} */ (encoding) : "utf8");
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
    Object.defineProperty(stream, "write", { value: write, writable: true, configurable: true });
  });
  process.on("exit", flushOutput);
}

function flushOutput() {
  for (const output of outputs) output.flush();
}

/**
 * Says that a request has arrived: with the first that it prints, or when the handler has yielded once. One that ends at
 * once needs no frame of its own: each wakes the engine.
 * @param {string} id
 */
function beginRequest(id) {
  requestId = id;
  unsentBegin = frameOf({ kind: "begin", requestId });
}

/** Sends what {@link beginRequest} has left. */
function flushBegin() {
  if (unsentBegin !== undefined) write(unsentBegin);
  unsentBegin = undefined;
}

/**
 * Says how the current request ended, after all that it printed.
 * @param {"response" | "error" | "too-large" | "init-error"} kind @param {string} [payload]
 * @param {string} [unfinished] the kind of work that the handler has left under way
 */
function endRequest(kind, payload, unfinished) {
  flushOutput();
  unsentBegin = undefined;
  // Kilobytes, of the process since it started.
  send({ kind, requestId, memory: process.resourceUsage().maxRSS, unfinished }, payload);
}

/** Says that the handler is loaded. */
function ready() {
  send({ kind: "ready" });
}

module.exports = { patchOutput, logFailure, ready, beginRequest, flushBegin, endRequest };
