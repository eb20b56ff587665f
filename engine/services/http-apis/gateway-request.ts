import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Refusal } from "./gateway-answer";

/** Bytes of the largest body: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const largestBody = 10 * 1024 * 1024;

// What concerns one connection only, and is not the request's.
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A request to an API, taken apart. */
export class GatewayRequest {
  /** As API Gateway's: 11 bytes in base 64. */
  public readonly id = newRequestId();
  public readonly method: string;
  /** The path as sent, still percent-encoded. */
  public readonly encodedPath: string;
  /** The path, decoded: what handlers get as `rawPath`. */
  public readonly path: string;
  /** The parts of the path after the first slash, decoded one by one. */
  public readonly segments: readonly string[];
  /** The query as sent, without the question mark. */
  public readonly rawQuery: string;
  private body: Promise<Buffer> | undefined;
  private collected: ReadonlyMap<string, readonly string[]> | undefined;

  /**
   * @param time milliseconds since the epoch
   * @throws Refusal 400 for a path that is not UTF-8
   */
  public constructor(
    public readonly message: IncomingMessage,
    public readonly time: number,
  ) {
    this.method = message.method ?? "GET";
    const target = originForm(message.url ?? "/");
    const question = target.indexOf("?");
    this.encodedPath = question < 0 ? target : target.slice(0, question);
    this.rawQuery = question < 0 ? "" : target.slice(question + 1);
    const segments = this.encodedPath.slice(1).split("/");
    this.segments = this.encodedPath.includes("%") ? segments.map(decodeSegment) : segments;
    this.path = `/${this.segments.join("/")}`;
  }

  public get host(): string {
    return this.message.headers.host ?? "";
  }

  public get sourceIp(): string {
    return (this.message.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
  }

  public get userAgent(): string {
    return this.message.headers["user-agent"] ?? "";
  }

  public get protocol(): string {
    return `HTTP/${this.message.httpVersion}`;
  }

  /** A header's value, repeated ones joined by commas; undefined where it was not sent. */
  public header(name: string): string | undefined {
    return this.headers().get(name.toLowerCase())?.join(",");
  }

  /** The headers by lower-case name, without those of the connection, in the order sent. */
  public headers(): ReadonlyMap<string, readonly string[]> {
    return (this.collected ??= collectHeaders(this.message.rawHeaders));
  }

  /** The query's names and decoded values, in the order sent. */
  public query(): Map<string, string[]> {
    const values = new Map<string, string[]>();
    if (this.rawQuery === "") return values;
    for (const pair of this.rawQuery.split("&")) {
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      const name = decodeQuery(equals < 0 ? pair : pair.slice(0, equals));
      const value = equals < 0 ? "" : decodeQuery(pair.slice(equals + 1));
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    }
    return values;
  }

  /** The value of `X-Amzn-Trace-Id`: the client's, or a new one. */
  public get traceId(): string {
    return this.header("x-amzn-trace-id") ?? newTraceId(this.time);
  }

  /** Whether the client announces a body. */
  public get hasBody(): boolean {
    const { headers } = this.message;
    return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  }

  /** Refuses a body whose length, as announced, is too large. */
  public checkLength(): void {
    if (Number(this.message.headers["content-length"] ?? 0) > largestBody) throw tooLarge();
  }

  /** The whole body. Rejects with Refusal 413, or with what ended the connection. */
  public readBody(): Promise<Buffer> {
    return (this.body ??= this.hasBody ? readWhole(this.message) : Promise.resolve(Buffer.alloc(0)));
  }

  /** Passes the body on piece by piece; throws Refusal 413 where it gets too long. */
  public async *streamBody(): AsyncGenerator<Buffer> {
    let length = 0;
    // Whoever stops reading, because the other server is gone, still has to answer over this connection.
    const chunks = this.message.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > largestBody) throw tooLarge();
      yield chunk;
    }
  }
}

/** Whether a request's client has gone away. A request that was destroyed has no socket any more. */
export function isGone({ socket }: IncomingMessage): boolean {
  return (socket as Socket | null)?.destroyed !== false;
}

function tooLarge(): Refusal {
  return new Refusal(413, `the body is larger than the ${largestBody / 1024 / 1024} MB that API Gateway takes`);
}

/** Headers by lower-case name, without those of the connection, in the order sent. */
export function collectHeaders(rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  let named: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    if (name === "connection") named = [...named, ...value.toLowerCase().split(/\s*,\s*/)];
    if (hopByHop.has(name)) continue;
    const known = headers.get(name);
    if (known === undefined) headers.set(name, [value]);
    else known.push(value);
  }
  for (const name of named) headers.delete(name);
  return headers;
}

/** 11 random bytes in base 64; taken out of a UUID, as Node makes many of those at once. */
function newRequestId(): string {
  const digits = randomUUID();
  return (
    Buffer.from(digits.slice(0, 8) + digits.slice(9, 13) + digits.slice(24), "hex")
      .toString("base64")
      .slice(0, 15) + "="
  );
}

/** `Root=1-<time>-<random>`: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traceid */
function newTraceId(time: number): string {
  const seconds = Math.floor(time / 1000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

/** A proxy's request has the whole address where others have the path. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  const rest = absolute === null ? target : target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, "the path is not UTF-8");
  }
}

function decodeQuery(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function readWhole(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= largestBody) chunks.push(chunk);
      else reject(tooLarge());
    });
    message.on("end", () => resolve(Buffer.concat(chunks, length)));
    message.on("error", reject);
    message.on("close", () => reject(new Error("the client went away")));
  });
}
