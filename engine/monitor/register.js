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
const { pathToFileURL } = require("node:url");
const { cacheFolder, findUp } = require("./compile-cache.js");
const { registerModuleHooks } = require("./module-hooks.js");

const library = path.resolve(__dirname, "..", "..") + path.sep;
const extensions = [".ts", ".tsx", ".cts"];
/** @type {any} */ const internals = Module;
/** @type {any} */ const shared = globalThis;
/** @type {Map<string, string>} what was loaded, for stack traces; `tandem/testing` adds the handlers that it runs */
const compiled = (shared[Symbol.for("tandem.compiled")] ??= new Map());

/** @type {Map<string, string | undefined>} */
const configOfFolder = new Map();

/**
 * The tsconfig.json that a file is compiled by: for a program the one that Pulumi takes, else the nearest one.
 * @param {string} file
 */
function configFor(file) {
  // Set by the process of a program; `null` where there is none.
  const programs = shared[Symbol.for("tandem.tsconfig")];
  const isLibrarys = file.startsWith(library) && !file.startsWith(process.cwd() + path.sep);
  if (programs !== undefined && !isLibrarys) return programs ?? undefined;
  const folder = path.dirname(file);
  if (!configOfFolder.has(folder)) configOfFolder.set(folder, findUp(folder, "tsconfig.json"));
  return configOfFolder.get(folder);
}

/** @type {Map<string, any>} */
const optionsOfConfig = new Map();

/**
 * The compiler options as Pulumi gives them to ts-node: its defaults beneath those that tsconfig.json itself sets, which
 * are both above those that it extends. Class fields are assigned or defined as the target and useDefineForClassFields say: handlers
 * are packaged by what was made of their source here, so they get the same. https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/run/run.ts
 * @param {any} ts @param {string | undefined} config
 */
function compilerOptions(ts, config) {
  const key = `${ts.version} ${config ?? ""}`;
  if (optionsOfConfig.has(key)) return optionsOfConfig.get(key);
  const nodeNext = ts.ModuleKind.NodeNext === undefined ? {} : { module: "nodenext", moduleResolution: "nodenext" };
  const written = config === undefined ? {} : (ts.readConfigFile(config, ts.sys.readFile).config ?? {});
  const content = { ...written, compilerOptions: { target: "ES2020", ...nodeNext, ...written.compilerOptions } };
  const { options } = ts.parseJsonConfigFileContent(
    content,
    { ...ts.sys, readDirectory: () => [] },
    config === undefined ? process.cwd() : path.dirname(config),
    undefined,
    config,
  );
  optionsOfConfig.set(key, options);
  return options;
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

/**
 * @param {string} source @param {string} file
 * @param {boolean} isModule whether an ES module is made of it, rather than a CommonJS one
 */
function transpile(source, file, isModule) {
  const ts = loadTypeScript(file);
  const project = compilerOptions(ts, configFor(file));
  const options = { ...project, ...moduleOptions(ts, project, isModule) };
  const key = createHash("sha256")
    .update(JSON.stringify([process.version, ts.version, options, file, source]))
    .digest("hex");
  const cached = path.join(cacheFolder, `${key}.js`);
  try {
    return fs.readFileSync(cached, "utf8");
  } catch {
    // not there yet
  }
  const result = ts.transpileModule(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      ...options,
      moduleResolution: undefined,
      inlineSourceMap: true,
      inlineSources: false,
      sourceMap: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
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

/**
 * The kind of modules to make of a file. For a program that is the project's own where it makes CommonJS of what is
 * required. In tests `import()` is `require()`, so that a program can be loaded again and again.
 * @param {any} ts @param {any} project @param {boolean} isModule
 */
function moduleOptions(ts, project, isModule) {
  const { CommonJS, ESNext, Node16, NodeNext } = ts.ModuleKind;
  if (isModule) return { module: ESNext };
  const isNodes = Node16 !== undefined && project.module >= Node16 && project.module <= NodeNext;
  if (isNodes && shared[Symbol.for("tandem.tsconfig")] !== undefined) return { module: project.module };
  // Node's kinds of modules import by default what has no default.
  return { module: CommonJS, esModuleInterop: project.esModuleInterop ?? (isNodes ? true : undefined) };
}

/** @param {string} file @param {boolean} isModule */
function compile(file, isModule) {
  const text = transpile(fs.readFileSync(file, "utf8"), file, isModule);
  compiled.set(file, text);
  // What V8 calls an ES module in a stack trace.
  if (isModule) compiled.set(pathToFileURL(file).href, text);
  return text;
}

/** @param {any} module @param {string} file */
function load(module, file) {
  module._compile(compile(file, false), file);
}

// Pulumi leaves TypeScript to Node.js where the project says so.
const isOn = process.env.PULUMI_NODEJS_TYPESCRIPT !== "none";
if (isOn) for (const extension of extensions) internals._extensions[extension] = load;
if (isOn) registerModuleHooks(compile);

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

/** @param {NodeJS.CallSite} frame */
function isOwn(frame) {
  const file = frame.getFileName();
  if (typeof file !== "string" || file.startsWith("node:")) return false;
  return compiled.has(file) || (!file.includes(packages) && !file.startsWith(library));
}

Error.prepareStackTrace = (error, frames) =>
  `${error}${frames.map((frame) => `\n    at ${isOwn(frame) ? sourceMaps.wrapCallSite(frame) : frame}`).join("")}`;
