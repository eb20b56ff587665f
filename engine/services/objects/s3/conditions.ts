import { AwsError } from "../../protocol/message";
import type { ByteRange } from "../object-store";
import type { StoredObject } from "../object-record";
import { notImplementedHeader, preconditionFailed } from "../s3-errors";
import type { WriteCondition } from "../write-condition";
import { unquoted } from "./object-headers";
import type { S3Request } from "./s3-request";

/**
 * Whether a reader has this object already (304). Throws PreconditionFailed (412) where it wants another. An ETag
 * weighs more than a date (RFC 9110, 13.2.2, and S3's GetObject). Copies have a prefix before the names of the headers.
 */
export function isNotModified(request: S3Request, object: StoredObject, now: number, prefix = ""): boolean {
  const header = (name: string): string | undefined => request.header(prefix + name);
  const [match, noneMatch] = [header("if-match"), header("if-none-match")];
  const [since, unmodifiedSince] = [seconds(header("if-modified-since")), seconds(header("if-unmodified-since"))];
  const modified = Math.floor(object.modified / 1000);
  if (match !== undefined) {
    if (!listsETag(match, object.eTag)) throw preconditionFailed(`${prefix}If-Match`);
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    throw preconditionFailed(`${prefix}If-Unmodified-Since`);
  }
  if (noneMatch !== undefined) return listsETag(noneMatch, object.eTag);
  // A date in the future is not valid, and ignored (RFC 9110, 13.1.3).
  return since !== undefined && since * 1000 <= now && modified <= since;
}

/** What a write asks to hold; of If-None-Match, S3 knows only `*`, of If-Match all but that. */
export function writeCondition(request: S3Request): WriteCondition {
  const [match, noneMatch] = [request.header("if-match"), request.header("if-none-match")];
  if (match !== undefined && noneMatch !== undefined) throw notImplementedHeader("If-Match,If-None-Match");
  if (match === "*") throw notImplementedHeader("If-Match");
  if (noneMatch !== undefined && noneMatch !== "*") throw notImplementedHeader("If-None-Match");
  return { ifMatch: match === undefined ? undefined : unquoted(match), ifAbsent: noneMatch === "*" };
}

/** What a delete asks to hold: an ETag, or `*` for any object. */
export function deleteCondition(request: S3Request): WriteCondition {
  const match = request.header("if-match");
  return { ifMatch: match === undefined ? undefined : unquoted(match) };
}

/**
 * The bytes that a `Range` header means; undefined for the whole object, which several ranges at once also get. Throws
 * InvalidRange (416) where the object has none of them.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec((header ?? "").trim());
  if (!header || !match || (match[1] === "" && match[2] === "")) return undefined;
  const [first, last] = [match[1] ?? "", match[2] ?? ""];
  if (first !== "" && last !== "" && Number(first) > Number(last)) return undefined;
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end && !(first === "" && Number(last) === 0)) return { start, end };
  const details = { RangeRequested: header, ActualObjectSize: String(size) };
  const headers = { "content-range": `bytes */${size}` };
  throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416, details, headers);
}

function listsETag(header: string, eTag: string): boolean {
  return header.split(",").some((entry) => entry.trim() === "*" || unquoted(entry) === eTag);
}

function seconds(date: string | undefined): number | undefined {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
