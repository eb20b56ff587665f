import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Capability, UsedNames } from "../../shared/capabilities";
import { TandemError } from "../../shared/errors";
import { tellSourceFiles } from "../../shared/source-files";
import { bundle, withMap } from "./bundle";
import { captureHandler } from "./capture";
import type { ProgramFunction } from "./inspector";
import { filesAt } from "./data-files";
import { checkLoads } from "./load";
import { handlerModules } from "./module-text";
import { relativeMap } from "./relative-map";
import { zipOf } from "./zip";

/** What is to be packaged. */
export interface PackageInput {
  /** For errors, e.g. `handler "onNewVideo"`. */
  readonly whose: string;
  /** A closure, or a file handler such as `./src/resize.handler`. */
  readonly handler: ProgramFunction | string;
  /** Whether the handler is the `run` of a task, which is started with the event. */
  readonly starts?: boolean;
  /** The runtime function that turns Lambda's event into the handler's, as `bucket/bucket-event#toBucketEvent`. */
  readonly adapter?: string;
  /** Passed to the adapter: plain data. */
  readonly adapterOptions?: Readonly<Record<string, unknown>>;
  /** In place of an adapter: the runtime function that calls the handler itself, with the adapter's options. */
  readonly wrapper?: string;
  /** The text of a CommonJS module for the wrapper. */
  readonly generated?: string;
  readonly nodeVersion: string;
  /** The function's environment as far as it is known while deploying. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders of the project that the package has as well. */
  readonly copy?: readonly string[];
}

/** A handler ready for Lambda. */
export interface HandlerPackage {
  /** Unknown in a preview where the text contains a value that is only known after the deployment. */
  readonly archive: pulumi.Output<pulumi.asset.Archive>;
  /** The base64 SHA-256 of the archive's bytes, which makes a changed handler a short line of a diff; unknown as `archive` is. */
  readonly hash: pulumi.Output<string>;
  readonly capabilities: readonly Capability[];
  /** What the handler's code names; nothing for a file handler. */
  readonly used: Omit<UsedNames, "options">;
}

/** A file handler has the permissions of its `grants` alone. */
const nothingUsed: HandlerPackage["used"] = { properties: new Set(), imports: new Set() };

/** Lambda's limit for an unzipped package, in bytes. */
const sizeLimit = 250 * 1024 * 1024;

/**
 * Captures, checks, bundles, loads and zips a handler (DESIGN §3).
 * @throws `ERR_CAPTURE_…`, `ERR_BUNDLE_…`, `ERR_HANDLER_FILE`
 */
export async function packageHandler(input: PackageInput): Promise<HandlerPackage> {
  const project = process.cwd();
  const captured = typeof input.handler === "string" ? undefined : await captureHandler(input.whose, input.handler);
  const modules = captured && handlerModules(captured, project);
  const {
    code,
    map,
    packagesMap,
    data: found,
    files,
  } = await bundle({
    whose: input.whose,
    entry: entryOf(input),
    handler: modules ?? { file: handlerFile(input.whose, project, input.handler as string).file },
    ...(input.generated === undefined ? {} : { generated: input.generated }),
    project,
    nodeVersion: input.nodeVersion,
  });
  const data = new Map([...found, ...copied(input.copy ?? [], project)]);
  tellSourceFiles([...files, ...data.values()]);
  // What is deployed is the same wherever the handler stands in its file.
  const bytes = Buffer.from(withMap(code, map && relativeMap(map, modules?.ranges ?? [], project)));
  const content = new Map([
    ["index.js", bytes],
    ...[...data].map(([name, file]) => [name, fs.readFileSync(file)] as const),
  ]);
  checkSize(
    input.whose,
    [...content.values()].reduce((sum, { length }) => sum + length, 0),
  );
  const folder = path.join(project, ".tandem", ".build");
  const zipped = zipOf(content);
  const digest = createHash("sha256").update(zipped).digest();
  const zip = path.join(folder, `${digest.toString("hex").slice(0, 32)}.zip`);
  // A package that stands there already was loaded when it was put there.
  if (!fs.existsSync(zip)) await loadAndKeep(input, withMap(code, map), data, zipped, zip);
  if (map !== undefined) {
    // The constants are for those who compare packages.
    const whole = { ...(JSON.parse(map) as object), x_tandem_constants: captured?.constants ?? {} };
    keep(zip.replace(/\.zip$/, ".map"), JSON.stringify(whole));
    keep(zip.replace(/\.zip$/, ".packages.map"), packagesMap);
  }
  const embedded = pulumi.all([...(captured?.outputs ?? [])]);
  return {
    archive: embedded.apply(() => new pulumi.asset.FileArchive(path.relative(project, zip))),
    hash: embedded.apply(() => digest.toString("base64")),
    capabilities: captured?.capabilities ?? [],
    used: captured?.used ?? nothingUsed,
  };
}

function entryOf({ handler, starts, adapter, adapterOptions, wrapper, generated }: PackageInput): string {
  const exported = typeof handler === "string" ? handler.slice(handler.lastIndexOf(".") + 1) : "handler";
  const options = JSON.stringify(adapterOptions ?? {});
  const imported = (what: string | undefined, as: string): string[] => {
    if (what === undefined) return [];
    const [module, name] = what.split("#");
    return [`import { ${name} as ${as} } from "tandem/runtime/${module}";`];
  };
  return [
    `import { serve } from "tandem/runtime/function/serve";`,
    ...(starts === true
      ? [
          `import { startWithEvent } from "tandem/runtime/task/start";`,
          `import { handler as run } from "tandem:handler";`,
          `const handle = startWithEvent(run);`,
        ]
      : [`import { ${exported} as handle } from "tandem:handler";`]),
    ...imported(adapter, "adapt"),
    ...imported(wrapper, "wrap"),
    ...(generated === undefined ? [] : [`import generated from "tandem:generated";`]),
    `const called = ${wrapper === undefined ? "handle" : `wrap(handle, ${options}${generated === undefined ? "" : ", generated"})`};`,
    `export const handler = serve(called, ${adapter === undefined ? "undefined" : `adapt(${options})`});`,
    // The handler by itself, for tests: what it gets is the library's event, not Lambda's.
    `export { handle };`,
  ].join("\n");
}

function handlerFile(whose: string, project: string, handler: string): { file: string } {
  const dot = handler.lastIndexOf(".");
  const stem = path.resolve(project, handler.slice(0, dot));
  const file = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs"]
    .map((end) => stem + end)
    .find((f) => fs.existsSync(f));
  if (file !== undefined) return { file };
  throw new TandemError([
    {
      code: "ERR_HANDLER_FILE",
      message: `${whose} names a file that is not there`,
      got: handler,
      fix: `create ${path.relative(project, stem)}.ts and export ${handler.slice(dot + 1)} from it, or correct the path: it is relative to ${project}`,
    },
  ]);
}

/**
 * Packages a handler of no use, so that the compiler, the bundler's process and the inspector are there when the first
 * one comes. `tandem up` calls it in the process that waits for the next saved file.
 * @public
 */
export async function warmUp(): Promise<void> {
  const project = process.cwd();
  const useless = async (): Promise<undefined> => undefined;
  const captured = await captureHandler("warm-up", useless);
  await bundle({
    whose: "warm-up",
    entry: entryOf({ whose: "warm-up", handler: useless, nodeVersion: "24", environment: {} }),
    handler: handlerModules(captured, project),
    project,
    nodeVersion: "24",
  });
}

function checkSize(whose: string, bytes: number): void {
  if (bytes <= sizeLimit) return;
  throw new TandemError([
    {
      code: "ERR_BUNDLE_SIZE",
      message: `${whose} is larger than Lambda takes`,
      got: `${Math.round(bytes / 1024 / 1024)} MB`,
      fix: "import less, or do this work in a container: put it into a Task (Lambda takes 250 MB)",
    },
  ]);
}

/** Writes a file at once, whoever else does so at the same time. */
function keep(file: string, content: string | Uint8Array): void {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  fs.writeFileSync(own, content);
  fs.renameSync(own, file);
}

/** The files to copy, by their paths in the package. */
function copied(paths: readonly string[], project: string): [name: string, file: string][] {
  return paths.flatMap((each) =>
    filesAt(path.resolve(project, each)).map((file): [string, string] => [
      path.relative(project, file).replaceAll("\\", "/"),
      file,
    ]),
  );
}

async function loadAndKeep(
  input: PackageInput,
  code: string,
  data: ReadonlyMap<string, string>,
  zipped: Uint8Array,
  zip: string,
): Promise<void> {
  fs.mkdirSync(path.dirname(zip), { recursive: true });
  // A folder of its own, as on Lambda: with the files that the code reads beside itself.
  const folder = data.size === 0 ? undefined : fs.mkdtempSync(`${zip}.`);
  for (const [name, file] of data) {
    const copy = path.join(folder ?? "", name);
    fs.mkdirSync(path.dirname(copy), { recursive: true });
    fs.copyFileSync(file, copy);
  }
  // Not .js: in a project of ES modules that would be one, and Lambda takes the package for CommonJS.
  const own = `${zip}.${process.pid}.${Math.random().toString(36).slice(2)}.cjs`;
  const script = folder === undefined ? own : path.join(folder, "index.cjs");
  fs.writeFileSync(script, code);
  try {
    await checkLoads(input.whose, script, input.environment);
  } finally {
    fs.rmSync(folder ?? script, { recursive: true, force: true });
  }
  keep(zip, zipped);
}
