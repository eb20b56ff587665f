import type { ProxyEvent } from "../components/api/request.runtime";
import type { ProxyResult } from "../components/api/response.runtime";
import type { Method } from "../components/api/route-path";
import type { RecordedApp, RecordedNode } from "./recorded-app";

/** A request to a route, as a test writes it, besides a web-standard `Request`. */
export interface RouteRequest {
  /** @defaultValue the route's; for one of any method, `GET` */
  readonly method?: string;
  /** With or without a query. @defaultValue the route's, with `params` in it */
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a text or bytes. */
  readonly body?: unknown;
  /** The claims of whoever asks, on a route with `auth`. */
  readonly user?: Readonly<Record<string, unknown>>;
  /** @defaultValue `"127.0.0.1"` */
  readonly sourceIp?: string;
}

export type RouteEvent = Request | RouteRequest | undefined;

/** A route as a program writes it: `GET /users/{id}`, or `$default`. */
export type RouteKey = `${Method} ${string}` | "$default";

/** A route that a function answers. */
export interface AnsweredRoute {
  readonly routeKey: string;
}

/** The routes that a function answers. */
export function routesOf(app: RecordedApp, fn: RecordedNode): AnsweredRoute[] {
  return app.resources
    .filter(({ type, outputs }) => type === "tandem:index:Route" && outputs["functionName"] === fn.outputs["name"])
    .map(({ outputs }) => ({ routeKey: String(outputs["routeKey"]) }));
}

/**
 * The event by which API Gateway hands a request to a function.
 * @throws where the function answers no such request
 */
export async function routeRequest(
  whose: string,
  routes: readonly AnsweredRoute[],
  event: RouteEvent,
): Promise<ProxyEvent> {
  const request = event instanceof Request ? await plain(event) : (event ?? {});
  const [first] = routes;
  const [method = "GET", template = "/"] = partsOf(first?.routeKey ?? "$default");
  const asked = {
    method: (request.method ?? (method === "ANY" ? "GET" : method)).toUpperCase(),
    path: request.path ?? filled(template, request.params ?? {}),
  };
  const { pathname, searchParams } = new URL(asked.path, "https://api.test");
  for (const [name, value] of Object.entries(request.query ?? {})) searchParams.append(name, value);
  for (const { routeKey } of routes) {
    const params = match(routeKey, asked.method, pathname);
    if (params !== undefined) {
      return {
        routeKey,
        rawPath: pathname,
        rawQueryString: searchParams.toString(),
        headers: headersOf(request),
        pathParameters: { ...params, ...request.params },
        requestContext: {
          domainName: "api.test",
          http: { method: asked.method, sourceIp: request.sourceIp ?? "127.0.0.1" },
          ...(request.user === undefined ? {} : { authorizer: { jwt: { claims: request.user } } }),
        },
        ...bodyOf(request.body),
      };
    }
  }
  const answered = routes.map(({ routeKey }) => routeKey).join(", ") || "no route";
  throw new Error(`${whose} does not answer ${asked.method} ${pathname}; it answers ${answered}`);
}

/** The response that the caller of a route gets. */
export function responseOf(returned: unknown): Response {
  const { statusCode, headers = {}, cookies = [], body, isBase64Encoded = false } = returned as ProxyResult;
  const all = new Headers(headers);
  for (const cookie of cookies) all.append("set-cookie", cookie);
  const bytes = body === undefined ? null : Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  // A response of these has no body (https://fetch.spec.whatwg.org/#null-body-status).
  return new Response([101, 204, 205, 304].includes(statusCode) ? null : bytes, { status: statusCode, headers: all });
}

async function plain(request: Request): Promise<RouteRequest> {
  const { pathname, search } = new URL(request.url);
  const body = new Uint8Array(await request.arrayBuffer());
  return {
    method: request.method,
    path: pathname + search,
    headers: Object.fromEntries(request.headers),
    ...(body.length === 0 ? {} : { body }),
  };
}

function partsOf(routeKey: string): [method: string, template: string] {
  if (routeKey === "$default") return ["ANY", "/{path+}"];
  const [method = "", template = ""] = routeKey.split(" ");
  return [method, template];
}

/** The path of a route with its variables in place. */
function filled(template: string, params: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    const value = params[name];
    if (value === undefined) {
      if (template === "/{path+}") return "";
      throw new Error(`the request has neither a path nor a value for {${name}}: pass { params: { ${name}: … } }`);
    }
    return greedy === "" ? encodeURIComponent(value) : value.split("/").map(encodeURIComponent).join("/");
  });
}

/** The variables of a path that a route answers; undefined for one that it does not. */
function match(routeKey: string, method: string, path: string): Record<string, string> | undefined {
  const [answered, template] = partsOf(routeKey);
  if (answered !== "ANY" && answered !== method) return undefined;
  if (routeKey === "$default") return {};
  const pattern = template
    .split(/(\{\w+\+?\})/)
    .map((part) => {
      const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return `(?<${name}>${greedy === "" ? "[^/]+" : ".+"})`;
    })
    .join("");
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (found === null) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  );
}

function headersOf({ headers = {}, body }: RouteRequest): Record<string, string> {
  const all = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const isJson = body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array);
  return { ...(isJson ? { "content-type": "application/json" } : {}), host: "api.test", ...all };
}

function bodyOf(body: unknown): { body?: string; isBase64Encoded?: boolean } {
  if (body === undefined) return {};
  if (typeof body === "string") return { body };
  if (body instanceof Uint8Array) return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
  return { body: JSON.stringify(body) };
}
