/** What API Gateway takes for an answer, in payload format 2.0. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Makes the answer of what a handler returned: a Response, a text, bytes, a JSON value, or nothing. */
export async function toResult(returned: unknown): Promise<ProxyResult> {
  if (returned === undefined) return { statusCode: 204 };
  if (isResponse(returned)) return fromResponse(returned);
  if (typeof returned === "string") return textResult(200, returned, "text/plain; charset=utf-8");
  if (returned instanceof Uint8Array || returned instanceof ArrayBuffer) {
    const bytes = returned instanceof Uint8Array ? returned : new Uint8Array(returned);
    return bytesResult(200, { "content-type": "application/octet-stream" }, Buffer.from(bytes));
  }
  return jsonResult(200, returned);
}

/** @throws TypeError where the value has no JSON: a function, a symbol, a loop */
export function jsonResult(
  statusCode: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ProxyResult {
  const body = JSON.stringify(value) as string | undefined;
  if (body === undefined) {
    throw new TypeError(`a handler returned a ${typeof value}: return a Response, a text, or a value that JSON has`);
  }
  return { statusCode, headers: { "content-type": "application/json", ...headers }, body };
}

function textResult(statusCode: number, body: string, contentType: string): ProxyResult {
  return { statusCode, headers: { "content-type": contentType }, body };
}

/** Not by its class alone: a framework may bring a Response of its own. */
function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true;
  const { status, arrayBuffer, headers } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Partial<Response>;
  return typeof status === "number" && typeof arrayBuffer === "function" && typeof headers?.getSetCookie === "function";
}

async function fromResponse(response: Response): Promise<ProxyResult> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (name !== "set-cookie") headers[name] = value;
  });
  const cookies = response.headers.getSetCookie();
  const bytes = Buffer.from(await response.arrayBuffer());
  const result =
    bytes.length === 0 ? { statusCode: response.status, headers } : bytesResult(response.status, headers, bytes);
  return cookies.length === 0 ? result : { ...result, cookies };
}

const textual = /^(text\/|application\/(.+\+)?(json|xml|javascript|x-www-form-urlencoded)\b|image\/svg\+xml)/i;

/** Text goes as it is, everything else in base64: the answer itself is JSON on its way to API Gateway. */
function bytesResult(statusCode: number, headers: Readonly<Record<string, string>>, bytes: Buffer): ProxyResult {
  const type = headers["content-type"] ?? "";
  const isText =
    textual.test(type) && headers["content-encoding"] === undefined && !/charset=(?!utf-8|"utf-8")/i.test(type);
  return isText
    ? { statusCode, headers, body: bytes.toString("utf8") }
    : { statusCode, headers, body: bytes.toString("base64"), isBase64Encoded: true };
}
