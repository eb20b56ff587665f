import type { IncomingMessage, ServerResponse } from "node:http";
import { timingSafeEqual } from "node:crypto";
import type { Graph } from "./graph/diff";
import type { Properties } from "./graph/resource";
import type { EngineEvents } from "./services/engine-events";
import type { Identity } from "./services/identity/identity";

/** What is shown of a running engine. */
interface Shown {
  readonly graph: Graph;
  readonly stackOutputs: Properties;
  readonly engineEvents: EngineEvents;
  readonly services: { readonly identity: Identity };
}

/**
 * What the command line asks of a running engine besides the AWS protocols: `GET /_tandem/graph` (what runs) and
 * `GET /_tandem/events` (what happens, one JSON object a line, until the client goes). Whoever asks shows the
 * developer's secret key.
 */
export function controlRequests(engine: Shown): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const { secretAccessKey } = engine.services.identity.developer();
    if (!matches(request.headers.authorization, `Bearer ${secretAccessKey}`)) return end(response, 403, "Forbidden");
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (request.method === "GET" && pathname === "/_tandem/graph") {
      const resources = [...engine.graph.values()].map(({ inputs: _inputs, ...resource }) => resource);
      return end(response, 200, JSON.stringify({ resources, stackOutputs: engine.stackOutputs }));
    }
    if (request.method === "GET" && pathname === "/_tandem/events") {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      const stop = engine.engineEvents.listen((event) => response.write(`${JSON.stringify(event)}\n`));
      response.on("close", stop);
      return;
    }
    end(response, 404, "Not Found");
  };
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
