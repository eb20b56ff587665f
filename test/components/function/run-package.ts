import * as pulumi from "@pulumi/pulumi";
import { unzipSync } from "fflate";
import * as fs from "node:fs";
import Module from "node:module";
import * as path from "node:path";
import { packageHandler } from "../../../components/function/packaging/package";
import { wholeMap } from "../../../engine/graph/whole-map";
import type { ProgramFunction } from "../../../components/function/packaging/inspector";

/** A packaged handler, unpacked, and how to call it as Lambda does. */
export interface Unpacked {
  readonly code: string;
  readonly files: readonly string[];
  readonly bytes: Uint8Array;
  /** The whole source map, which stays on this machine. */
  readonly map: string | undefined;
  invoke(event?: unknown): Promise<unknown>;
  /** The handler in a process that goes on: what it keeps between calls stays. */
  start(): (event?: unknown) => Promise<unknown>;
}

/** Packages a handler and loads what would be deployed. */
export async function unpack(handler: ProgramFunction | string, adapter?: string): Promise<Unpacked> {
  const { archive } = await packageHandler({
    whose: 'handler "test"',
    handler,
    nodeVersion: "24",
    environment: {},
    ...(adapter === undefined ? {} : { adapter }),
  });
  const asset = (await known(archive)) as pulumi.asset.FileArchive;
  const file = path.resolve(String(await asset.path));
  const bytes = fs.readFileSync(file);
  const content = unzipSync(bytes);
  const code = Buffer.from(content["index.js"] ?? []).toString("utf8");
  return {
    code,
    files: Object.keys(content),
    bytes,
    map: wholeMap(file),
    invoke: (event) => load(code)(event, context),
    start() {
      const handler = load(code);
      return (event) => handler(event, context);
    },
  };
}

const context = { awsRequestId: "r-1", functionName: "test", getRemainingTimeInMillis: () => 30_000 };

function load(code: string): (event: unknown, context: object) => Promise<unknown> {
  const module = new Module(path.join(process.cwd(), "unpacked-index.js"));
  module.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(process.cwd());
  (module as unknown as { _compile(code: string, file: string): void })._compile(code, module.id);
  return (module.exports as { handler: (event: unknown, context: object) => Promise<unknown> }).handler;
}

async function known<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}
