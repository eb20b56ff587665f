import { HttpError } from "./http-error.runtime";
import type { ApiRequest } from "./request.runtime";

/** A deployed file. */
export interface SiteFile {
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly eTag: string;
}

/** The files of a static route. */
export interface Site {
  readonly index: string;
  readonly notFound?: string;
  /** Seconds. */
  readonly cache: number;
  /** By path. Only what stands here is ever read: no path leads anywhere else. */
  readonly files: Readonly<Record<string, SiteFile>>;
}

/** Where the files are. */
interface Store {
  read(key: string): Promise<Buffer>;
  /** An address of the file itself, for one that is too large for a function's answer. */
  addressOf(key: string): Promise<string>;
}

/** Bytes. Lambda answers with at most 6 MB, of which base64 takes a third. */
const largest = 4 * 1024 * 1024;

/** Answers a request for a file. */
export async function serveFile(site: Site, request: ApiRequest, store: Store): Promise<Response> {
  const asked = request.params["file"] ?? "";
  if (Object.hasOwn(site.files, asked)) return respond(site, asked, 200, request, store);
  const index = asked === "" || asked.endsWith("/") ? `${asked}${site.index}` : `${asked}/${site.index}`;
  if (Object.hasOwn(site.files, index)) {
    const { pathname, search } = new URL(request.url);
    if (pathname.endsWith("/")) return respond(site, index, 200, request, store);
    // Otherwise what the page names by a relative path would be looked for beside its folder.
    const folder = pathname.slice(pathname.lastIndexOf("/") + 1);
    return new Response(undefined, { status: 307, headers: { location: `./${folder}/${search}` } });
  }
  if (site.notFound === undefined) throw new HttpError(404, "Not Found");
  return respond(site, site.notFound, 404, request, store);
}

async function respond(site: Site, key: string, status: number, request: ApiRequest, store: Store): Promise<Response> {
  const file = site.files[key] as SiteFile;
  const eTag = `"${file.eTag}"`;
  const headers: Record<string, string> = {
    "content-type": file.type,
    "cache-control": status !== 200 || file.type.startsWith("text/html") ? "no-cache" : `public, max-age=${site.cache}`,
    etag: eTag,
    "x-content-type-options": "nosniff",
  };
  const known = (request.headers.get("if-none-match") ?? "").split(",").map((each) => each.trim().replace(/^W\//, ""));
  if (status === 200 && (known.includes(eTag) || known.includes("*"))) {
    return new Response(undefined, { status: 304, headers });
  }
  if (request.method === "HEAD") return new Response(undefined, { status, headers });
  if (file.size > largest) {
    return new Response(undefined, {
      status: 307,
      headers: { location: await store.addressOf(key), "cache-control": "no-store" },
    });
  }
  return new Response(new Uint8Array(await store.read(key)), { status, headers });
}
