import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { DatabaseSync } from "node:sqlite";
import type { Account } from "../account";
import type { Activity } from "../activity";
import type { EngineEvents } from "../engine-events";
import type { Clock } from "../clock";
import type { Identity } from "../identity/identity";
import type { LogService } from "../logs/log-service";
import { accessLogLine } from "./access-log";
import type { ApiDefinition } from "./api-definition";
import { ApiPorts } from "./api-ports";
import { ApiServer } from "./api-server";
import { withCors } from "./cors";
import { Exchange } from "./exchange";
import type { FunctionInvoker } from "./function-integration";
import { passThrough } from "./gateway";
import { Refusal, refusalAnswer, type AnswerHeaders, type GatewayAnswer } from "./gateway-answer";
import { GatewayRequest, isGone } from "./gateway-request";
import { HttpApi } from "./http-api";
import { isStreamed } from "./proxy-integration";

export interface HttpApiServiceOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly account: Account;
  readonly identity: Identity;
  readonly functions: FunctionInvoker;
  readonly logs: Pick<LogService, "append">;
  /** Told of errors that are a bug of ours; the client gets a 500. */
  readonly onFault: (error: unknown) => void;
  /** Milliseconds; see {@link ApiServer}. */
  readonly headersTimeout?: number;
  readonly requestTimeout?: number;
}

/** An API that listens; `api` is known once it was applied. */
interface RunningApi {
  readonly server: ApiServer;
  readonly listening: Promise<string>;
  api: HttpApi;
  isApplied: boolean;
}

/** API Gateway's HTTP APIs: each has a loopback server of its own, on a port that it keeps from run to run. */
export class HttpApiService {
  /** Where each API answers, `http://127.0.0.1:PORT`, by its id. */
  public readonly endpoints = new Map<string, string>();
  private readonly running = new Map<string, RunningApi>();
  private readonly ports: ApiPorts;
  private isOpen = false;
  private waiting: (() => void)[] = [];

  public constructor(private readonly options: HttpApiServiceOptions) {
    this.ports = new ApiPorts(options.database);
  }

  /** Starts to listen for an API, so that its address is known; requests wait until {@link open}. Resolves to the address. */
  public reserve(definition: ApiDefinition): Promise<string> {
    const known = this.running.get(definition.id);
    if (known !== undefined) return known.listening;
    const { functions, clock, onFault, headersTimeout, requestTimeout } = this.options;
    const server = new ApiServer({
      onRequest: (message, response) => void this.serve(running, message, response),
      onFault,
      ...(headersTimeout === undefined ? {} : { headersTimeout }),
      ...(requestTimeout === undefined ? {} : { requestTimeout }),
    });
    const api = new HttpApi(definition, functions, clock);
    const running: RunningApi = { server, api, isApplied: false, listening: this.listen(definition, server) };
    this.running.set(definition.id, running);
    return running.listening;
  }

  /** Makes an API or changes it. */
  public async define(definition: ApiDefinition): Promise<void> {
    await this.reserve(definition);
    const running = this.running.get(definition.id);
    if (running === undefined) return;
    running.api.definition = definition;
    running.isApplied = true;
  }

  /** Closes an API with all that belongs to it. Its port stays known, for when it comes back. */
  public async remove(id: string): Promise<void> {
    const running = this.running.get(id);
    if (running === undefined) return;
    this.running.delete(id);
    this.endpoints.delete(id);
    await running.listening;
    await running.server.close();
  }

  /** An API's parts; undefined for one that does not run here. */
  public find(id: string): HttpApi | undefined {
    return this.running.get(id)?.api;
  }

  /** All that was recorded is applied: lets waiting requests in, and lets addresses go that nothing came of. */
  public async open(): Promise<void> {
    const unused = [...this.running].filter(([, { isApplied }]) => !isApplied).map(([id]) => id);
    await Promise.all(unused.map((id) => this.remove(id)));
    this.isOpen = true;
    for (const enter of this.waiting.splice(0)) enter();
  }

  public async close(): Promise<void> {
    for (const enter of this.waiting.splice(0)) enter();
    await Promise.all([...this.running.keys()].map((id) => this.remove(id)));
  }

  private async listen({ id, displayName }: ApiDefinition, server: ApiServer): Promise<string> {
    const kept = this.ports.find(id);
    let port: number;
    try {
      port = await server.listen(kept ?? 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      port = await server.listen(0);
      this.warn(`port ${kept ?? 0}, where API ${displayName} was, is in use; it has ${port} now`);
    }
    if (port !== kept) this.ports.keep(id, port);
    const address = `http://127.0.0.1:${port}`;
    this.endpoints.set(id, address);
    return address;
  }

  private async serve(running: RunningApi, message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { activity, onFault } = this.options;
    const end = activity.begin();
    // Who goes away makes these fail; whoever reads or writes notices, and nobody else needs to.
    message.on("error", ignore);
    response.on("error", ignore);
    response.once("close", end);
    try {
      if (!isLocalName(message.headers.host)) return await send(response, refusalAnswer(403));
      if (!this.isOpen) await new Promise<void>((resolve) => this.waiting.push(resolve));
      if (!running.isApplied) return await send(response, refusalAnswer(503));
      await this.answer(running.api, message, response);
    } catch (error) {
      if (response.destroyed || isGone(message)) return void response.destroy();
      onFault(error);
      if (response.headersSent) response.destroy();
      else await send(response, refusalAnswer(500)).catch(ignore);
    } finally {
      // What is left of a body that was refused has to be read, or the client never gets to read the answer.
      if (!message.complete) message.resume();
    }
  }

  private async answer(api: HttpApi, message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { account, clock } = this.options;
    const started = performance.now();
    let request: GatewayRequest;
    try {
      request = new GatewayRequest(message, clock.now());
    } catch (error) {
      if (error instanceof Refusal) return send(response, refusalAnswer(error.status));
      throw error;
    }
    const exchange = new Exchange(api.definition, request, account, clock);
    let answer = await this.answerOrRefuse(api, exchange);
    const { cors } = api.definition;
    if (cors !== undefined && answer.status !== 204) answer = withCors(cors, request, answer);
    answer = { ...answer, headers: { ...answer.headers, "apigw-requestid": request.id } };
    try {
      await send(response, answer);
    } catch (error) {
      // The other server, or the client, has broken off: the answer cannot be whole any more.
      if (!isStreamed(answer.body)) throw error;
      response.destroy();
    } finally {
      this.tell(exchange, response, answer, performance.now() - started);
    }
  }

  private async answerOrRefuse(api: HttpApi, exchange: Exchange): Promise<GatewayAnswer> {
    try {
      return await passThrough(api, exchange, this.options);
    } catch (error) {
      if (isGone(exchange.request.message)) throw error;
      if (!(error instanceof Refusal)) this.options.onFault(error);
      const refusal = error instanceof Refusal ? error : new Refusal(500);
      exchange.refusal = refusal.shown;
      const { displayName } = api.definition;
      const { method, path } = exchange.request;
      // Of what the caller did wrong, only a size is hard to see.
      const isNews = refusal.message !== refusal.shown && (refusal.status >= 500 || refusal.status === 413);
      if (isNews || refusal.message.startsWith("JWT authorizer")) {
        this.warn(`${displayName}: ${method} ${path}: ${refusal.message}`);
      }
      return refusalAnswer(refusal.status, refusal.headers);
    }
  }

  private tell(exchange: Exchange, response: ServerResponse, answer: GatewayAnswer, milliseconds: number): void {
    const { request, api, stage } = exchange;
    const { status } = answer;
    this.options.events.emit({
      type: "request",
      name: api.displayName,
      method: request.method,
      // As it was sent: decoded it could hold what a terminal obeys.
      path: request.encodedPath,
      status,
      milliseconds,
      requestId: request.id,
      ...(exchange.routeKey === "" ? {} : { route: exchange.routeKey }),
    });
    if (stage?.accessLog === undefined) return;
    const length = isStreamed(answer.body)
      ? Number(response.getHeader("content-length") ?? 0)
      : Buffer.byteLength(answer.body);
    const line = accessLogLine(stage.accessLog.format, exchange, { status, length, latency: Math.round(milliseconds) });
    this.options.logs.append(stage.accessLog.logGroup, `${api.id}-${stage.name}`, line);
  }

  private warn(message: string): void {
    this.options.events.emit({ type: "notice", level: "warning", message });
  }
}

/** Sends an answer; resolves once it is handed to the connection. */
async function send(response: ServerResponse, { status, headers, body }: GatewayAnswer): Promise<void> {
  if (response.destroyed) {
    if (isStreamed(body)) body.destroy();
    return;
  }
  if (isStreamed(body)) {
    response.writeHead(status, headers);
    return pipeline(body, response);
  }
  const isBodiless = status === 204 || status === 304;
  response.writeHead(status, isBodiless ? headers : withLength(headers, Buffer.byteLength(body)));
  response.end(isBodiless || response.req.method === "HEAD" ? undefined : body);
}

function withLength(headers: AnswerHeaders, length: number): AnswerHeaders {
  return { ...headers, "content-length": String(length) };
}

/** A page in a browser can have its own host name lead here; only this machine's names are answered. */
function isLocalName(host: string | undefined): boolean {
  return host === undefined || /^(localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal)(:\d+)?$/i.test(host);
}

function ignore(): void {
  // Nobody needs to know.
}
