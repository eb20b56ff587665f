// @ts-check
"use strict";

const fs = require("node:fs");
const { registerHooks } = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

/** What Lambda's own runtime brings along. */
const provided = /^@(?:aws-sdk|smithy)\//;

/**
 * Resolves a package of the AWS SDK, and says where it may come from where it is missing: Lambda's runtime has all of them.
 * @param {string} specifier @param {any} context @param {(specifier: string, context?: any) => any} nextResolve
 */
function resolveProvided(specifier, context, nextResolve) {
  try {
    return nextResolve(specifier, context);
  } catch (error) {
    if (error instanceof Error && /MODULE_NOT_FOUND/.test(Reflect.get(error, "code"))) {
      const name = specifier.split("/").slice(0, 2).join("/");
      error.message +=
        `\nLambda's runtime brings ${name} along; on this machine it comes from the project` +
        `\n  fix: npm install --save-dev ${name}`;
    }
    throw error;
  }
}

/**
 * Makes packages resolve as they will in the cloud: from the deployment package, or, for the AWS SDK, from the
 * runtime. The package is unpacked somewhere inside a project, whose node_modules Node would find further up; then a
 * dependency that was forgotten in the package would go unnoticed here and fail there.
 * @param {string} taskRoot
 */
function fenceModules(taskRoot) {
  const root = `${pathToFileURL(fs.realpathSync(taskRoot) + path.sep)}`;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const found = provided.test(specifier)
        ? resolveProvided(specifier, context, nextResolve)
        : nextResolve(specifier, context);
      const bare = /^[^./]/.test(specifier) && !/^[a-z]+:/.test(specifier);
      if (!bare || provided.test(specifier) || !context.parentURL?.startsWith(root)) return found;
      if (!found.url.startsWith("file:") || found.url.startsWith(root)) return found;
      const importer = context.parentURL.slice(root.length);
      const error = new Error(`Cannot find module '${specifier}' (imported by ${importer}): it is not in the package`);
      throw Object.assign(error, { code: "MODULE_NOT_FOUND" });
    },
  });
}

module.exports = { fenceModules };
