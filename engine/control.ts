import type { IncomingMessage, ServerResponse } from "node:http";
import { timingSafeEqual } from "node:crypto";
import type { Graph } from "./graph/diff";
import type { Properties } from "./graph/resource";
import { once } from "node:events";
import type { EngineEvents } from "./services/engine-events";
import type { Identity } from "./services/identity/identity";
import type { LogService } from "./services/logs/log-service";
import { AwsError } from "./services/protocol/message";
import type { QueueService } from "./services/queues/queue-service";

/** What is shown of a running engine. */
interface Shown {
  readonly graph: Graph;
  readonly stackOutputs: Properties;
  readonly engineEvents: EngineEvents;
  readonly services: { readonly identity: Identity; readonly queues: QueueService; readonly logs: LogService };
}

/**
 * What the command line asks of a running engine besides the AWS protocols: `GET /_tandem/graph` (what runs),
 * `GET /_tandem/events` (what happens, one JSON object a line, until the client goes), and
 * `GET /_tandem/messages?queue=<url>&limit=<number>` (the oldest messages of a queue, one a line, without receiving them), and
 * `GET /_tandem/logs?group=<name>&limit=<number>` (the last events of a log group, one a line, with how invocations ended).
 * Whoever asks shows the developer's secret key.
 */
export function controlRequests(engine: Shown): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const { secretAccessKey } = engine.services.identity.developer();
    if (!matches(request.headers.authorization, `Bearer ${secretAccessKey}`)) return end(response, 403, "Forbidden");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (request.method === "GET" && pathname === "/_tandem/graph") {
      const resources = [...engine.graph.values()].map(({ inputs: _inputs, ...resource }) => resource);
      return end(response, 200, JSON.stringify({ resources, stackOutputs: engine.stackOutputs }));
    }
    if (request.method === "GET" && pathname === "/_tandem/events") {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      // The first event may be long in coming.
      response.flushHeaders();
      const stop = engine.engineEvents.listen((event) => response.write(`${JSON.stringify(event)}\n`));
      response.on("close", stop);
      return;
    }
    if (request.method === "GET" && (pathname === "/_tandem/messages" || pathname === "/_tandem/logs")) {
      const limit = Number(searchParams.get("limit"));
      if (!Number.isInteger(limit) || limit < 1) return end(response, 400, "Bad Request");
      const { queues, logs } = engine.services;
      if (pathname === "/_tandem/messages")
        return sendMessages(queues, searchParams.get("queue") ?? "", limit, response);
      return sendLines(await logs.tail(searchParams.get("group") ?? "", { limit }), response);
    }
    end(response, 404, "Not Found");
  };
}

async function sendMessages(
  queues: QueueService,
  queue: string,
  limit: number,
  response: ServerResponse,
): Promise<void> {
  try {
    queues.find(queue);
  } catch (error) {
    if (error instanceof AwsError) return end(response, 404, error.message);
    throw error;
  }
  await sendLines(queues.eachMessage(queue, limit), response);
}

async function sendLines(values: Iterable<unknown>, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  for (const value of values) {
    const hasRoom = response.write(`${JSON.stringify(value)}\n`);
    if (!hasRoom) await Promise.race([once(response, "drain"), once(response, "close")]);
    if (response.destroyed) return;
  }
  response.end();
}

function matches(given: string | undefined, expected: string): boolean {
  const a = Buffer.from(given ?? "");
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(body) });
  response.end(body);
}
