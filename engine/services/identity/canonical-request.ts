import { AwsError } from "../protocol/message";

/** The parts of a request that its signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** The path as sent, still percent-encoded. */
  readonly rawPath: string;
  /** The query as sent, without the question mark. */
  readonly rawQuery: string;
  /** Names and values in turn, as `IncomingMessage.rawHeaders` has them: repeated headers stay apart. */
  readonly rawHeaders: readonly string[];
}

/** Percent-encodes all but the unreserved characters of RFC 3986, as Signature Version 4 prescribes. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => "%" + character.charCodeAt(0).toString(16).toUpperCase(),
  );
}

/** Decodes `text`; throws InvalidURI where its escapes are not UTF-8. */
export function uriDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError("InvalidURI", "Couldn't parse the specified URI.", 400);
  }
}

/** The query's names and values, decoded, in the order sent. */
export function queryPairs(rawQuery: string): [string, string][] {
  if (rawQuery === "") return [];
  const decode = (text: string): string => uriDecode(text.replaceAll("+", " "));
  return rawQuery
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [decode(pair), ""] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
    });
}

/**
 * The canonical request of Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). S3 encodes each path
 * segment once and keeps the path as it is; every other service encodes the encoded path again and resolves dots.
 * It is returned as bytes: headers may have any, which Node hands over as characters of Latin-1.
 */
export function canonicalRequest(
  request: SignedRequest,
  service: string,
  signedHeaders: readonly string[],
  payloadHash: string,
): Buffer {
  const lines = [
    request.method,
    service === "s3" ? encodeOnce(request.rawPath) : encodeTwice(request.rawPath),
    canonicalQuery(request.rawQuery),
    ...signedHeaders.map((name) => `${name}:${headerValue(request.rawHeaders, name)}`),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ];
  return Buffer.from(lines.join("\n"), "latin1");
}

function encodeOnce(rawPath: string): string {
  return rawPath
    .split("/")
    .map((segment) => uriEncode(uriDecode(segment)))
    .join("/");
}

function encodeTwice(rawPath: string): string {
  const kept: string[] = [];
  for (const segment of rawPath.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(uriEncode(uriEncode(uriDecode(segment))));
  }
  const trailing = kept.length > 0 && rawPath.endsWith("/") ? "/" : "";
  return "/" + kept.join("/") + trailing;
}

function canonicalQuery(rawQuery: string): string {
  return queryPairs(rawQuery)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function headerValue(rawHeaders: readonly string[], name: string): string {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    values.push((rawHeaders[index + 1] ?? "").trim().replace(/ +/g, " "));
  }
  return values.join(",");
}
