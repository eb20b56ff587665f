import type { Readable } from "node:stream";

import { AwsError } from "../../protocol/message";
import { WholeBody } from "../../protocol/request-body";
import { entityTooLarge, largestPut, type StagedFile } from "../bucket-files";
import {
  checksumAlgorithm,
  checksumAlgorithms,
  checksumLength,
  Digests,
  type ChecksumAlgorithm,
  type Checksums,
} from "../checksums";
import type { ObjectStore } from "../object-store";
import { incompleteBody, invalidRequest, notImplemented } from "../s3-errors";
import { decodeChunked } from "./chunked-body";
import type { S3Request } from "./s3-request";

/**
 * Writes a request's body to the disk and checks it against all that the request says of it: length, MD5, checksums in
 * headers or trailers, signatures of chunks. Nothing is left of a body that does not hold. `algorithm` is computed even
 * if the request does not say it; the body of a whole object has a checksum in any case.
 */
export async function receiveBody(
  store: ObjectStore,
  request: S3Request,
  { algorithm, isWholeObject = false }: { algorithm?: ChecksumAlgorithm; isWholeObject?: boolean } = {},
): Promise<StagedFile> {
  const length = declaredLength(request) ?? missingLength();
  if (length > largestPut) throw entityTooLarge(length, largestPut);
  const claims = readClaims(request);
  const trailers = new Map<string, string>();
  const algorithms = new Set([...claims.algorithms, ...(algorithm ? [algorithm] : [])]);
  // S3 computes its own checksum where a client gives none
  // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
  if (algorithms.size === 0 && isWholeObject) algorithms.add("crc64nvme");
  const staged = await store.files.stage(request.bucket, bodyOf(request, trailers), algorithms);
  try {
    checkClaims(claims, length, trailers, staged);
    return staged;
  } catch (error) {
    store.files.discard(staged.file);
    throw error;
  }
}

/**
 * Reads a document whole, with the same checks; empty for a request without a body. Throws if it is larger than `limit`
 * bytes. Without `hasOwnChecksums`, the headers' checksums are of something else.
 */
export async function receiveText(request: S3Request, limit: number, { hasOwnChecksums = true } = {}): Promise<string> {
  if (!hasBody(request)) {
    await finish(request.aws.body);
    return "";
  }
  const read = readClaims(request);
  const claims = hasOwnChecksums ? read : { ...read, declared: {} };
  const digests = new Digests(claims.algorithms);
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request, trailers)) {
    size += chunk.length;
    if (size > limit) {
      const details = { MaxMessageLengthBytes: String(limit) };
      throw new AwsError("MaxMessageLengthExceeded", "Your request was too big.", 400, details);
    }
    digests.update(chunk);
    chunks.push(chunk);
  }
  checkClaims(claims, declaredLength(request) ?? size, trailers, { size, ...digests.finish() });
  return Buffer.concat(chunks).toString("utf8");
}

/** What a request says of its body, besides its length. */
interface BodyClaims {
  /** Hexadecimal. */
  readonly md5: string | undefined;
  readonly declared: Checksums;
  readonly trailing: ChecksumAlgorithm | undefined;
  /** All that has to be computed. */
  readonly algorithms: ReadonlySet<ChecksumAlgorithm>;
}

function readClaims(request: S3Request): BodyClaims {
  const md5 = declaredMd5(request);
  const declared = declaredChecksums(request);
  const trailing = trailingAlgorithm(request);
  const asked = trailing ?? checksumAlgorithm(request.header("x-amz-sdk-checksum-algorithm"));
  const algorithms = new Set(Object.keys(declared) as ChecksumAlgorithm[]);
  if (asked) algorithms.add(asked);
  return { md5, declared, trailing, algorithms };
}

function checkClaims(
  { md5, declared, trailing }: BodyClaims,
  length: number,
  trailers: ReadonlyMap<string, string>,
  received: Pick<StagedFile, "size" | "md5" | "checksums">,
): void {
  if (received.size !== length) throw incompleteBody();
  if (md5 !== undefined && md5 !== received.md5) {
    const base64 = (hexadecimal: string): string => Buffer.from(hexadecimal, "hex").toString("base64");
    const details = { ExpectedDigest: base64(md5), CalculatedDigest: base64(received.md5) };
    throw new AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400, details);
  }
  compareChecksums(declared, received.checksums);
  if (!trailing) return;
  const trailed = trailers.get(`x-amz-checksum-${trailing}`);
  if (trailed === undefined) {
    throw new AwsError("MalformedTrailerError", "The request contained trailing data that was not well-formed.", 400);
  }
  compareChecksums({ [trailing]: trailed }, received.checksums);
}

/** The checksum that a request's headers say its object has. */
export function declaredChecksums(request: S3Request): Checksums {
  const declared: Checksums = {};
  for (const algorithm of checksumAlgorithms) {
    const value = request.header(`x-amz-checksum-${algorithm}`);
    if (value !== undefined) declared[algorithm] = value;
  }
  if (Object.keys(declared).length > 1) {
    throw invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  for (const algorithm of Object.keys(declared) as ChecksumAlgorithm[]) {
    // An object of parts has as many checksums as parts behind the dash.
    const bytes = Buffer.from((declared[algorithm] ?? "").replace(/-\d+$/, ""), "base64");
    if (bytes.length !== checksumLength(algorithm)) {
      throw invalidRequest(`Value for x-amz-checksum-${algorithm} header is invalid.`);
    }
  }
  return declared;
}

/** Throws BadDigest where a checksum that was computed is not the one that was declared. */
export function compareChecksums(declared: Checksums, computed: Checksums): void {
  for (const [algorithm, value] of Object.entries(declared)) {
    if (computed[algorithm as ChecksumAlgorithm] === value) continue;
    const message = `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`;
    throw new AwsError("BadDigest", message, 400);
  }
}

function bodyOf(request: S3Request, trailers: Map<string, string>): AsyncIterable<Buffer> | readonly Buffer[] {
  const { body, signature } = request.aws;
  // Leaving the loop early must not break the connection, on which the error is still to be answered.
  const source = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  if (!signature?.payloadHash.startsWith("STREAMING-")) {
    if (isChunked(request)) throw notImplemented("aws-chunked without a signature");
    return body instanceof WholeBody ? body.chunks : source;
  }
  return decodeChunked(source, signature, trailers);
}

function isChunked(request: S3Request): boolean {
  return /\baws-chunked\b/i.test(request.header("content-encoding") ?? "");
}

function hasBody(request: S3Request): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.aws.headers;
  return encoding !== undefined || length !== "0";
}

/** Reads a body without bytes to its end, where its hash is checked. */
async function finish(body: Readable): Promise<void> {
  if (body instanceof WholeBody) return;
  for await (const _chunk of body);
}

/** In bytes, without the framing of chunks; undefined where a request does not say. */
function declaredLength(request: S3Request): number | undefined {
  const isStreaming = request.aws.signature?.payloadHash.startsWith("STREAMING-") === true;
  const text = request.header(isStreaming ? "x-amz-decoded-content-length" : "content-length");
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function missingLength(): never {
  throw new AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
}

/** In hexadecimal. */
function declaredMd5(request: S3Request): string | undefined {
  const text = request.header("content-md5");
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 16 && bytes.toString("base64") === text) return bytes.toString("hex");
  throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, { "Content-MD5": text });
}

function trailingAlgorithm(request: S3Request): ChecksumAlgorithm | undefined {
  const trailer = request.header("x-amz-trailer");
  if (trailer === undefined) return undefined;
  const algorithm = checksumAlgorithm(/^x-amz-checksum-(\w+)$/i.exec(trailer.trim())?.[1]);
  if (!algorithm) throw invalidRequest("The value specified in the x-amz-trailer header is not supported");
  return algorithm;
}
