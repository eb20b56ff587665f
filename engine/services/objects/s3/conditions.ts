import { AwsError } from "../../protocol/message";
import type { ByteRange } from "../object-store";
import type { StoredObject } from "../object-record";
import { notImplemented, preconditionFailed } from "../s3-errors";
import type { WriteCondition } from "../write-condition";
import { unquoted } from "./object-headers";
import type { S3Request } from "./s3-request";

/** The headers of conditions on what is read; a copy's have a prefix of their own. */
type ConditionHeaders = (
  name: "if-match" | "if-none-match" | "if-modified-since" | "if-unmodified-since",
) => string | undefined;

/**
 * Whether a reader has this object already (304). Throws PreconditionFailed (412) where it wants another. An ETag
 * weighs more than a date (RFC 9110, 13.2.2, and S3's GetObject).
 */
export function isNotModified(header: ConditionHeaders, object: StoredObject): boolean {
  const [match, noneMatch] = [header("if-match"), header("if-none-match")];
  const [since, unmodifiedSince] = [seconds(header("if-modified-since")), seconds(header("if-unmodified-since"))];
  const modified = Math.floor(object.modified / 1000);
  if (match !== undefined) {
    if (!listsETag(match, object.eTag)) throw preconditionFailed("If-Match");
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  if (noneMatch !== undefined) return listsETag(noneMatch, object.eTag);
  return since !== undefined && modified <= since;
}

/** What a write asks to hold; of If-None-Match, S3 knows only `*`. */
export function writeCondition(request: S3Request): WriteCondition {
  const [match, noneMatch] = [request.header("if-match"), request.header("if-none-match")];
  if (noneMatch !== undefined && noneMatch !== "*") throw notImplemented("If-None-Match");
  return { ifMatch: match === undefined ? undefined : unquoted(match), ifAbsent: noneMatch === "*" };
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
