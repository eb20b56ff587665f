import { createHash } from "node:crypto";
import { Readable, Transform, type TransformCallback } from "node:stream";

import { signatureError } from "./signature-errors";

/** The most that a body may have whose request does not declare a hash, in bytes: it is read whole to be hashed. */
const largestUndeclared = 64 * 1024 * 1024;

const streamingHashes = [
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
];

/** Refuses a value of `x-amz-content-sha256` that means nothing. */
export function checkPayloadHash(service: string, payloadHash: string): void {
  const known = payloadHash === "UNSIGNED-PAYLOAD" || streamingHashes.includes(payloadHash);
  if (!known && !/^[0-9a-f]{64}$/.test(payloadHash)) throw signatureError(service, "payload-hash-invalid");
}

/**
 * Passes `body` on while hashing it, and fails where it ends with another hash than was signed. Whoever uses the body
 * must read it to its end before acting on it. Anything but a plain SHA-256 is not this function's to check.
 */
export function verifiedBody(body: Readable, service: string, payloadHash: string): Readable {
  if (!/^[0-9a-f]{64}$/.test(payloadHash)) return body;
  const hash = createHash("sha256");
  const verifier = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(hash.digest("hex") === payloadHash ? null : signatureError(service, "payload-mismatch"));
    },
  });
  body.on("error", (error) => verifier.destroy(error));
  return body.pipe(verifier);
}

/** Reads a whole body whose request declares no hash, for the hash to go into the canonical request. */
export async function readUndeclared(body: Readable, service: string): Promise<{ body: Readable; hash: string }> {
  if (service === "s3") throw signatureError(service, "payload-hash-missing");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestUndeclared) throw signatureError(service, "payload-too-large");
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  return {
    body: Readable.from([whole], { objectMode: false }),
    hash: createHash("sha256").update(whole).digest("hex"),
  };
}
