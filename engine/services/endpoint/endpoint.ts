import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

import type { Clock } from "../clock";
import type { Identity } from "../identity/identity";
import { AwsError, type AwsRequest } from "../protocol/message";
import type { AwsService } from "../protocol/operation";
import { readClaimed } from "./authentication";
import { isLoopback, readIncoming, type Incoming } from "./incoming";
import { IncomingBody } from "./incoming-body";
import { sendRaw, sendResponse } from "./outgoing";
import { looksLikeS3, unroutedService } from "./unrouted";

export interface EndpointOptions {
  readonly services: readonly AwsService[];
  readonly identity: Identity;
  readonly clock: Clock;
  /** Answers paths that start with `/_tandem/`, asked for by this machine's name; without it they are 404. */
  readonly control?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Told of every error that is not AWS's own: a bug of ours. The sender gets 500 InternalFailure. */
  readonly onFault?: (error: unknown) => void;
  /** How long a client may send nothing in the middle of a request, in milliseconds. @defaultValue 20 s, as S3 */
  readonly silence?: number;
}

/** How many silences in a row, after the first, a client may take before it reads on in an answer. */
const patience = 15;

/** What a connection is answered whose request is no HTTP, by Node's error code. */
const brokenAnswers: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [400, "Your request header section exceeds the maximum allowed request header section size."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive within the timeout period."],
};

/** A request under way on a connection, so that a broken connection can be answered in its service's protocol. */
interface UnderWay {
  service: AwsService;
  request: AwsRequest;
  readonly response: ServerResponse;
}

/** The one loopback HTTP server that speaks AWS's wire protocols: checks who sent a request and hands it over. */
export class Endpoint {
  private readonly server: Server;
  private readonly services: ReadonlyMap<string, AwsService>;
  private readonly unrouted: AwsService;
  private readonly silence: number;
  private readonly underWay = new WeakMap<Duplex, UnderWay>();

  public constructor(private readonly options: EndpointOptions) {
    this.services = new Map(options.services.map((service) => [service.signingName, service]));
    this.unrouted = unroutedService([...this.services.keys()].sort());
    this.silence = options.silence ?? 20_000;
    this.server = createServer({
      // A body may take as long as it keeps coming; its headers may not.
      requestTimeout: 0,
      headersTimeout: this.silence,
      connectionsCheckingInterval: Math.min(5000, this.silence),
      keepAliveTimeout: 60_000,
    });
    this.server.setTimeout(this.silence);
    const handle =
      (awaitsContinue: boolean) =>
      (request: IncomingMessage, response: ServerResponse): void => {
        this.handle(request, response, awaitsContinue).catch((error: unknown) => {
          this.options.onFault?.(error);
          response.destroy();
        });
      };
    this.server.on("request", handle(false));
    this.server.on("checkContinue", handle(true));
    // An expectation other than 100-continue is answered 417 by Node unless this is listened to; HTTP lets us ignore it.
    this.server.on("checkExpectation", handle(false));
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket) => this.answerBroken(error, socket));
  }

  /** The signing names of the services behind it. */
  public get serviceNames(): readonly string[] {
    return [...this.services.keys()];
  }

  public serviceOf(signingName: string): AwsService | undefined {
    return this.services.get(signingName);
  }

  /** Listens on 127.0.0.1 only; 0 takes any free port. Resolves to the port; rejects (`EADDRINUSE`) if it is taken. */
  public listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", () => {
        this.server.off("error", reject);
        this.server.on("error", (error) => this.options.onFault?.(error));
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** How many clients are connected. */
  public connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /** Stops listening and ends every connection. */
  public close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async handle(message: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> {
    // A client that leaves makes the response fail, too: the request's body is where that is noticed.
    response.on("error", () => undefined);
    const body = new IncomingBody(message, response, awaitsContinue);
    this.watchSilence(message, response, body);
    const incoming = readIncoming(message, response);
    response.setHeader("x-amzn-requestid", incoming.request.id);
    response.setHeader("x-amz-request-id", incoming.request.id);
    if (incoming.request.rawPath.startsWith("/_tandem/")) return this.handOverControl(incoming, message, response);

    const current: UnderWay = { service: this.unsignedService(incoming.request), request: incoming.request, response };
    this.underWay.set(message.socket, current);
    try {
      const claimed = readClaimed(incoming, this.options.identity, this.options.clock);
      if (claimed.service !== undefined) current.service = this.services.get(claimed.service) ?? this.unrouted;
      current.request = await claimed.verify(body);
      await sendResponse(response, await current.service.handle(current.request));
    } catch (error) {
      await this.answerError(error, current, message, body);
    } finally {
      this.underWay.delete(message.socket);
      void body.drain();
    }
  }

  private async answerError(
    error: unknown,
    { service, request, response }: UnderWay,
    message: IncomingMessage,
    body: IncomingBody,
  ): Promise<void> {
    const left = message.socket.destroyed || (message.destroyed && !message.complete);
    if (response.headersSent || left) {
      if (!left) this.options.onFault?.(error);
      response.destroy();
      return;
    }
    if (!(error instanceof AwsError)) this.options.onFault?.(error);
    const answer =
      error instanceof AwsError
        ? error
        : new AwsError("InternalFailure", "The request processing has failed because of an unknown error.", 500);
    // Nothing more is expected of a client that stopped sending.
    if (body.isStalled) response.setHeader("connection", "close");
    // A connection that ends with the answer would take the answer along, if the client still sends.
    else if (!response.shouldKeepAlive) await body.drain();
    await sendResponse(response, service.formatError(answer, request)).catch(() => response.destroy());
    if (body.isStalled) message.socket.destroySoon();
  }

  /**
   * Cuts off a client that stops sending its request, or reading its answer. Node reports a socket that nothing was
   * written to or read from for a while; a request that waits for its service, as long polls do, is left alone.
   */
  private watchSilence(message: IncomingMessage, response: ServerResponse, body: IncomingBody): void {
    let written = -1;
    let silences = 0;
    message.on("timeout", () => {
      if (body.isStalled || response.writableFinished) message.socket.destroy();
      else body.stall();
    });
    response.on("timeout", (socket: Socket) => {
      // Nothing waits for the client to read: the service has nothing to say, or not yet.
      if (socket.writableLength === 0) return;
      silences = socket.bytesWritten === written ? silences + 1 : 0;
      written = socket.bytesWritten;
      if (silences >= patience) socket.destroy();
      // Node reports a silence once; only this makes it report the next.
      else socket.setTimeout(this.silence);
    });
  }

  private unsignedService(request: AwsRequest): AwsService {
    return (looksLikeS3(request) && this.services.get("s3")) || this.unrouted;
  }

  /** A page in a browser can have its own host name lead here; it must not reach what only this machine may ask. */
  private async handOverControl(incoming: Incoming, message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { control, onFault } = this.options;
    try {
      if (control && isLoopback(message.headers.host)) return await control(message, response);
      response.writeHead(control ? 403 : 404).end();
    } catch (error) {
      onFault?.(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }

  /** Answers what is not HTTP, has too large headers, or stops in the middle. */
  private answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
    const current = this.underWay.get(socket);
    if (error.code === "ECONNRESET" || !socket.writable || current?.response.headersSent) {
      socket.destroy();
      return;
    }
    if (current) {
      const incomplete = new AwsError(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
      );
      sendRaw(socket, current.service.formatError(incomplete, current.request), current.request.id);
      return;
    }
    const [status, body] = brokenAnswers[error.code ?? ""] ?? [400, "An error occurred when parsing the HTTP request."];
    sendRaw(socket, { status, body, headers: { "content-type": "text/plain" } });
  }
}
