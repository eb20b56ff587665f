// @ts-check
"use strict";

const diagnostics = require("node:diagnostics_channel");
const http = require("node:http");

/** @typedef {"request" | "connection" | "program" | "file" | "timer"} WorkKind */

/** What the Node.js process has under way, by the names of process.getActiveResourcesInfo(). Open sockets are none: pools keep them. */
const kinds = new Map(
  /** @type {[string, WorkKind][]} */ ([
    ["TCPConnectWrap", "connection"],
    ["PipeConnectWrap", "connection"],
    ["GetAddrInfoReqWrap", "connection"],
    ["QueryReqWrap", "connection"],
    ["FSReqCallback", "file"],
    ["FSReqPromise", "file"],
    ["Timeout", "timer"],
  ]),
);
/** What says most comes first: a request has a connection and timers of its own. */
const order = /** @type {const} */ (["request", "connection", "program", "file", "timer"]);

/** Requests without an answer. @type {Set<object>} */
const requests = new Set();
/** @type {Set<import("node:child_process").ChildProcess>} */
const programs = new Set();
/** @type {(() => void) | undefined} */
let beforeRequest;

/** Watches what the function's code starts from now on. */
function watchWork() {
  const prototype = /** @type {{ addRequest(request: http.ClientRequest, ...rest: unknown[]): unknown }} */ (
    /** @type {unknown} */ (http.Agent.prototype)
  );
  const { addRequest } = prototype;
  // Node.js 20 publishes on its channel for requests only what has been sent already.
  prototype.addRequest = function (request, ...rest) {
    begin(request);
    const end = () => requests.delete(request);
    request.once("close", end);
    return addRequest.call(this, request, ...rest);
  };
  diagnostics.subscribe("http.client.response.finish", (message) => end(message));
  diagnostics.subscribe("undici:request:create", (message) => begin(requestOf(message)));
  for (const name of ["undici:request:headers", "undici:request:trailers", "undici:request:error"])
    diagnostics.subscribe(name, (message) => end(message));
  diagnostics.subscribe("child_process", (message) => {
    const { process: program } = /** @type {{ process: import("node:child_process").ChildProcess }} */ (message);
    programs.add(program);
    program.once("exit", () => programs.delete(program));
    program.once("error", () => programs.delete(program));
  });
}

/** @param {object} request */
function begin(request) {
  requests.add(request);
  beforeRequest?.();
}

/** @param {unknown} message */
function end(message) {
  requests.delete(requestOf(message));
}

/** @param {unknown} message @returns {object} */
function requestOf(message) {
  return /** @type {{ request: object }} */ (message).request;
}

/** @param {(() => void) | undefined} listener called before a request is sent */
function onRequest(listener) {
  beforeRequest = listener;
}

/** How much of each kind is under way. @returns {Map<WorkKind, number>} */
function workNow() {
  /** @type {Map<WorkKind, number>} */
  const counts = new Map();
  for (const name of process.getActiveResourcesInfo()) {
    const kind = kinds.get(name);
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts.set("request", requests.size).set("program", programs.size);
}

/** @param {Map<WorkKind, number>} before @returns {WorkKind | undefined} what was begun since and has not ended */
function workSince(before) {
  const now = workNow();
  return order.find((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0));
}

/** The programs that the function has started, and that run. */
function runningPrograms() {
  return [...programs].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

module.exports = { watchWork, onRequest, workNow, workSince, runningPrograms };
