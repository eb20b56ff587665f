import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { SignedRequest } from "../identity/canonical-request";
import type { AwsRequest } from "../protocol/message";

/** An HTTP request as the services see it, and as its signature covers it. */
export interface Incoming {
  readonly request: AwsRequest;
  readonly signed: SignedRequest;
}

/**
 * Takes a request apart without `URL`, which would resolve `..` and so change both the key of an object and what the
 * signature was made of. The caller is still unknown.
 */
export function readIncoming(message: IncomingMessage, response: ServerResponse): Incoming {
  const method = message.method ?? "GET";
  const target = originForm(message.url ?? "/");
  const question = target.indexOf("?");
  const rawPath = question < 0 ? target : target.slice(0, question);
  const rawQuery = question < 0 ? "" : target.slice(question + 1);
  const request: AwsRequest = {
    id: randomUUID(),
    method,
    rawPath,
    query: new URLSearchParams(rawQuery),
    headers: message.headers,
    body: message,
    caller: undefined,
    endpoint: `http://${hostOf(message)}`,
    signature: undefined,
    onGone: (callback) => response.once("close", () => response.writableFinished || callback()),
  };
  return { request, signed: { method, rawPath, rawQuery, rawHeaders: message.rawHeaders } };
}

/** Whether a `Host` header names this machine. */
export function isLoopback(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? "");
}

/** A proxy's request has the whole address where others have the path. */
function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  return rest.startsWith("/") ? rest : "/" + rest;
}

function hostOf(message: IncomingMessage): string {
  const { host } = message.headers;
  if (host !== undefined && /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host)) return host;
  return `127.0.0.1:${message.socket.localPort ?? 0}`;
}
