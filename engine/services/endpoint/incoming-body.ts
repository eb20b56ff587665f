import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Transform, type Readable, type TransformCallback } from "node:stream";

import { AwsError } from "../protocol/message";

/** How a client that stops sending is refused (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
function requestTimeout(): AwsError {
  const message =
    "Your socket connection to the server was not read from or written to within the timeout period. " +
    "Idle connections will be closed.";
  return new AwsError("RequestTimeout", message);
}

/**
 * The body of a request while it arrives. It fails, and nothing else does, if the client leaves or stops sending: every
 * stream and promise that it hands out has an error handler from the start.
 */
export class IncomingBody {
  private failure: AwsError | undefined;
  private onFailure: ((error: Error) => void) | undefined;
  private isAsked: boolean;

  /** @param awaitsContinue whether the client sends its body only after `100 Continue`. */
  public constructor(
    private readonly message: IncomingMessage,
    private readonly response: ServerResponse,
    awaitsContinue: boolean,
  ) {
    this.isAsked = !awaitsContinue;
    message.on("error", (error) => this.onFailure?.(error));
    message.on("close", () => {
      if (!message.readableEnded) this.onFailure?.(new Error("the client left before the end of the body"));
    });
  }

  /** The number of bytes that the request declares; undefined where it declares none. */
  public get declaredLength(): number | undefined {
    const text = this.message.headers["content-length"];
    if (text !== undefined) return Number(text);
    return this.message.headers["transfer-encoding"] === undefined ? 0 : undefined;
  }

  /** Whether the body failed because the client stopped sending. */
  public get isStalled(): boolean {
    return this.failure !== undefined;
  }

  /** Fails the body because the client stopped sending. */
  public stall(): void {
    this.failure ??= requestTimeout();
    this.onFailure?.(this.failure);
  }

  /** Asks for the body if the client waits for that. */
  public ask(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    this.response.writeContinue();
  }

  /**
   * Reads the whole body, in pieces, and its SHA-256; rejects with `tooLarge` beyond `limit` bytes, of which no more
   * than that is kept.
   */
  public whole(limit: number, tooLarge: () => AwsError): Promise<{ chunks: readonly Buffer[]; sha256: string }> {
    this.ask();
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      // A piece is hashed while the processor still has it at hand.
      const sum = createHash("sha256");
      let size = 0;
      this.onFailure = reject;
      this.message.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) return reject(tooLarge());
        sum.update(chunk);
        chunks.push(chunk);
      });
      this.message.once("end", () => resolve({ chunks, sha256: sum.digest("hex") }));
    });
  }

  /** Passes the body on while it arrives; at its end, fails with `mismatch` if its SHA-256 is not `sha256`. */
  public stream(sha256?: string, mismatch?: () => AwsError): Readable {
    this.ask();
    const sum = sha256 === undefined ? undefined : createHash("sha256");
    const passed = new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        sum?.update(chunk);
        done(null, chunk);
      },
      flush(done) {
        done(sum && mismatch && sum.digest("hex") !== sha256 ? mismatch() : null);
      },
    });
    // Whoever reads the stream gets its error; if nobody does, the error must not end the process.
    passed.on("error", () => undefined);
    this.onFailure = (error) => void passed.destroy(error);
    return this.message.pipe(passed);
  }

  /** Reads and drops what is left, so that the client gets to read the answer; resolves when nothing is left. */
  public drain(): Promise<void> {
    const { message } = this;
    if (message.readableEnded || message.destroyed || !this.isAsked) return Promise.resolve();
    // Nobody reads on from what the body was passed to, which would hold the rest back.
    message.unpipe();
    message.resume();
    return new Promise((resolve) => {
      message.once("end", resolve);
      message.once("close", resolve);
      this.onFailure = () => resolve();
    });
  }
}
