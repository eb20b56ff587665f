import * as http from "node:http";
import * as https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { IntegrationDefinition } from "./api-definition";
import type { Exchange } from "./exchange";
import { Refusal, type AnswerHeaders, type GatewayAnswer } from "./gateway-answer";
import { collectHeaders } from "./gateway-request";
import { hopsHeader, nextHop } from "./hops";
import { parameterChanges } from "./parameter-mapping";

interface Target {
  readonly url: URL;
  /** Path and query, as they are sent: `URL` would resolve dots, and so leave the folder that the integration names. */
  readonly path: string;
  readonly headers: Map<string, readonly string[]>;
}

const agents = {
  "http:": new http.Agent({ keepAlive: true }),
  "https:": new https.Agent({ keepAlive: true }),
};

/**
 * Answers a request with what another server answers
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html). Bodies
 * stream both ways; redirects are the client's to follow.
 * @throws Refusal
 */
export async function answerWithProxy(exchange: Exchange, integration: IntegrationDefinition): Promise<GatewayAnswer> {
  const { request } = exchange;
  const hop = nextHop(request);
  const target = targetOf(exchange, integration);
  target.headers.set(hopsHeader, [hop]);
  const method = integration.method === "ANY" || integration.method === "" ? request.method : integration.method;
  const received = await exchange.timed(() => send(exchange, integration, target, method));
  exchange.integration.status = received.statusCode ?? 0;
  return answerOf(exchange, integration, received);
}

function targetOf(exchange: Exchange, integration: IntegrationDefinition): Target {
  const { request, match, stage, api } = exchange;
  const variables = stage?.variables ?? {};
  const uri = integration.uri
    .replace(/\$\{stageVariables\.(\w+)\}/g, (_all, name: string) => variables[name] ?? "")
    .replace(/\{([^{}]+)\}/g, (_all, name: string) => encodePath(match?.parameters?.[name.replace(/\+$/, "")] ?? ""));
  const [, origin = "", path = "", fixedQuery = ""] = /^(https?:\/\/[^/?#]+)([^?#]*)(?:\?([^#]*))?/i.exec(uri) ?? [];
  if (!URL.canParse(origin)) throw new Refusal(500, `API ${api.displayName} cannot proxy to "${integration.uri}"`);
  const headers = new Map<string, readonly string[]>(request.headers());
  for (const name of ["host", "content-length", "expect"]) headers.delete(name);
  const query = new URLSearchParams(fixedQuery);
  for (const [name, values] of request.query()) for (const value of values) query.append(name, value);
  // A fixed path serves one page; `$default` stands for the whole of another server.
  let sentPath = match?.route.key === "$default" ? joinPaths(path, request.encodedPath) : path || "/";
  const changes = parameterChanges(integration.requestParameters, exchange);
  for (const { action, place, name, value } of changes) {
    if (place === "path") sentPath = value.startsWith("/") ? encodePath(value) : `/${encodePath(value)}`;
    else if (place === "querystring") {
      if (action !== "append") query.delete(name);
      if (action !== "remove") query.append(name, value);
    } else if (action === "remove") headers.delete(name);
    else headers.set(name, action === "append" ? [...(headers.get(name) ?? []), value] : [value]);
  }
  const isUnchanged = fixedQuery === "" && !changes.some(({ place }) => place === "querystring");
  const search = isUnchanged ? request.rawQuery : query.toString();
  const forwarded = `by=127.0.0.1;for=${request.sourceIp};host=${request.host};proto=http`;
  headers.set("forwarded", [...(headers.get("forwarded") ?? []), forwarded]);
  headers.set("x-amzn-trace-id", [request.traceId]);
  return { url: new URL(origin), path: search === "" ? sentPath : `${sentPath}?${search}`, headers };
}

function send(
  exchange: Exchange,
  integration: IntegrationDefinition,
  { url, path, headers }: Target,
  method: string,
): Promise<http.IncomingMessage> {
  const { request, clock } = exchange;
  const length = request.message.headers["content-length"];
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === "https:";
    const sent = (isSecure ? https : http).request({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path,
      method,
      agent: isSecure ? agents["https:"] : agents["http:"],
      headers: {
        ...Object.fromEntries(headers),
        ...(request.hasBody && length !== undefined ? { "content-length": length } : {}),
      },
    });
    const timer = clock.after(integration.timeout, () => {
      fail(new Refusal(503, `${url.origin} took longer than ${integration.timeout} ms`));
    });
    const leave = (): void => fail(new Error("the client went away"));
    const fail = (error: Error): void => {
      timer.cancel();
      exchange.integration.error = error.message;
      reject(error);
      sent.destroy();
    };
    const { socket } = request.message;
    socket.once("close", leave);
    sent.on("error", (error) => {
      fail(error instanceof Refusal ? error : new Refusal(500, `${url.origin} cannot be reached: ${error.message}`));
    });
    sent.on("response", (received) => {
      timer.cancel();
      received.once("close", () => socket.off("close", leave));
      resolve(received);
    });
    sent.on("close", () => timer.cancel());
    if (!request.hasBody) sent.end();
    else {
      pipeline(request.streamBody(), sent).catch((error: unknown) => {
        // A server may answer before it has read everything; then what it answered counts.
        if (error instanceof Refusal) fail(error);
      });
    }
  });
}

function answerOf(
  exchange: Exchange,
  integration: IntegrationDefinition,
  received: http.IncomingMessage,
): GatewayAnswer {
  const headers = collectHeaders(received.rawHeaders);
  let status = received.statusCode ?? 500;
  const mapping = integration.responseParameters.get(String(status)) ?? {};
  const header = (name: string): string | undefined => headers.get(name)?.join(",");
  for (const { action, place, name, value } of parameterChanges(mapping, exchange, header)) {
    if (place === "statuscode") status = Number(value);
    else if (action === "remove") headers.delete(name);
    else headers.set(name, action === "append" ? [...(headers.get(name) ?? []), value] : [value]);
  }
  const plain: AnswerHeaders = {};
  for (const [name, values] of headers) plain[name] = values.length === 1 ? (values[0] ?? "") : values;
  return { status, headers: plain, body: received };
}

/** Encodes what a path may not contain, and leaves slashes and dots as they are. */
function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function joinPaths(first: string, second: string): string {
  return first.replace(/\/$/, "") + second;
}

/** Whether a body is still to be read from another server. */
export function isStreamed(body: GatewayAnswer["body"]): body is Readable {
  return body instanceof Readable;
}
