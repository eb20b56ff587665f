import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An invocation, as it is handed to a function's process. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly functionArn: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly payload: Buffer;
  readonly clientContext?: string;
}

/** What a function's process says through the Runtime API. */
interface RuntimeApiListener {
  /** It asks for an event. */
  onNext(): void;
  onResponse(requestId: string, result: RuntimeResult): void;
  onInitError(document: Buffer): void;
}

export type RuntimeResult =
  | { readonly kind: "response" | "error"; readonly payload: Buffer }
  /** The response is larger than Lambda takes. */
  | { readonly kind: "too-large" };

/** Bytes: 6 MB and a little, as in AWS's own message. */
export const responseLimit = 6_291_556;

const base = "/2018-06-01/runtime/";

/**
 * The Lambda Runtime API of one process (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), on a loopback
 * port of its own, so that no function can take another's events.
 */
export class RuntimeApi {
  private readonly server: Server;
  private waiting: ServerResponse | undefined;
  private queued: RuntimeInvocation | undefined;

  public constructor(private readonly listener: RuntimeApiListener) {
    this.server = createServer((request, response) => void this.serve(request, response));
    // A function may think for 15 minutes between two requests, and wait for an event for longer.
    this.server.requestTimeout = 0;
    this.server.keepAliveTimeout = 0;
    this.server.on("clientError", (_error, socket) => socket.destroy());
  }

  /** Resolves to `127.0.0.1:<port>`. */
  public listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(this.server.address() as AddressInfo).port}`));
    });
  }

  /** Hands over an invocation, as soon as the process asks for one. */
  public deliver(invocation: RuntimeInvocation): void {
    const response = this.waiting;
    if (response === undefined) {
      this.queued = invocation;
      return;
    }
    this.waiting = undefined;
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": invocation.payload.length,
      "lambda-runtime-aws-request-id": invocation.requestId,
      "lambda-runtime-deadline-ms": invocation.deadline,
      "lambda-runtime-invoked-function-arn": invocation.functionArn,
      ...(invocation.clientContext !== undefined && { "lambda-runtime-client-context": invocation.clientContext }),
    });
    response.end(invocation.payload);
  }

  public close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const route = (request.url ?? "").startsWith(base) ? (request.url ?? "").slice(base.length) : "";
      if (request.method === "GET" && route === "invocation/next") return this.wait(response);
      const [, requestId, kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(route) ?? [];
      if (request.method !== "POST" || (requestId === undefined && route !== "init/error"))
        return answer(response, 404);
      const body = await readUpTo(request, responseLimit);
      if (requestId === undefined) this.listener.onInitError(body ?? Buffer.from("{}"));
      else if (body === undefined) this.listener.onResponse(requestId, { kind: "too-large" });
      else this.listener.onResponse(requestId, { kind: kind === "error" ? "error" : "response", payload: body });
      answer(response, body === undefined ? 413 : 202);
    } catch {
      // The process went away in the middle of a request; its exit says the rest.
      response.destroy();
    }
  }

  private wait(response: ServerResponse): void {
    this.waiting = response;
    response.on("close", () => {
      if (this.waiting === response) this.waiting = undefined;
    });
    this.listener.onNext();
    if (this.queued === undefined) return;
    const queued = this.queued;
    this.queued = undefined;
    this.deliver(queued);
  }
}

function answer(response: ServerResponse, status: number): void {
  const body = JSON.stringify(status < 300 ? { status: "OK" } : { errorType: String(status), errorMessage: "refused" });
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** The body; undefined where it is longer than `limit` bytes (it is read to its end all the same). */
async function readUpTo(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else chunks = [];
  }
  return length > limit ? undefined : Buffer.concat(chunks, length);
}
