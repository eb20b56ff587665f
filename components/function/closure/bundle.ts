import * as fs from "node:fs";
import * as path from "node:path";
import type { BuildFailure, Message, Plugin } from "esbuild";
import { TandemError } from "../../shared/errors";
import { madePrefix } from "./made-modules";
import { portableNames } from "./module-names";
import { onlyOwnSources, withoutLibrary } from "./bundle-map";

/** What becomes one JavaScript file. */
export interface BundleInput {
  /** The handler, for errors: e.g. `handler "onNewVideo"`. */
  readonly whose: string;
  /** The module that Lambda loads; it may import `tandem:handler` and `tandem/runtime/…`. */
  readonly entry: string;
  /** What `tandem:handler` is: the serialized closure, or the file of a file handler. */
  readonly handler:
    | {
        readonly text: string;
        readonly sourceMap: string;
        /** Where relative imports in the text are looked for, the first that has the file counts. */
        readonly folders: readonly string[];
        /** What the text requires besides, by name. */
        readonly modules: Readonly<Record<string, string>>;
      }
    | { readonly file: string };
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
  /** The project's own files that went into it. */
  readonly files: readonly string[];
}

/**
 * Bundles a handler with esbuild into one CommonJS file. The AWS SDK stays outside: it is part of Lambda's runtime
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html).
 * @throws `ERR_BUNDLE_FAILED`, `ERR_BUNDLE_NATIVE_ADDON`
 */
export async function bundle(input: BundleInput): Promise<Bundle> {
  const esbuild = await import("esbuild");
  try {
    const result = await esbuild.build({
      stdin: { contents: input.entry, resolveDir: input.project, sourcefile: "tandem:entry", loader: "js" },
      absWorkingDir: input.project,
      outfile: "index.js",
      write: false,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: `node${input.nodeVersion}`,
      external: ["@aws-sdk/*"],
      minifyWhitespace: true,
      minifySyntax: true,
      treeShaking: true,
      legalComments: "none",
      charset: "utf8",
      sourcemap: "external",
      sourcesContent: false,
      metafile: true,
      logLevel: "silent",
      plugins: [tandemModules(input), nativeAddons(input.whose)],
    });
    const output = (name: string): string => result.outputFiles.find((file) => file.path.endsWith(name))?.text ?? "";
    const { code, columnOf, changesOf } = portableNames(output("index.js"), input.project);
    const map = onlyOwnSources(output("index.js.map"), input.project, input.project, columnOf);
    const packagesMap = withoutLibrary(output("index.js.map"), input.project, input.project, changesOf);
    const files = Object.keys(result.metafile.inputs).filter((file) => !/^tandem|node_modules/.test(file));
    return { code, map, packagesMap, files: files.map((file) => path.resolve(input.project, file)) };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new TandemError([bundleProblem(input, error.errors)]);
  }
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

/** The file that an import means: TypeScript's own leave its ending out, or name that of the compiled file. */
export function sourceFile(stem: string): string | undefined {
  const [, bare = stem, kind] = /^(.*)\.([cm]?)js$/.exec(stem) ?? [];
  const candidates =
    kind === undefined
      ? ["", ".ts", ".tsx", ".js", ".json", "/index.ts", "/index.js"].map((end) => stem + end)
      : [`${bare}.${kind}ts`, `${bare}.tsx`, stem];
  return candidates.find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true);
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
      build.onResolve({ filter: new RegExp(`^${madePrefix}`) }, ({ path: request }) => ({
        path: request,
        namespace: "tandem",
      }));
      build.onLoad({ filter: /.*/, namespace: "tandem" }, ({ path: module }) => {
        if ("file" in input.handler) return undefined;
        const made = input.handler.modules[module];
        if (made !== undefined) return { contents: made, loader: "js", resolveDir: input.project };
        const map = `\n//# sourceMappingURL=data:application/json;base64,${base64(input.handler.sourceMap)}`;
        return { contents: input.handler.text + map, loader: "js", resolveDir: input.project };
      });
      // However it was named: the serializer may have written the file inside the package.
      build.onResolve({ filter: /^@aws-sdk\/[^/]+/ }, ({ path: request }) => ({
        path: request.split("/").slice(0, 2).join("/"),
        external: true,
      }));
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path: request, namespace }) => {
        if (namespace !== "tandem" || "file" in input.handler) return undefined;
        for (const folder of input.handler.folders) {
          const file = sourceFile(path.resolve(folder, request));
          if (file !== undefined) return { path: file };
        }
        return undefined;
      });
      // The serializer names a captured module by its file ("zod/index.cjs"), which the package's exports may not list.
      build.onResolve({ filter: /^(@[^/]+\/)?[^./][^/]*\/.+\.[cm]?js$/ }, async ({ path: request, ...options }) => {
        if (options.namespace !== "tandem") return undefined;
        for (let folder = input.project; ; folder = path.dirname(folder)) {
          const file = path.join(folder, "node_modules", request);
          if (fs.existsSync(file)) return { path: file };
          if (folder === path.dirname(folder)) return undefined;
        }
      });
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
            got: /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? path.basename(file),
            fix: "do this work in a container: put it into a Task and call task.run(...) from the handler",
          },
        ]);
      });
    },
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function bundleProblem(input: BundleInput, errors: readonly Message[]): TandemError["problems"][number] {
  const own = errors.find((message) => message.detail instanceof TandemError)?.detail as TandemError | undefined;
  if (own?.problems[0] !== undefined) return own.problems[0];
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
