// @ts-check
"use strict";

/**
 * The process that a program runs in. It loads what the last run loaded while it waits, so that a saved file is
 * evaluated at once; then it becomes `@pulumi/pulumi/cmd/run`, exactly as `pulumi up` starts a program.
 */
const fs = require("node:fs");
const path = require("node:path");
const Module = require("node:module");

/** @typedef {{ args: string[], runner: string, loaded: string }} Start */

require("./register.js");

const preload = process.argv[2];
if (preload !== undefined && fs.existsSync(preload)) {
  for (const file of /** @type {string[]} */ (JSON.parse(fs.readFileSync(preload, "utf8")))) {
    try {
      require(file);
    } catch {
      // gone, or not to be loaded by itself: the program will load what it needs
    }
  }
}

process.once("message", (/** @type {Start} */ start) => {
  process.disconnect();
  // The library adds the files that it bundled without loading them.
  const bundled = new Set();
  Object.assign(globalThis, { [Symbol.for("tandem.sourceFiles")]: bundled });
  process.on("exit", () => {
    // What the next run can load ahead, and what the program itself consists of, to be watched.
    const files = Object.keys(/** @type {any} */ (Module)._cache);
    const isPackage = (/** @type {string} */ file) => file.includes(`${path.sep}node_modules${path.sep}`);
    const own = [...new Set([...files.filter((file) => !isPackage(file)), ...bundled])];
    fs.writeFileSync(start.loaded, JSON.stringify({ packages: files.filter(isPackage), own }));
  });
  process.argv = [process.argv[0] ?? "node", start.runner, ...start.args];
  require(start.runner);
});

process.on("disconnect", () => {
  // The engine is gone before it had anything to run.
  if (process.argv.length <= 3 && process.listenerCount("message") > 0) process.exit(0);
});
