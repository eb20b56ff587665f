// @ts-check
"use strict";

const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

/** @param {string} name @param {string} message @param {string} [stack] */
function runtimeError(name, message, stack) {
  const error = new Error(message);
  error.name = name;
  error.stack = stack === undefined ? (error.stack ?? "").replace(/^Error/, name) : `${name}: ${stack}`;
  return error;
}

/**
 * Loads the function that a handler names: `folder/file.export`, where the export may be nested. Both CommonJS and ES
 * modules; `.js` is what the package.json beside it says.
 * @param {string} taskRoot @param {string} handler @returns {Promise<Function>}
 */
async function loadHandler(taskRoot, handler) {
  const match = /^((?:.*\/)?[^./]+)\.([^/]+)$/.exec(handler);
  const [, modulePath = "", names = ""] = match ?? [];
  if (match === null || modulePath.split("/").includes(".."))
    throw runtimeError("Runtime.MalformedHandlerName", `'${handler}' is not a valid handler name.`);
  let value = await loadModule(taskRoot, modulePath);
  for (const name of names.split(".")) value = value?.[name];
  if (value === undefined) throw runtimeError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof value !== "function") throw runtimeError("Runtime.HandlerNotFound", `${handler} is not a function`);
  return value;
}

/** @param {string} taskRoot @param {string} modulePath @returns {Promise<any>} */
async function loadModule(taskRoot, modulePath) {
  const file = ["", ".js", ".mjs", ".cjs"]
    .map((extension) => path.resolve(taskRoot, modulePath) + extension)
    .find((candidate) => fs.statSync(candidate, { throwIfNoEntry: false })?.isFile());
  try {
    if (file === undefined) throw new Error(`Cannot find module '${modulePath}'`);
    return isEsModule(file, taskRoot) ? await import(`${pathToFileURL(file)}`) : createRequire(file)(file);
  } catch (error) {
    const { code, stack } = /** @type {NodeJS.ErrnoException} */ (error ?? {});
    if (error instanceof SyntaxError) throw runtimeError("Runtime.UserCodeSyntaxError", String(error), stack);
    if (file === undefined || code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND")
      throw runtimeError("Runtime.ImportModuleError", String(error), stack);
    throw error;
  }
}

/** @param {string} file @param {string} taskRoot */
function isEsModule(file, taskRoot) {
  if (!file.endsWith(".js")) return file.endsWith(".mjs");
  for (let folder = path.dirname(file); folder.length >= taskRoot.length; folder = path.dirname(folder)) {
    const description = path.join(folder, "package.json");
    if (fs.existsSync(description)) return JSON.parse(fs.readFileSync(description, "utf8")).type === "module";
  }
  return false;
}

module.exports = { loadHandler, runtimeError };
