/** A request as a route's handler gets it: a web-standard `Request`, and what the route knows besides. */
export interface ApiRequest extends Request {
  /** The path's variables, decoded: `{ id: "7" }` for `/scenes/7` on the route `/scenes/{id}`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Who asks: a token's claims, or what an authorizer said. Undefined on a route without `auth`. */
  readonly user: Readonly<Record<string, unknown>> | undefined;
  readonly sourceIp: string;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export interface ProxyEvent {
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly domainName: string;
    readonly http: { readonly method: string; readonly sourceIp: string };
    readonly authorizer?: {
      readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
      readonly lambda?: Readonly<Record<string, unknown>> | null;
      readonly iam?: Readonly<Record<string, unknown>>;
    };
  };
}

/** Makes the request that API Gateway passes on. */
export function toRequest(event: ProxyEvent): ApiRequest {
  const { requestContext, rawQueryString } = event;
  const { method, sourceIp } = requestContext.http;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) headers.set(name, value);
  if (event.cookies !== undefined) headers.set("cookie", event.cookies.join("; "));
  const scheme = event.headers["x-forwarded-proto"] ?? "https";
  const host = event.headers["host"] ?? requestContext.domainName;
  const query = rawQueryString === "" ? "" : `?${rawQueryString}`;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? bodyOf(event) : undefined;
  const request = new Request(`${scheme}://${host}${escaped(event.rawPath)}${query}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  return Object.assign(request, {
    params: event.pathParameters ?? {},
    query: new URLSearchParams(rawQueryString),
    user: userOf(event),
    sourceIp,
  });
}

/** The same as plain data, for a container's environment. */
export function toPlainRequest(event: ProxyEvent): object {
  const { headers, requestContext, rawPath, rawQueryString, isBase64Encoded = false } = event;
  return {
    method: requestContext.http.method,
    path: rawPath,
    params: event.pathParameters ?? {},
    query: Object.fromEntries(new URLSearchParams(rawQueryString)),
    headers,
    user: userOf(event),
    sourceIp: requestContext.http.sourceIp,
    ...(event.body === undefined ? {} : { body: event.body, isBase64Encoded }),
  };
}

/** The body's bytes; undefined where there is none. */
export function bodyOf({ body, isBase64Encoded }: ProxyEvent): Buffer<ArrayBuffer> | undefined {
  return body === undefined ? undefined : Buffer.from(body, isBase64Encoded === true ? "base64" : "utf8");
}

function userOf({ requestContext: { authorizer } }: ProxyEvent): ApiRequest["user"] {
  return authorizer?.jwt?.claims ?? authorizer?.lambda ?? authorizer?.iam ?? undefined;
}

/** A path that API Gateway has decoded, in the form of an address again; what is encoded still stays so. */
function escaped(path: string): string {
  return path.replace(/%(?![0-9A-Fa-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]/gu, encodeURIComponent);
}
