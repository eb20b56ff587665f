import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { refusalAnswer, type RefusalStatus } from "./gateway-answer";

interface ApiServerOptions {
  onRequest(message: IncomingMessage, response: ServerResponse): void;
  /** Told of an error of the server itself. */
  onFault(error: unknown): void;
  /** Milliseconds a client may take for a request's headers. @defaultValue 10 s */
  readonly headersTimeout?: number;
  /** Milliseconds a client may take for a whole request. @defaultValue 60 s */
  readonly requestTimeout?: number;
}

/** Bytes of request line and headers: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const largestHead = 10_240;

/** The loopback server of one API. What is not HTTP it answers itself. */
export class ApiServer {
  private readonly server: Server;

  public constructor(private readonly options: ApiServerOptions) {
    const { headersTimeout = 10_000, requestTimeout = 60_000 } = options;
    this.server = createServer({
      maxHeaderSize: largestHead,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout),
      keepAliveTimeout: 60_000,
    });
    this.server.on("request", (message, response) => options.onRequest(message, response));
    // An expectation other than 100-continue would be a 417; HTTP lets us ignore it.
    this.server.on("checkExpectation", (message, response) => options.onRequest(message, response));
    this.server.on("connect", (_message, socket) => sendRaw(socket, 400));
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket) => answerBroken(error, socket));
  }

  /** Listens on 127.0.0.1 only; 0 takes any free port. Resolves to the port; rejects (`EADDRINUSE`) where it is taken. */
  public listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", () => {
        this.server.off("error", reject);
        this.server.on("error", (error) => this.options.onFault(error));
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
}

function answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  if (error.code === "HPE_HEADER_OVERFLOW") return sendRaw(socket, 431);
  sendRaw(socket, error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400);
}

/** Writes an answer on a connection whose request Node's parser gave up on, and ends the connection. */
function sendRaw(socket: Duplex, status: RefusalStatus): void {
  const body = String(refusalAnswer(status).body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
