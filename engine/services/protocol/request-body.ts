import { Readable } from "node:stream";
import { AwsError } from "./message";

/** A body that was read whole already; {@link readBody} takes it as it is. */
export class WholeBody extends Readable {
  /** @param chunks the body as it arrived: to join it costs as much as to write it */
  public constructor(public readonly chunks: readonly Buffer[]) {
    super();
  }

  /** The body in one piece. */
  public get bytes(): Buffer {
    return this.chunks.length === 1 && this.chunks[0] ? this.chunks[0] : Buffer.concat(this.chunks);
  }

  public override _read(): void {
    for (const chunk of this.chunks) this.push(chunk);
    this.push(null);
  }
}

/**
 * Reads a small request body (a JSON or query document, an invocation's payload) whole.
 * @param limit bytes; a longer body is refused with what `tooLarge` makes, and what follows is not kept.
 */
export async function readBody(body: Readable, limit: number, tooLarge: (limit: number) => AwsError): Promise<Buffer> {
  if (body instanceof WholeBody) {
    const { bytes } = body;
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    // The rest is read and dropped: a sender that is still writing would see a broken pipe instead of the answer.
    if (length <= limit) chunks.push(bytes);
    else chunks.length = 0;
  }
  if (length > limit) throw tooLarge(limit);
  return Buffer.concat(chunks, length);
}
