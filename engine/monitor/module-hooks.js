// @ts-check
"use strict";

/**
 * Lets Node import TypeScript in ES modules, whole: also enums, parameter properties and `./x.js` for x.ts, which Node's
 * own stripping of types cannot do. Notes every file that is imported, so that it can be watched.
 */
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { fileURLToPath } = require("node:url");
const { findUp } = require("./compile-cache.js");

/** @type {any} */ const shared = globalThis;
/** @type {Set<string>} the files of ES modules that were imported, which no cache of Node's lists */
const imported = (shared[Symbol.for("tandem.importedFiles")] ??= new Set());

/** Whether the process was started with loaders of the user's own, which then load TypeScript. */
const hasLoaders = process.execArgv.some((arg) => /^--(experimental-)?(loader|import)(=|$)/.test(arg));

/** @param {string} file */
function isModule(file) {
  const extension = path.extname(file);
  if (extension === ".mts" || extension === ".cts") return extension === ".mts";
  const manifest = findUp(path.dirname(file), "package.json");
  if (manifest === undefined) return false;
  try {
    return JSON.parse(fs.readFileSync(manifest, "utf8")).type === "module";
  } catch {
    return false;
  }
}

/** @param {(file: string, isModule: boolean) => string} compile */
function registerModuleHooks(compile) {
  Module.registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        const [, stem, kind] = /^(\.{1,2}\/.*\.)([cm]?)js$/.exec(specifier) ?? [];
        if (stem === undefined || hasLoaders) throw error;
        for (const extension of [`${kind}ts`, "tsx"]) {
          try {
            return nextResolve(stem + extension, context);
          } catch {
            // then the first error is the true one
          }
        }
        throw error;
      }
    },
    load(url, context, nextLoad) {
      if (!url.startsWith("file:")) return nextLoad(url, context);
      const file = fileURLToPath(url);
      imported.add(file);
      if (hasLoaders || !/\.[cm]?tsx?$/.test(file) || file.includes(`${path.sep}node_modules${path.sep}`))
        return nextLoad(url, context);
      const asModule = isModule(file);
      return { format: asModule ? "module" : "commonjs", source: compile(file, asModule), shortCircuit: true };
    },
  });
}

module.exports = { registerModuleHooks };
