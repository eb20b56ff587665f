// @ts-check
"use strict";

/**
 * Lets Node load TypeScript with `require`, as `pulumi up` does through ts-node, but fast: files are only transpiled
 * (tsc checks types), and what was transpiled once is kept in a cache. Load it before a program or its tests:
 *
 *     mocha --require tandem/register
 *
 * Written in JavaScript because it is what loads TypeScript.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { cacheFolder, findUp } = require("./compile-cache.js");

const extensions = [".ts", ".tsx", ".cts"];
/** @type {any} */ const internals = Module;
/** @type {any} */ const shared = globalThis;
/** @type {Map<string, string>} what was loaded, for stack traces; `tandem/testing` adds the handlers that it runs */
const compiled = (shared[Symbol.for("tandem.compiled")] ??= new Map());

/** @type {Map<string, string | undefined>} */
const configOfFolder = new Map();

/** @param {string} file */
function configFor(file) {
  const folder = path.dirname(file);
  if (!configOfFolder.has(folder)) configOfFolder.set(folder, findUp(folder, "tsconfig.json"));
  return configOfFolder.get(folder);
}

/**
 * The text of a tsconfig.json and of those it extends by a relative path: with the source it decides the output.
 * @param {string | undefined} config @returns {string}
 */
function configText(config) {
  if (config === undefined || !fs.existsSync(config)) return "";
  const text = fs.readFileSync(config, "utf8");
  const base = /"extends"\s*:\s*"(\.[^"]+)"/.exec(text)?.[1];
  if (base === undefined) return text;
  const baseFile = path.resolve(path.dirname(config), base.endsWith(".json") ? base : `${base}.json`);
  return text + configText(baseFile === config ? undefined : baseFile);
}

/** @param {string} file */
function loadTypeScript(file) {
  // The project's own TypeScript first, so that its syntax is understood; ours where it brings none.
  const projects = createRequireFrom(file);
  try {
    return projects("typescript");
  } catch {
    return require("typescript");
  }
}

/** @param {string} file */
function createRequireFrom(file) {
  return Module.createRequire(file);
}

/** @param {string} source @param {string} file */
function transpile(source, file) {
  const config = configFor(file);
  const key = createHash("sha256")
    .update(JSON.stringify([process.version, configText(config), file, source]))
    .digest("hex");
  const cached = path.join(cacheFolder, `${key}.js`);
  try {
    return fs.readFileSync(cached, "utf8");
  } catch {
    // not there yet
  }
  const ts = loadTypeScript(file);
  const project =
    config === undefined
      ? {}
      : ts.parseJsonConfigFileContent(
          ts.readConfigFile(config, ts.sys.readFile).config ?? {},
          { ...ts.sys, readDirectory: () => [] },
          path.dirname(config),
        ).options;
  const result = ts.transpileModule(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      // Pulumi's closure serializer drops native class fields (docs/errors.md#err_capture_class).
      useDefineForClassFields: false,
      ...project,
      module: ts.ModuleKind.CommonJS,
      moduleResolution: undefined,
      inlineSourceMap: true,
      inlineSources: false,
      sourceMap: false,
      declaration: false,
      removeComments: false,
      noEmit: false,
      incremental: false,
      composite: false,
      outDir: undefined,
      rootDir: undefined,
      sourceRoot: undefined,
      mapRoot: undefined,
    },
  });
  const problem = (result.diagnostics ?? []).find(
    (/** @type {any} */ d) => d.file && d.category === ts.DiagnosticCategory.Error,
  );
  if (problem !== undefined) {
    const { line, character } = problem.file.getLineAndCharacterOfPosition(problem.start);
    const shown = path.relative(process.cwd(), file);
    const error = new SyntaxError(
      `${shown}:${line + 1}:${character + 1}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`,
    );
    error.stack = `${error.name}: ${error.message}`;
    throw error;
  }
  const partial = `${cached}.${process.pid}`;
  fs.writeFileSync(partial, result.outputText);
  fs.renameSync(partial, cached);
  return result.outputText;
}

/** @param {any} module @param {string} file */
function load(module, file) {
  const text = transpile(fs.readFileSync(file, "utf8"), file);
  compiled.set(file, text);
  module._compile(text, file);
}

for (const extension of extensions) internals._extensions[extension] = load;

// `import "./x.js"` in TypeScript means x.ts where only that exists.
const resolveFilename = internals._resolveFilename;
internals._resolveFilename = function (/** @type {string} */ request, /** @type {any[]} */ ...rest) {
  try {
    return resolveFilename.call(this, request, ...rest);
  } catch (error) {
    if (/^\.{1,2}\/.*\.c?js$/.test(request)) {
      try {
        return resolveFilename.call(this, request.replace(/js$/, "ts"), ...rest);
      } catch {
        // then the first error is the true one
      }
    }
    throw error;
  }
};

const sourceMaps = require("source-map-support");
sourceMaps.install({
  environment: "node",
  handleUncaughtExceptions: false,
  retrieveFile: (/** @type {string} */ file) => compiled.get(file) ?? null,
});

// The Pulumi SDK takes a stack trace for every promise and resource; mapping the packages' own frames, as source maps
// are installed to do, would take longer than all the rest of a program.
const packages = `${path.sep}node_modules${path.sep}`;
const library = path.resolve(__dirname, "..", "..") + path.sep;

/** @param {NodeJS.CallSite} frame */
function isOwn(frame) {
  const file = frame.getFileName();
  if (typeof file !== "string" || file.startsWith("node:")) return false;
  return compiled.has(file) || (!file.includes(packages) && !file.startsWith(library));
}

Error.prepareStackTrace = (error, frames) =>
  `${error}${frames.map((frame) => `\n    at ${isOwn(frame) ? sourceMaps.wrapCallSite(frame) : frame}`).join("")}`;
