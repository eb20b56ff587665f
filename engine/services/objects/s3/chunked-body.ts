import { createHash, createHmac, type Hash } from "node:crypto";

import { signatureError } from "../../identity/signature-errors";
import { sameSignature } from "../../identity/sigv4";
import { AwsError, type RequestSignature } from "../../protocol/message";
import { incompleteBody } from "../s3-errors";

/** The longest line between chunks, in bytes: S3's trailers are one checksum and one signature. */
const longestLine = 16 * 1024;
const emptyHash = createHash("sha256").digest("hex");

function malformed(): AwsError {
  return new AwsError("InvalidRequest", "The aws-chunked encoding of the body is not valid.", 400);
}

/** Gives out lines and counted bytes of a body, holding no more than one piece of it. */
class PieceReader {
  private piece: Buffer = Buffer.alloc(0);
  private readonly pieces: AsyncIterator<Buffer>;

  public constructor(source: AsyncIterable<Buffer>) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  /** A line without its end; undefined at the end of the body. */
  public async line(): Promise<string | undefined> {
    for (let end = this.piece.indexOf("\r\n"); ; end = this.piece.indexOf("\r\n")) {
      if (end >= 0) {
        const line = this.piece.toString("latin1", 0, end);
        this.piece = this.piece.subarray(end + 2);
        return line;
      }
      if (this.piece.length > longestLine) throw malformed();
      const held = this.piece;
      if (!(await this.next())) {
        if (held.length > 0) throw incompleteBody();
        return undefined;
      }
      this.piece = Buffer.concat([held, this.piece]);
    }
  }

  /** The next `count` bytes, in pieces as they come in. */
  public async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.piece.length === 0 && !(await this.next())) throw incompleteBody();
      const taken = this.piece.subarray(0, left);
      this.piece = this.piece.subarray(taken.length);
      left -= taken.length;
      if (taken.length > 0) yield taken;
    }
  }

  private async next(): Promise<boolean> {
    const { done, value } = await this.pieces.next();
    this.piece = done ? Buffer.alloc(0) : value;
    return !done;
  }
}

/** The chain of signatures over a body's chunks, each signed together with the one before it. */
class ChunkSignatures {
  private previous: string;

  public constructor(private readonly seed: RequestSignature) {
    this.previous = seed.signature;
  }

  public verifyChunk(given: string | undefined, hash: string): void {
    this.verify("AWS4-HMAC-SHA256-PAYLOAD", given, [emptyHash, hash]);
  }

  public verifyTrailer(given: string | undefined, hash: string): void {
    this.verify("AWS4-HMAC-SHA256-TRAILER", given, [hash]);
  }

  private verify(kind: string, given: string | undefined, hashes: readonly string[]): void {
    const { timestamp, scope, signingKey } = this.seed;
    const toSign = [kind, timestamp, scope, this.previous, ...hashes].join("\n");
    const expected = createHmac("sha256", signingKey).update(toSign).digest("hex");
    if (given === undefined || !sameSignature(given, expected)) throw signatureError("s3", "mismatch");
    this.previous = expected;
  }
}

/**
 * Takes the `aws-chunked` framing off a body as it streams, checks the signature of each chunk where they are signed,
 * and puts the trailing headers into `trailers`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, …/sigv4-streaming-trailers.html).
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  seed: RequestSignature,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new PieceReader(source);
  const signatures = seed.payloadHash.startsWith("STREAMING-AWS4-HMAC-SHA256") ? new ChunkSignatures(seed) : undefined;
  for (;;) {
    const line = await reader.line();
    if (line === undefined) throw incompleteBody();
    const [size = "", ...extensions] = line.split(";");
    if (!/^[0-9a-fA-F]{1,12}$/.test(size)) throw malformed();
    const length = Number.parseInt(size, 16);
    const hash: Hash | undefined = signatures && createHash("sha256");
    for await (const piece of reader.bytes(length)) {
      hash?.update(piece);
      yield piece;
    }
    const signature = extensions.map((extension) => /^\s*chunk-signature=(\S+)$/.exec(extension)?.[1]).find(Boolean);
    if (signatures && hash) signatures.verifyChunk(signature, hash.digest("hex"));
    if (length === 0) break;
    if ((await reader.line()) !== "") throw malformed();
  }
  await readTrailers(reader, seed, signatures, trailers);
}

async function readTrailers(
  reader: PieceReader,
  seed: RequestSignature,
  signatures: ChunkSignatures | undefined,
  trailers: Map<string, string>,
): Promise<void> {
  const hash = createHash("sha256");
  let signature: string | undefined;
  for (let line = await reader.line(); line !== undefined; line = await reader.line()) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon < 1) throw malformed();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "x-amz-trailer-signature") {
      signature = value;
      continue;
    }
    trailers.set(name, value);
    hash.update(`${name}:${value}\n`);
  }
  if (signatures && seed.payloadHash.endsWith("-TRAILER")) signatures.verifyTrailer(signature, hash.digest("hex"));
}
