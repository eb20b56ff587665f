// @ts-check
"use strict";

/**
 * Lets Node keep the compiled code of what it loads, and says where this library keeps such things: a cold start is
 * mostly compiling the SDK. Load it before all else.
 */
require("./node-version.js");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");

/** @param {string} from @param {string} name */
function findUp(from, name) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const file = path.join(folder, name);
    if (fs.existsSync(file)) return file;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** A folder in the nearest node_modules, or else one in the system's temporary folder that nobody else can write to. */
function findCacheFolder() {
  const modules = findUp(process.cwd(), "node_modules");
  for (const folder of [
    ...(modules === undefined ? [] : [path.join(modules, ".cache", "tandem")]),
    path.join(os.tmpdir(), `tandem-cache-${process.getuid?.() ?? 0}`),
  ]) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      fs.accessSync(folder, fs.constants.W_OK);
      if (modules !== undefined && folder.startsWith(modules)) return folder;
      if (process.getuid === undefined || fs.lstatSync(folder).uid === process.getuid()) return folder;
    } catch {
      // not writable: the next
    }
  }
  // What is cached is code: without a folder of one's own, in a new one.
  return fs.mkdtempSync(path.join(os.tmpdir(), "tandem-cache-"));
}

const cacheFolder = findCacheFolder();
Module.enableCompileCache(path.join(cacheFolder, "compiled"));

module.exports = { cacheFolder, findUp };
