// @ts-check
"use strict";

/**
 * What runs in a function's process: loads the handler, then asks the Lambda Runtime API for one event after another
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). JavaScript, because it is started as it is, with
 * nothing of the engine around it.
 */
const http = require("node:http");
const path = require("node:path");
const { Worker } = require("node:worker_threads");
const { loadHandler, runtimeError } = require("./handler-loader");
const { beginRequest, endRequest, log, patchOutput } = require("./log-channel");
const { fenceModules } = require("./module-fence");

/** @typedef {{ errorType: string, errorMessage: string, trace: string[] }} ErrorDocument */
/** @typedef {{ requestId: string, headers: http.IncomingHttpHeaders, body: string }} Invocation */

const environment = process.env;
const api = new URL(`http://${environment["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime/`);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const running = new Int32Array(new SharedArrayBuffer(4));
const megabyte = 1024 * 1024;

/** @type {string | undefined} the invocation that runs */
let current;
/** @type {(() => void) | undefined} called when the handler left nothing that could still happen */
let onDrained;

/**
 * @param {string} method @param {string} route @param {string} [body] @param {http.OutgoingHttpHeaders} [headers]
 * @returns {Promise<{ headers: http.IncomingHttpHeaders, body: string }>}
 */
function call(method, route, body = "", headers = {}) {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const sent = method === "GET" ? headers : { ...headers, "content-length": bytes.length };
    const request = http.request(new URL(route, api), { method, agent, headers: sent }, (response) => {
      /** @type {Buffer[]} */ const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(method === "GET" ? undefined : bytes);
  });
}

/** @param {unknown} error @returns {ErrorDocument} */
function errorDocument(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
}

/** @param {string} route @param {string} what @param {unknown} error */
async function reportError(route, what, error) {
  const document = errorDocument(error);
  if (environment["AWS_LAMBDA_LOG_FORMAT"] === "JSON") {
    const { trace: stackTrace, ...rest } = document;
    log("ERROR", [{ ...rest, stackTrace }]);
  } else log("ERROR", [what, JSON.stringify({ ...document, stack: document.trace, trace: undefined })]);
  endRequest();
  await call("POST", route, JSON.stringify(document), {
    "content-type": "application/vnd.aws.lambda.error+json",
    "lambda-runtime-function-error-type": document.errorType.replace(/[^\x21-\x7e]/g, "_"),
  });
}

/** @param {string} what @param {unknown} error @param {number} exitCode */
async function fail(what, error, exitCode) {
  try {
    await reportError(current === undefined ? "init/error" : `invocation/${current}/error`, what, error);
  } finally {
    process.exit(exitCode);
  }
}

/** @returns {Promise<Invocation>} */
async function nextInvocation() {
  const { headers, body } = await call("GET", "invocation/next");
  return { requestId: String(headers["lambda-runtime-aws-request-id"]), headers, body };
}

/** @param {Invocation} invocation */
function contextOf({ requestId, headers }) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const clientContext = headers["lambda-runtime-client-context"];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: environment["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: environment["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: environment["AWS_LAMBDA_LOG_STREAM_NAME"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: requestId,
    clientContext: typeof clientContext === "string" ? JSON.parse(clientContext) : undefined,
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

/** @param {Function} handler @param {Invocation} invocation */
async function handle(handler, invocation) {
  const route = `invocation/${invocation.requestId}`;
  current = invocation.requestId;
  beginRequest(current);
  Atomics.store(running, 0, 1);
  Atomics.notify(running, 0);
  let response;
  try {
    response = serialize(await runHandler(handler, JSON.parse(invocation.body), contextOf(invocation)));
  } catch (error) {
    await reportError(`${route}/error`, "Invoke Error", error);
  }
  onDrained = undefined;
  Atomics.store(running, 0, 0);
  Atomics.notify(running, 0);
  if (response !== undefined) {
    endRequest();
    await call("POST", `${route}/response`, response, { "content-type": "application/json" });
  }
  current = undefined;
}

async function main() {
  process.on("uncaughtException", (error) => void fail("Uncaught Exception", error, 129));
  process.on("unhandledRejection", (reason) => {
    const error = runtimeError("Runtime.UnhandledPromiseRejection", String(reason));
    void fail("Unhandled Promise Rejection", error, 128);
  });
  process.on("beforeExit", () => onDrained?.());
  patchOutput();
  const taskRoot = environment["LAMBDA_TASK_ROOT"] ?? "/var/task";
  fenceModules(taskRoot);
  const memoryLimit = Number(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) * megabyte;
  const workerData = { running: running.buffer, memoryLimit, parent: process.ppid, channel: 4 };
  new Worker(path.join(__dirname, "watchdog.js"), { workerData, execArgv: [] }).unref();
  // Loading takes memory too, and may never end.
  Atomics.store(running, 0, 1);
  Atomics.notify(running, 0);
  /** @type {Function} */ let handler;
  try {
    handler = await loadHandler(taskRoot, environment["_HANDLER"] ?? "");
  } catch (error) {
    return fail("Uncaught Exception", error, 1);
  }
  Atomics.store(running, 0, 0);
  try {
    for (;;) await handle(handler, await nextInvocation());
  } catch {
    // The engine is gone: there is nobody to tell.
    process.exit(1);
  }
}

void main();
