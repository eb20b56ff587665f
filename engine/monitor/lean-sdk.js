// @ts-check
"use strict";

/**
 * Spares a program what the Pulumi SDK does for nobody here. Load it before the SDK.
 *
 * - The SDK loads npm's own installer to find the packages that its `CallbackFunction` ships whole: a tenth of a cold
 *   start. It is loaded at its first use instead.
 * - The SDK takes a stack trace for each of its promises, of which a resource has a dozen, to be shown with
 *   `PULUMI_DEBUG_PROMISE_LEAKS` alone: a fifth of what a large program takes.
 * - The SDK sends several debug messages for each resource, one after the other, and waits for the last. Nobody reads
 *   them here; they take a large program as long as all the rest.
 */
const Module = require("node:module");
const path = require("node:path");

/** @type {any} */ const internals = Module;
const load = internals._load;
const sdk = path.join("@pulumi", "pulumi", path.sep);
const codePaths = path.join("closure", "codePaths.js");
/** @type {WeakSet<object>} */ const lean = new WeakSet();

internals._load = function (/** @type {string} */ request, /** @type {any} */ parent, /** @type {boolean} */ isMain) {
  if (request === "@npmcli/arborist" && parent?.filename?.endsWith(codePaths)) {
    // As an ES module it is not copied, property by property, where it is imported.
    return Object.defineProperty({ __esModule: true }, "Arborist", {
      enumerable: true,
      get: () => load.call(this, request, parent, isMain).Arborist,
    });
  }
  const loaded = load.call(this, request, parent, isMain);
  if (/\/(log|debuggable)$/.test(request) && parent?.filename?.includes(sdk) && !lean.has(loaded)) {
    leaveOutDebug(loaded);
    if (process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) leaveOutTraces(loaded);
  }
  return loaded;
};

/** @param {{ debug?: Function }} log */
function leaveOutDebug(log) {
  // In a circle of modules it is not there yet when it is asked for first.
  if (typeof log.debug !== "function") return;
  lean.add(log);
  log.debug = () => Promise.resolve();
}

/** @param {{ debuggablePromise?: Function }} debuggable */
function leaveOutTraces(debuggable) {
  const { debuggablePromise } = debuggable;
  if (typeof debuggablePromise !== "function") return;
  lean.add(debuggable);
  debuggable.debuggablePromise = (/** @type {unknown[]} */ ...args) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}
