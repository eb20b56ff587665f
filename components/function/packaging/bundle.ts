import * as fs from "node:fs";
import * as path from "node:path";
import type { BuildFailure, BuildResult, Loader, Message, Metafile, Plugin } from "esbuild";
import { TandemError } from "../../shared/errors";
import { onlyOwnSources, withoutLibrary } from "./bundle-map";
import type { HandlerModules } from "./module-text";
import { codeWithData, filesModule } from "./data-files";
import { moduleName, portableNames } from "./module-names";
import { resolveImport } from "./resolve";

/** What becomes one JavaScript file. */
export interface BundleInput {
  /** The handler, for errors: e.g. `handler "onNewVideo"`. */
  readonly whose: string;
  /** The module that Lambda loads; it may import `tandem:handler` and `tandem/runtime/…`. */
  readonly entry: string;
  /** What `tandem:handler` is: a closure's modules, or the file of a file handler. */
  readonly handler: HandlerModules | { readonly file: string };
  /** What `tandem:generated` is: the text of a CommonJS module, whose packages are this library's own. */
  readonly generated?: string;
  /** The project's folder: packages are found from here. */
  readonly project: string;
  /** The major version of Node.js that it will run on. */
  readonly nodeVersion: string;
}

export interface Bundle {
  readonly code: string;
  /** The source map of the project's own files; undefined where there are none in it. */
  readonly map: string | undefined;
  /** The source map of packages too, which differs between machines. */
  readonly packagesMap: string;
  /** Files that the code reads beside itself, by their paths in the package. */
  readonly data: ReadonlyMap<string, string>;
  /** The project's own files that went into it. */
  readonly files: readonly string[];
}

/**
 * Bundles a handler with esbuild into one CommonJS file. The AWS SDK stays outside: it is part of Lambda's runtime
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html).
 * @throws `ERR_BUNDLE_FAILED`, `ERR_BUNDLE_NATIVE_ADDON`
 */
export async function bundle(input: BundleInput): Promise<Bundle> {
  // Not import(): a test runner such as jest, which evaluates this in a context of its own, refuses that.
  const esbuild = require("esbuild") as typeof import("esbuild");
  try {
    const build = (changed: ReadonlyMap<string, string>): Promise<BuildResult<typeof outputs>> =>
      esbuild.build({
        stdin: { contents: input.entry, resolveDir: input.project, sourcefile: "tandem:entry", loader: "js" },
        absWorkingDir: input.project,
        outfile: "index.js",
        bundle: true,
        platform: "node",
        format: "cjs",
        target: `node${input.nodeVersion}`,
        external: ["@aws-sdk/*"],
        minifyWhitespace: true,
        minifySyntax: true,
        treeShaking: true,
        // Classes and functions are called what the source calls them: error classes take their name from it.
        keepNames: true,
        legalComments: "none",
        banner: { js: directive },
        // The package is CommonJS, which has no import.meta.
        define: {
          "import.meta.url": moduleUrl,
          "import.meta.dirname": "__dirname",
          "import.meta.filename": "__filename",
        },
        charset: "utf8",
        sourcemap: "external",
        sourcesContent: false,
        logLevel: "silent",
        // Files that are no code: their content.
        loader: {
          ".txt": "text",
          ".sql": "text",
          ".html": "text",
          ".md": "text",
          ".graphql": "text",
          ".wasm": "binary",
        },
        plugins: [slices(input, changed), tandemModules(input), nativeAddons(input.whose)],
        ...outputs,
      });
    let result = await build(new Map());
    const { changed, data } = dataFiles(result.metafile, input);
    // Only what reads files beside itself is bundled in another form, and for that twice.
    if (changed.size > 0) result = await build(changed);
    const output = (name: string): string => result.outputFiles.find((file) => file.path.endsWith(name))?.text ?? "";
    const { code, columnOf, changesOf } = portableNames(
      withHead(output("index.js"), result.metafile, input),
      input.project,
    );
    const map = onlyOwnSources(output("index.js.map"), input.project, input.project, columnOf);
    const packagesMap = withoutLibrary(output("index.js.map"), input.project, input.project, changesOf);
    const inputs = Object.keys(result.metafile.inputs).map((file) =>
      file.replace(new RegExp(`^${sliceNamespace}:`), ""),
    );
    const files = inputs.filter((file) => !/^tandem|node_modules/.test(file));
    return { code, map, packagesMap, data, files: files.map((file) => path.resolve(input.project, file)) };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new TandemError([bundleProblem(input, error.errors)]);
  }
}

const outputs = { write: false, metafile: true } as const;

/** Finds the bundled code that reads files beside itself. */
function dataFiles(
  { inputs }: Metafile,
  input: BundleInput,
): { readonly changed: ReadonlyMap<string, string>; readonly data: ReadonlyMap<string, string> } {
  const changed = new Map<string, string>();
  const data = new Map<string, string>();
  for (const name of Object.keys(inputs)) {
    const own = name.replace(new RegExp(`^${sliceNamespace}:`), "");
    if (/^tandem/.test(own) || !/\.[cm]?[jt]sx?$/.test(own)) continue;
    const file = path.resolve(input.project, own);
    const text = "file" in input.handler ? undefined : input.handler.files.get(file);
    const found = codeWithData(text ?? fs.readFileSync(file, "utf8"), file, moduleName(own, input.project));
    if (found === undefined) continue;
    changed.set(file, found.text);
    for (const [at, from] of found.files) data.set(at, from);
  }
  return { changed, data };
}

const directive = `"use strict";`;
/** What `import.meta.url` is called in a bundle. */
const moduleUrl = "__moduleUrl";

/** Completes the first line of a bundle, which holds nothing that is mapped. */
function withHead(code: string, metafile: Metafile, input: BundleInput): string {
  const url = `const ${moduleUrl}=require("node:url").pathToFileURL(__filename).href;`;
  const head = (isStrict(metafile, input) ? directive : "") + (code.includes(moduleUrl) ? url : "");
  return code.replace(directive, () => head);
}

/**
 * Whether a bundle may be strict code, as ES modules are. esbuild leaves that out when it makes CommonJS of them; but what
 * was written as CommonJS without the directive may need to be sloppy.
 */
function isStrict({ inputs }: Metafile, { project }: BundleInput): boolean {
  return Object.entries(inputs).every(([name, { format }]) => {
    if (format !== "cjs") return true;
    const own = name.replace(/^tandem-slice:/, "");
    if (/^tandem/.test(own)) return true;
    const file = path.resolve(project, own);
    return /^(\s|\/\/[^\n]*\n|\/\*[^]*?\*\/|#![^\n]*\n)*["']use strict["']/.test(fs.readFileSync(file, "utf8"));
  });
}

/** Code with its source map in it. */
export function withMap(code: string, map: string | undefined): string {
  return map === undefined ? code : `${code}//# sourceMappingURL=data:application/json;base64,${base64(map)}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

const runtimeFolder = path.resolve(__dirname, "..", "..");

function runtimeFile(folder: string, file: string): string {
  const stem = path.join(runtimeFolder, folder, `${file}.runtime`);
  return fs.existsSync(`${stem}.js`) ? `${stem}.js` : `${stem}.ts`;
}

/** Files of the program of which a package has what it needs. */
const sliceNamespace = "tandem-slice";

/** The part of each file that a handler needs, in place of the file. */
function slices(input: BundleInput, changed: ReadonlyMap<string, string>): Plugin {
  const { project, handler } = input;
  const files = "file" in handler ? new Map<string, string>() : handler.files;
  // By their paths from the project on: esbuild writes them into the bundle.
  const named = (file: string): string => path.relative(project, file).replaceAll("\\", "/");
  const byName = new Map([...files].map(([file, text]) => [named(file), { file, text }]));
  return {
    name: "tandem-slices",
    setup(build) {
      const slice = (file: string): { path: string; namespace: string } | undefined =>
        files.has(file) ? { path: named(file), namespace: sliceNamespace } : undefined;
      build.onResolve({ filter: /^(\/|[A-Za-z]:[\\/])/, namespace: "tandem" }, ({ path: file }) => slice(file));
      build.onResolve({ filter: /.*/, namespace: sliceNamespace }, ({ path: request, importer }) => {
        const own = path.isAbsolute(request) ? slice(request) : undefined;
        if (own !== undefined) return own;
        const from = byName.get(importer)?.file;
        if (from === undefined || request.startsWith("tandem:")) return undefined;
        const to = resolveImport(request, from);
        // A file of the project that names the library by its path is one of the library's own tests.
        if (to.kind === "library" && !request.startsWith("tandem")) return { path: runtimeFile("shared", "library") };
        return to.kind === "project" ? (slice(to.file) ?? { path: to.file }) : undefined;
      });
      if (changed.size > 0) {
        build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, ({ path: file }) => {
          const contents = changed.get(file);
          return contents === undefined
            ? undefined
            : { contents, loader: loaderOf(file), resolveDir: path.dirname(file) };
        });
      }
      build.onLoad({ filter: /.*/, namespace: sliceNamespace }, ({ path: name }) => {
        const found = byName.get(name);
        if (found === undefined) return undefined;
        return {
          contents: changed.get(found.file) ?? found.text,
          loader: loaderOf(found.file),
          resolveDir: path.dirname(found.file),
        };
      });
    },
  };
}

function loaderOf(file: string): Loader {
  const extension = path.extname(file).slice(1).replace(/^[cm]/, "");
  return extension === "tsx" || extension === "jsx" || extension === "ts" ? extension : "js";
}

/** Resolves `tandem:handler`, and `tandem/runtime/bucket` to this library's `bucket/bucket.runtime`. */
function tandemModules(input: BundleInput): Plugin {
  return {
    name: "tandem-modules",
    setup(build) {
      build.onResolve({ filter: /^tandem\/runtime\// }, ({ path: request, namespace }) => {
        const [folder = "", file = folder] = request.slice("tandem/runtime/".length).split("/");
        // What a handler calls of components, a test may replace; what the library itself calls, not.
        if (namespace === "tandem" && file === folder) return { path: folder, namespace: "tandem-runtime" };
        return { path: runtimeFile(folder, file) };
      });
      build.onLoad({ filter: /.*/, namespace: "tandem-runtime" }, ({ path: folder }) => ({
        contents: `module.exports=globalThis[Symbol.for("tandem.runtime")]?.("${folder}")??require("tandem/runtime/${folder}")`,
        loader: "js",
        resolveDir: runtimeFolder,
      }));
      build.onResolve({ filter: /^tandem:handler$/ }, () =>
        "file" in input.handler ? { path: input.handler.file } : { path: "tandem:handler", namespace: "tandem" },
      );
      build.onResolve({ filter: /^tandem:generated$/ }, () => ({ path: "generated", namespace: "tandem-generated" }));
      build.onLoad({ filter: /.*/, namespace: "tandem-generated" }, () => ({
        contents: input.generated ?? "",
        loader: "js",
        resolveDir: runtimeFolder,
      }));
      // What a handler may take from the library itself, which as a whole would bring Pulumi along.
      build.onResolve({ filter: /^tandem(\/dist\/components\/index\.js)?$/ }, () => ({
        path: runtimeFile("shared", "library"),
      }));
      build.onResolve({ filter: /^tandem:files$/ }, () => ({ path: "tandem:files", namespace: "tandem-files" }));
      build.onLoad({ filter: /.*/, namespace: "tandem-files" }, () => ({ contents: filesModule, loader: "js" }));
      build.onResolve({ filter: /^tandem:values$/ }, () => ({ path: "tandem:values", namespace: "tandem" }));
      build.onLoad({ filter: /.*/, namespace: "tandem" }, ({ path: module }) => {
        if ("file" in input.handler) return undefined;
        const contents = module === "tandem:values" ? input.handler.values : input.handler.entry;
        return { contents, loader: "js", resolveDir: input.project };
      });
      // However it is named: by its file, where a value of a package is captured.
      build.onResolve({ filter: /(^|\/node_modules\/)@aws-sdk\/[^/]+/ }, ({ path: request }) => ({
        path: request
          .replace(/^.*\/node_modules\//, "")
          .split("/")
          .slice(0, 2)
          .join("/"),
        external: true,
      }));
    },
  };
}

/** Refuses `.node` files: they were compiled for this machine, not for Lambda's. */
function nativeAddons(whose: string): Plugin {
  return {
    name: "native-addons",
    setup(build) {
      build.onLoad({ filter: /\.node$/ }, ({ path: file }) => {
        throw new TandemError([
          {
            code: "ERR_BUNDLE_NATIVE_ADDON",
            message: `${whose} needs a package with native code, which is compiled for this machine only`,
            got: packageOf(file) ?? path.basename(file),
            fix: "do this work in a container: put it into a Task and call task.run(...) from the handler",
          },
        ]);
      });
    },
  };
}

/** The package that a file belongs to. */
function packageOf(file: string): string | undefined {
  return /^.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1];
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function bundleProblem(input: BundleInput, errors: readonly Message[]): TandemError["problems"][number] {
  const failed = errors.find((message) => message.detail instanceof TandemError);
  const own = (failed?.detail as TandemError | undefined)?.problems[0];
  if (own !== undefined) {
    // Packages keep their native code in others, for each platform: sharp in @img/sharp-linux-x64.
    const user = packageOf(failed?.location?.file ?? failed?.notes[0]?.location?.file ?? "");
    return user === undefined || user === own.got ? own : { ...own, got: `${user}, in ${own.got ?? ""}` };
  }
  const places = errors.map(({ location, text }) =>
    location === null || location.file.startsWith("tandem:") ? text : `${location.file}:${location.line}: ${text}`,
  );
  const missing = /Could not resolve "([^"]+)"/.exec(errors[0]?.text ?? "")?.[1];
  return {
    code: "ERR_BUNDLE_FAILED",
    message: `${input.whose} cannot be bundled`,
    got: places.join("\n       "),
    fix:
      missing === undefined || missing.startsWith(".")
        ? "correct the file above"
        : `npm install ${missing.startsWith("@") ? missing.split("/").slice(0, 2).join("/") : (missing.split("/")[0] ?? "")}`,
  };
}
