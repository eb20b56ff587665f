// @ts-check
"use strict";

/**
 * What runs in a function's process: loads the handler, then runs it for one event after another, as Lambda's own runtime
 * for Node.js does. JavaScript, because it is started as it is, with nothing of the engine around it.
 */
const fs = require("node:fs");
const path = require("node:path");
const { inspect } = require("node:util");
const { Worker } = require("node:worker_threads");
const { nextEvent } = require("./event-channel");
const { loadHandler, runtimeError } = require("./handler-loader");
const { beginRequest, endRequest, flushBegin, logFailure, patchOutput, ready } = require("./log-channel");
const { fenceModules } = require("./module-fence");
const { signalPrograms } = require("./programs");
const { onRequest, runningPrograms, watchWork, workNow, workSince } = require("./work-under-way");

/** @typedef {{ errorType: string, errorMessage: string, trace: string[] }} ErrorDocument */
/** @typedef {import("./event-channel").FunctionEvent} FunctionEvent */

const environment = process.env;
/** What the watchdog looks at: whether code of the function runs, and whether it sleeps until told that it does. */
const watched = new Int32Array(new SharedArrayBuffer(8));
const megabyte = 1024 * 1024;
/** Bytes: 6 MB and a little, as in AWS's own message. */
const longestResponse = 6_291_556;

/** @type {string | undefined} the invocation that runs */
let current;
/** @type {(() => void) | undefined} called when the handler left nothing that could still happen */
let onDrained;

/** @type {(() => void) | undefined} sends the answer of a handler that has ended */
let sendAnswer;
/** Milliseconds before the event that runs. */
let stoodStill = 0;
/** Milliseconds that no server waits to close a connection: before a shorter one a turn of the event loop would only cost time. */
const longStand = 100;

let isLoaded = false;

/** @param {unknown} error @returns {ErrorDocument} */
function errorDocument(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: textOf(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
}

/** @param {unknown} value */
function textOf(value) {
  try {
    return String(value);
  } catch {
    return inspect(value);
  }
}

/**
 * @param {"error" | "init-error"} kind @param {string} what @param {unknown} error
 * @param {string} [shown] the error for people, with its causes and properties
 */
function reportError(kind, what, error, shown) {
  const document = errorDocument(error);
  const { trace: stackTrace, ...rest } = document;
  const values =
    environment["AWS_LAMBDA_LOG_FORMAT"] === "JSON"
      ? [{ ...rest, stackTrace }]
      : [what, JSON.stringify({ ...rest, stack: stackTrace })];
  const line = shown ?? (error instanceof Error ? inspect(error) : `${document.errorType}: ${inspect(error)}`);
  // Between two invocations none ends by it.
  logFailure(values, line, current !== undefined || !isLoaded);
  endRequest(kind, JSON.stringify(document));
}

/** @param {string} what @param {unknown} error @param {number} exitCode @param {string} [shown] */
function fail(what, error, exitCode, shown) {
  try {
    sendAnswer?.();
    reportError(current === undefined ? "init-error" : "error", what, error, shown);
  } finally {
    process.exit(exitCode);
  }
}

/** @param {FunctionEvent} event */
function contextOf({ requestId, deadline, functionArn, clientContext }) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: environment["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: environment["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: environment["AWS_LAMBDA_LOG_STREAM_NAME"],
    invokedFunctionArn: functionArn,
    awsRequestId: requestId,
    clientContext: clientContext === undefined ? undefined : JSON.parse(clientContext),
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/**
 * Runs the handler: one that returns a promise ends with it; another ends when it calls back, by default only once
 * nothing is left to happen.
 * @param {Function} handler @param {unknown} event @param {ReturnType<typeof contextOf>} context
 */
function runHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    onDrained = () => resolve(null);
    const callback = (/** @type {unknown} */ error, /** @type {unknown} */ result) => {
      if (error !== undefined && error !== null) return reject(error);
      if (context.callbackWaitsForEmptyEventLoop) onDrained = () => resolve(result);
      else resolve(result);
    };
    const returned = handler(event, context, callback);
    if (typeof returned?.then !== "function") return;
    const never = "The event loop is empty and the handler's Promise was never settled.";
    onDrained = () => reject(runtimeError("Runtime.NodeJsExit", never));
    returned.then(resolve, reject);
  });
}

/** @param {unknown} result */
function serialize(result) {
  try {
    return JSON.stringify(result) ?? "null";
  } catch (error) {
    throw new Error(`Unable to stringify response body: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {boolean} isRunning whether code of the function runs now */
function tellWatchdog(isRunning) {
  Atomics.store(watched, 0, isRunning ? 1 : 0);
  if (isRunning && Atomics.load(watched, 1) === 1) Atomics.notify(watched, 0);
}

/**
 * Takes the next event. Until there is one, nothing of the function runs, what it has started included.
 * @param {number} taken a file
 */
function standStill(taken) {
  const programs = runningPrograms();
  signalPrograms(programs, "SIGSTOP");
  const since = performance.now();
  const event = nextEvent();
  stoodStill = performance.now() - since;
  if (event === undefined) {
    signalPrograms(programs, "SIGKILL");
    // There is nobody to tell.
    process.exit(1);
  }
  signalPrograms(programs, "SIGCONT");
  current = event.requestId;
  // A file, not a frame: it wakes nobody, and stays when the process is killed.
  fs.writeSync(taken, `${current}\n`, 0);
  beginRequest(current);
  tellWatchdog(true);
  return event;
}

/** @param {Function} handler @param {FunctionEvent} event @returns {Promise<() => void>} what sends the answer */
async function handle(handler, event) {
  // First what came or was due meanwhile: the other side may have closed sockets that a pool would use again.
  if (stoodStill > longStand) await new Promise((resolve) => setImmediate(resolve));
  const begun = setImmediate(flushBegin);
  const before = workNow();
  const context = contextOf(event);
  try {
    const response = serialize(await runHandler(handler, JSON.parse(event.body), context));
    if (Buffer.byteLength(response) > longestResponse) return () => endRequest("too-large");
    // Who calls back before the event loop is empty, and says so, knows of what is left.
    return () =>
      endRequest("response", response, context.callbackWaitsForEmptyEventLoop ? workSince(before) : undefined);
  } catch (error) {
    return () => reportError("error", "Invoke Error", error);
  } finally {
    onDrained = undefined;
    clearImmediate(begun);
  }
}

/**
 * Answers, then stands still: once what is under way can only go on with something from outside, or wants to send a request.
 * @param {() => void} send @param {number} taken a file @returns {Promise<FunctionEvent>} the next event
 */
function answer(send, taken) {
  return new Promise((resolve) => {
    let isOver = false;
    sendAnswer = () => {
      sendAnswer = undefined;
      tellWatchdog(false);
      send();
      current = undefined;
    };
    const end = () => {
      if (isOver) return;
      isOver = true;
      onRequest(undefined);
      sendAnswer?.();
      resolve(standStill(taken));
    };
    onRequest(end);
    process.nextTick(() => {
      sendAnswer?.();
      // A rejection that nobody handles ends the process before.
      setImmediate(end);
    });
  });
}

async function main() {
  process.on("uncaughtException", (error) => fail("Uncaught Exception", error, 129));
  process.on("unhandledRejection", (reason) => {
    const name = "Runtime.UnhandledPromiseRejection";
    // What was thrown says where; an error that is made here, only that it came here.
    const message = textOf(reason);
    const error = runtimeError(name, message, (reason instanceof Error && reason.stack) || message);
    fail("Unhandled Promise Rejection", error, 128, `${name}: ${inspect(reason)}`);
  });
  process.on("beforeExit", () => onDrained?.());
  const [takenFile = ""] = process.argv.splice(2, 1);
  patchOutput();
  const taskRoot = environment["LAMBDA_TASK_ROOT"] ?? "/var/task";
  fenceModules(taskRoot);
  const memoryLimit = Number(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) * megabyte;
  const workerData = { watched: watched.buffer, memoryLimit, parent: process.ppid, channel: 4 };
  // Loading takes memory too, and may never end.
  tellWatchdog(true);
  new Worker(path.join(__dirname, "watchdog.js"), { workerData, execArgv: [] }).unref();
  watchWork();
  /** @type {Function} */ let handler;
  try {
    handler = await loadHandler(taskRoot, environment["_HANDLER"] ?? "");
  } catch (error) {
    return fail("Uncaught Exception", error, 1);
  }
  tellWatchdog(false);
  const taken = fs.openSync(takenFile, "w");
  isLoaded = true;
  ready();
  for (let event = standStill(taken); ;) event = await answer(await handle(handler, event), taken);
}

void main();
