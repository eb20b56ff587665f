import type { Readable } from "node:stream";

import { WholeBody } from "../protocol/request-body";
import type { IncomingBody } from "./incoming-body";
import { signatureError } from "../identity/signature-errors";

/** The most that a document may have, in bytes: all bodies but those of objects are documents. */
const largestDocument = 64 * 1024 * 1024;
/** Up to this many bytes, the body of an object is read whole, which costs a fraction of streaming it. */
const largestWholeObject = 1024 * 1024 + 64 * 1024;

const streamingHashes = [
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
];

/** Refuses a value of `x-amz-content-sha256` that has no meaning. */
export function checkPayloadHash(service: string, payloadHash: string): void {
  if (isSha256(payloadHash) || payloadHash === "UNSIGNED-PAYLOAD" || streamingHashes.includes(payloadHash)) return;
  throw signatureError(service, "payload-hash-invalid");
}

/**
 * The body of a request as its service gets it: small ones and documents whole and verified, those of large objects as
 * a stream that fails at its end if it is not what was signed. Who reads that must read it to its end before acting on
 * it. Hashes other than a plain SHA-256 are verified by S3, chunk by chunk.
 */
export async function verifiedBody(body: IncomingBody, service: string, payloadHash: string): Promise<Readable> {
  const mismatch = () => signatureError(service, "payload-mismatch");
  const sha256 = isSha256(payloadHash) ? payloadHash : undefined;
  const { declaredLength } = body;
  const isLarge = declaredLength === undefined || declaredLength > largestWholeObject;
  if (service === "s3" && isLarge) return body.stream(sha256, mismatch);
  const read = await readDocument(body, service);
  if (sha256 !== undefined && read.sha256 !== sha256) throw mismatch();
  return new WholeBody(read.chunks);
}

/** Reads the body of a request that declares no hash, for the hash to go into the canonical request. */
export async function undeclaredBody(body: IncomingBody, service: string): Promise<{ body: Readable; hash: string }> {
  if (service === "s3") throw signatureError(service, "payload-hash-missing");
  const { chunks, sha256 } = await readDocument(body, service);
  return { body: new WholeBody(chunks), hash: sha256 };
}

function readDocument(body: IncomingBody, service: string): ReturnType<IncomingBody["whole"]> {
  return body.whole(largestDocument, () => signatureError(service, "payload-too-large"));
}

function isSha256(payloadHash: string): boolean {
  return /^[0-9a-f]{64}$/.test(payloadHash);
}
