import { STATUS_CODES, type ServerResponse } from "node:http";
import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { AwsResponse } from "../protocol/message";
import { spend } from "../spent-buffers";

const beyondAscii = /[\u0080-\uffff]/;

/** Sends an answer; resolves once it is handed to the connection. A streamed body is closed whatever happens. */
export async function sendResponse(response: ServerResponse, answer: AwsResponse): Promise<void> {
  const { status, headers = {}, body } = answer;
  if (response.destroyed || response.writableEnded) {
    if (body instanceof Readable) body.destroy();
    return;
  }
  let isAscii = true;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    response.setHeader(name, value);
    if (typeof value === "string" && beyondAscii.test(value)) isAscii = false;
  }
  response.statusCode = status;
  if (body instanceof Readable) {
    // A file cut short by hand while it is read must break the connection, not leave the client waiting for the rest.
    response.strictContentLength = true;
    body.on("data", (chunk: Buffer) => spend(chunk.length));
    await pipeline(body, response);
    return;
  }
  const bodiless = status === 204 || status === 304;
  if (!bodiless && !response.hasHeader("content-length"))
    response.setHeader("content-length", body === undefined ? 0 : Buffer.byteLength(body));
  const sent = bodiless || response.req.method === "HEAD" ? undefined : body;
  if (isAscii) {
    // Text leaves together with the headers, in one write.
    response.end(sent);
    return;
  }
  // Node would encode such headers again: those in front of a text as UTF-8, and Content-Disposition in `end` itself.
  response.writeHead(status);
  response.end(sent === undefined ? undefined : Buffer.from(sent));
}

/** Writes an answer on a connection whose request Node's parser gave up on, and ends the connection. */
export function sendRaw(socket: Duplex, answer: AwsResponse, requestId?: string): void {
  const body = asBuffer(answer.body instanceof Readable ? undefined : answer.body);
  const lines = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}`, "connection: close"];
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== undefined && name.toLowerCase() !== "content-length") lines.push(`${name}: ${String(value)}`);
  }
  if (requestId) lines.push(`x-amzn-requestid: ${requestId}`, `x-amz-request-id: ${requestId}`);
  lines.push(`content-length: ${body.length}`, "", "");
  socket.end(Buffer.concat([Buffer.from(lines.join("\r\n")), body]), () => socket.destroy());
}

function asBuffer(body: string | Buffer | undefined): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body ?? "");
}
