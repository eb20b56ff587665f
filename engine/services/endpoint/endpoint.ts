import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import type { Clock } from "../clock";
import type { Identity } from "../identity/identity";
import { checkPayloadHash, isReadWhole, readUndeclared, readVerified, verifiedBody } from "../identity/payload";
import { verifySigV2 } from "../identity/sigv2";
import { readClaim, verifyClaim } from "../identity/sigv4";
import { AwsError, type AwsRequest } from "../protocol/message";
import { WholeBody } from "../protocol/request-body";
import type { AwsService } from "../protocol/operation";
import { isLoopback, readIncoming, type Incoming } from "./incoming";
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
}

/** A request under way on a connection, so that a broken connection can be answered in its service's protocol. */
interface UnderWay {
  readonly service: AwsService;
  readonly request: AwsRequest;
  readonly response: ServerResponse;
}

/** The one loopback HTTP server that speaks AWS's wire protocols: checks who sent a request and hands it over. */
export class Endpoint {
  private readonly server: Server;
  private readonly services: ReadonlyMap<string, AwsService>;
  private readonly underWay = new WeakMap<Duplex, UnderWay>();

  public constructor(private readonly options: EndpointOptions) {
    this.services = new Map(options.services.map((service) => [service.signingName, service]));
    this.server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
    this.server.on("request", (request, response) => void this.handle(request, response, false));
    this.server.on("checkContinue", (request, response) => void this.handle(request, response, true));
    // An expectation other than 100-continue is answered 417 by Node unless this is listened to; HTTP lets us ignore it.
    this.server.on("checkExpectation", (request, response) => void this.handle(request, response, false));
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket) => this.answerBroken(error, socket));
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

  /** Stops listening and ends every connection. */
  public close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async handle(message: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> {
    // A client that goes away makes the message fail; whoever reads it notices, and nobody else needs to.
    message.on("error", () => undefined);
    response.on("error", () => undefined);
    const incoming = readIncoming(message, response);
    response.setHeader("x-amzn-requestid", incoming.request.id);
    response.setHeader("x-amz-request-id", incoming.request.id);
    if (incoming.request.rawPath.startsWith("/_tandem/")) return this.handOverControl(incoming, message, response);

    let { request } = incoming;
    let service = this.unsignedService(request);
    try {
      const claim = readClaim(incoming.signed, (name) => headerText(message.headers[name]));
      if (claim) service = this.services.get(claim.service) ?? unroutedService;
      const older = claim ? undefined : verifySigV2(incoming.signed, this.options.identity, this.options.clock);
      if (older) {
        service = this.services.get("s3") ?? unroutedService;
        request = { ...request, ...older };
      }
      if (claim) {
        let { payloadHash } = claim;
        if (payloadHash === undefined) {
          if (awaitsContinue) response.writeContinue();
          awaitsContinue = false;
          const read = await readUndeclared(message, claim.service);
          request = { ...request, body: read.body };
          payloadHash = read.hash;
        } else checkPayloadHash(claim.service, payloadHash);
        const verified = verifyClaim(claim, incoming.signed, payloadHash, this.options.identity, this.options.clock);
        request = { ...request, ...verified };
        if (!(request.body instanceof WholeBody)) {
          if (isReadWhole(claim.service, payloadHash)) {
            this.underWay.set(message.socket, { service, request, response });
            if (awaitsContinue) response.writeContinue();
            awaitsContinue = false;
            request = { ...request, body: await readVerified(message, claim.service, payloadHash) };
          } else request = { ...request, body: verifiedBody(message, claim.service, payloadHash) };
        }
      }
      this.underWay.set(message.socket, { service, request, response });
      if (awaitsContinue) response.writeContinue();
      await sendResponse(response, await service.handle(request));
    } catch (error) {
      await this.answerError(error, service, request, message, response);
    } finally {
      this.underWay.delete(message.socket);
      // What is left of a body that was refused has to be read, or the client never gets to read the answer.
      if (!message.readableEnded) message.resume();
    }
  }

  private async answerError(
    error: unknown,
    service: AwsService,
    request: AwsRequest,
    message: IncomingMessage,
    response: ServerResponse,
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
    await sendResponse(response, service.formatError(answer, request)).catch(() => response.destroy());
  }

  private unsignedService(request: AwsRequest): AwsService {
    return (looksLikeS3(request) && this.services.get("s3")) || unroutedService;
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
    const overflow = error.code === "HPE_HEADER_OVERFLOW";
    const message = overflow
      ? "Your request header section exceeds the maximum allowed request header section size."
      : "An error occurred when parsing the HTTP request.";
    sendRaw(socket, { status: 400, body: message, headers: { "content-type": "text/plain" } });
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}
