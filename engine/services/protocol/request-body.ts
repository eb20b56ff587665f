import { Readable } from "node:stream";
import { AwsError } from "./message";

/** A body that was read whole already; {@link readBody} takes it as it is. */
export class WholeBody extends Readable {
  public constructor(public readonly bytes: Buffer) {
    super();
  }

  public override _read(): void {
    this.push(this.bytes);
    this.push(null);
  }
}

/**
 * Reads a small request body (a JSON or query document, an invocation's payload) whole.
 * @param limit bytes; a longer body is refused with what `tooLarge` makes, and what follows is not kept.
 */
export async function readBody(body: Readable, limit: number, tooLarge: (limit: number) => AwsError): Promise<Buffer> {
  if (body instanceof WholeBody) {
    if (body.bytes.length > limit) throw tooLarge(limit);
    return body.bytes;
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
