import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Bucket } from "../bucket/bucket";
import { Function } from "../function/function";
import type { Handler } from "../function/handler";
import { checkKnown, checkRange, show } from "../shared/checks";
import { TandemError, type Problem } from "../shared/errors";
import { tellSourceFiles } from "../shared/source-files";
import type { Method } from "./route-path";
import type { ApiRequest } from "./request.runtime";
import type * as runtime from "./static.runtime";
import type { Site, SiteFile } from "./static.runtime";

/** Settings of a static route. */
export interface StaticArgs {
  /** The file that stands for a folder. @defaultValue `"index.html"` */
  readonly index?: string;
  /** The file that answers, with 404, for those that are not there. @defaultValue a short JSON answer */
  readonly notFound?: string;
  /** Seconds that browsers keep files; pages (HTML) are always asked for again. @defaultValue `3600` */
  readonly cache?: number;
}

/** Finds what is wrong with a static route. */
export function checkStatic(whose: string, folder: unknown, args: StaticArgs): Problem[] {
  if (typeof folder !== "string" || !isFolder(folder)) {
    return [
      refused(whose, `folder = ${show(folder)}`, `create it, or correct the path: it is relative to ${process.cwd()}`),
    ];
  }
  const { auth, ...others } = args as StaticArgs & { readonly auth?: unknown };
  const files = listFiles(whose, folder);
  const missing = [args.index, args.notFound].filter((file) => file !== undefined && !files.includes(file));
  return [
    ...(auth === undefined
      ? []
      : [
          {
            code: "ERR_ROUTE_AUTH" as const,
            message: `${whose} cannot have auth: its files are for everybody`,
            got: `auth = ${show(auth)}`,
            fix: "answer from a route of your own, like api.get(path, handler, { auth })",
          },
        ]),
    ...checkKnown(whose, others, ["index", "notFound", "cache"]),
    ...checkRange(whose, "cache", args.cache, { least: 0, most: 31_536_000, unit: "seconds" }),
    ...(files.length === 0
      ? [refused(whose, `folder = ${show(folder)}, which has no files`, "put files into it")]
      : []),
    ...missing.map((file) => refused(whose, show(file), `create ${path.join(folder, String(file))}`)),
  ];
}

function refused(whose: string, got: string, fix: string): Problem {
  return { code: "ERR_STATIC_FOLDER", message: `${whose} was given a folder or file that is not there`, got, fix };
}

function isFolder(folder: string): boolean {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The routes under which a folder appears. */
export function staticRoutes(base: string): [Method, string][] {
  const below = `${base === "/" ? "" : base}/{file+}`;
  return [
    ["GET", base],
    ["HEAD", base],
    ["GET", below],
    ["HEAD", below],
  ];
}

/** What the names of a static route's function and bucket end in. */
export const staticSuffix = "-files";

/** Deploys a folder's files, and makes the function that answers with them. */
export function createStaticFiles(name: string, folder: string, args: StaticArgs, parent: pulumi.Resource): Function {
  const { index = "index.html", notFound, cache = 3600 } = args;
  // What is deployed can be deployed again, so it goes with the API.
  // S3 takes no underscores.
  const bucket = new Bucket(name.replaceAll("_", "-"), { forceDestroy: true }, { parent });
  const files: Record<string, SiteFile> = {};
  const keys = listFiles(name, folder);
  tellSourceFiles(watchedIn(folder, keys));
  for (const key of keys) {
    const file = path.join(folder, key);
    const content = fs.readFileSync(file);
    const type = contentType(key);
    const eTag = createHash("sha256").update(content).digest("hex").slice(0, 32);
    files[key] = { type, size: content.length, eTag };
    new aws.s3.BucketObject(
      `${name}/${key}`,
      { bucket: bucket.id, key, source: new pulumi.asset.FileAsset(file), contentType: type, sourceHash: eTag },
      { parent: bucket },
    );
  }
  const site: Site = { index, cache, files, ...(notFound === undefined ? {} : { notFound }) };
  const read = bucket.get;
  const sign = bucket.signedUrl;
  const answer = (request: ApiRequest): Promise<Response> =>
    (require("tandem/runtime/api/static") as typeof runtime).serveFile(site, request, {
      read,
      addressOf: (key) => sign(key, { method: "get", expires: 300 }),
    });
  return new Function(
    name,
    answer as Handler<unknown>,
    {},
    { parent },
    { called: true, wrapper: "api/api-event#handleRequests" },
  );
}

/** The paths of a folder's files, in the order of their names, with slashes on every system. */
function listFiles(whose: string, folder: string): string[] {
  const root = fs.realpathSync(folder);
  const found: string[] = [];
  const walk = (relative: string): void => {
    for (const entry of fs.readdirSync(path.join(root, relative), { withFileTypes: true })) {
      if (entry.name.startsWith(".") && entry.name !== ".well-known") continue;
      const key = relative === "" ? entry.name : `${relative}/${entry.name}`;
      const real = fs.realpathSync(path.join(root, key));
      if (real !== root && !real.startsWith(root + path.sep)) {
        throw new TandemError([refused(whose, `${key}, a link that leads out of the folder`, "copy the file instead")]);
      }
      if (!fs.statSync(real).isDirectory()) found.push(key);
      // A link to a folder above would lead round and round.
      else if (!entry.isSymbolicLink()) walk(key);
    }
  };
  walk("");
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** What a change of a folder shows in: the folder, for files that come. */
function watchedIn(folder: string, keys: readonly string[]): string[] {
  const root = path.resolve(folder);
  // In the project's own folder there is also what `tandem up` writes.
  const isProject = `${process.cwd()}${path.sep}`.startsWith(`${root}${path.sep}`);
  return isProject ? keys.map((key) => path.join(root, key)) : [root];
}

function contentType(file: string): string {
  const { lookup } = require("mrmime") as typeof import("mrmime");
  const type = lookup(file) ?? "application/octet-stream";
  return /^text\/|javascript|json|xml/.test(type) ? `${type}; charset=utf-8` : type;
}
