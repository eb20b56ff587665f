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

const preload = process.argv[2];
const tsconfig = path.resolve(process.env.PULUMI_NODEJS_TSCONFIG_PATH ?? "tsconfig.json");
Object.assign(globalThis, { [Symbol.for("tandem.tsconfig")]: fs.existsSync(tsconfig) ? tsconfig : null });
require("./register.js");
require("./lean-sdk.js");

/** @type {(() => unknown)[]} what modules offer to do ahead */
const warmUps = [];
if (preload !== undefined && fs.existsSync(preload)) {
  for (const file of /** @type {string[]} */ (JSON.parse(fs.readFileSync(preload, "utf8")))) {
    // Another copy of this library wrote its own down; two of these files would both take the message to start.
    if (path.basename(file) === path.basename(__filename)) continue;
    try {
      const { warmUp } = require(file);
      if (typeof warmUp === "function") warmUps.push(warmUp);
    } catch {
      // gone, or not to be loaded by itself: the program will load what it needs
    }
  }
  touchBuiltIns();
  openInspector();
  // What fails here fails again where it matters, and is told of there.
  for (const warmUp of warmUps) Promise.resolve(warmUp()).catch(() => undefined);
}

/** Loads what the serializer looks at in every handler: all built-in modules and all globals. */
function touchBuiltIns() {
  for (const name of Module.builtinModules) if (!/^_|^(sys|wasi|punycode)$/.test(name)) require(name);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!/^(GLOBAL|root|localStorage)$/.test(name)) Reflect.get(globalThis, name);
  }
}

/** Opens the serializer's inspector session, which has to be told of every script that is loaded. */
function openInspector() {
  const hooks = Object.keys(require.cache).find((file) => file.endsWith(path.join("closure", "v8Hooks.js")));
  if (hooks !== undefined) require(hooks).isInitializedAsync();
}

process.once("message", (/** @type {Start} */ start) => {
  process.disconnect();
  // The library adds the files that it bundled without loading them.
  const bundled = new Set();
  Object.assign(globalThis, { [Symbol.for("tandem.sourceFiles")]: bundled });
  /** @type {string | undefined} where the program itself ended the process */
  let exitedAt;
  const exit = process.exit;
  process.exit = (code) => {
    const frames = (new Error().stack ?? "").split("\n").slice(2);
    exitedAt = frames.find((line) => !/node_modules|\(node:|at node:/.test(line))?.trim();
    return exit(code);
  };
  process.on("exit", () => {
    // What the next run can load ahead, and what the program itself consists of, to be watched.
    const files = Object.keys(/** @type {any} */ (Module)._cache);
    const isPackage = (/** @type {string} */ file) => file.includes(`${path.sep}node_modules${path.sep}`);
    const imported = /** @type {Set<string>} */ (
      Reflect.get(globalThis, Symbol.for("tandem.importedFiles")) ?? new Set()
    );
    const loaded = [...files, ...imported].filter((file) => !isPackage(file));
    const own = [...new Set([...loaded, ...bundled])];
    fs.writeFileSync(start.loaded, JSON.stringify({ packages: files.filter(isPackage), own, exitedAt }));
  });
  process.argv = [process.argv[0] ?? "node", start.runner, ...start.args];
  require(start.runner);
});

process.on("disconnect", () => {
  // The engine is gone before it had anything to run.
  if (process.argv.length <= 3 && process.listenerCount("message") > 0) process.exit(0);
});
