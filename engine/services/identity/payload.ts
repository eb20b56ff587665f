import { createHash, hash } from "node:crypto";
import { Transform, type Readable, type TransformCallback } from "node:stream";

import { WholeBody } from "../protocol/request-body";
import { signatureError } from "./signature-errors";

/** The most that a body may have that is read whole to be hashed, in bytes. */
const largestWhole = 64 * 1024 * 1024;

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
  const sum = createHash("sha256");
  const verifier = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      sum.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(sum.digest("hex") === payloadHash ? null : signatureError(service, "payload-mismatch"));
    },
  });
  body.on("error", (error) => verifier.destroy(error));
  return body.pipe(verifier);
}

/** Whether a body is read whole, and checked, before its service gets it: objects are streamed, documents are small. */
export function isReadWhole(service: string, payloadHash: string): boolean {
  return service !== "s3" && /^[0-9a-f]{64}$/.test(payloadHash);
}

/** Reads a body that is small, as all but those of objects are; refuses one with another hash than was signed. */
export async function readVerified(body: Readable, service: string, payloadHash: string): Promise<Readable> {
  const bytes = await readAll(body, service);
  if (hash("sha256", bytes) !== payloadHash) throw signatureError(service, "payload-mismatch");
  return new WholeBody(bytes);
}

/** Reads a whole body whose request declares no hash, for the hash to go into the canonical request. */
export async function readUndeclared(body: Readable, service: string): Promise<{ body: Readable; hash: string }> {
  if (service === "s3") throw signatureError(service, "payload-hash-missing");
  const bytes = await readAll(body, service);
  return { body: new WholeBody(bytes), hash: hash("sha256", bytes) };
}

/** Listens instead of iterating: for a small body, a stream's iterator costs more than all else that is done with it. */
function readAll(body: Readable, service: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= largestWhole) chunks.push(chunk);
      // What follows is read and dropped, so that the sender gets to see the answer.
      else reject(signatureError(service, "payload-too-large"));
    });
    body.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    body.once("error", reject);
    body.once("close", () => reject(new Error("the request was broken off")));
  });
}
