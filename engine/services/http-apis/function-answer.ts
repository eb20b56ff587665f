import { validateHeaderName, validateHeaderValue } from "node:http";
import type { AnswerHeaders, GatewayAnswer } from "./gateway-answer";

/** What a function returned that is no answer; the message says what is wrong with it. */
export class MalformedAnswer extends Error {}

// The gateway's own business.
const dropped = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"]);

/**
 * Makes an answer of what a function returned: in format 2.0 anything without a `statusCode` is itself the body
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response).
 * @throws MalformedAnswer
 */
export function functionAnswer(payload: Buffer, format: "1.0" | "2.0"): GatewayAnswer {
  const text = payload.toString("utf8");
  const result = JSON.parse(text) as unknown;
  const isObject = typeof result === "object" && result !== null && !Array.isArray(result);
  const answer = isObject ? (result as Record<string, unknown>) : {};
  const { statusCode } = answer;
  if (statusCode === undefined || statusCode === null) {
    if (format === "1.0") throw new MalformedAnswer(`an answer in format 1.0 needs a statusCode: ${shown(result)}`);
    const body = typeof result === "string" ? result : text;
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }
  const status = readStatus(statusCode);
  const headers: AnswerHeaders = {};
  readHeaders(answer["headers"], headers);
  if (format === "1.0") readMultiValueHeaders(answer["multiValueHeaders"], headers);
  else readCookies(answer["cookies"], headers);
  const body = readBody(answer["body"], answer["isBase64Encoded"]);
  headers["content-type"] ??= "text/plain;charset=UTF-8";
  return { status, headers, body };
}

function readStatus(value: unknown): number {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new MalformedAnswer(`its statusCode is not a number from 200 to 599: ${shown(value)}`);
}

function readHeaders(value: unknown, headers: AnswerHeaders): void {
  for (const [name, each] of entriesOf(value, "headers")) setHeader(headers, name, [each]);
}

function readMultiValueHeaders(value: unknown, headers: AnswerHeaders): void {
  for (const [name, each] of entriesOf(value, "multiValueHeaders")) {
    if (!Array.isArray(each)) throw new MalformedAnswer(`in multiValueHeaders, ${name} is not a list: ${shown(each)}`);
    setHeader(headers, name, each);
  }
}

function readCookies(value: unknown, headers: AnswerHeaders): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) throw new MalformedAnswer(`its cookies are not a list: ${shown(value)}`);
  const known = headers["set-cookie"] ?? [];
  if (value.length === 0) return;
  setHeader(headers, "set-cookie", [...(Array.isArray(known) ? known : [known]), ...(value as unknown[])]);
}

function readBody(body: unknown, isBase64Encoded: unknown): string | Buffer {
  if (body === undefined || body === null) return "";
  if (typeof body === "object") throw new MalformedAnswer(`its body is not text: ${shown(body)}; use JSON.stringify`);
  // eslint rules out what has no text of its own; what is left is a text, a number or a boolean.
  const text = String(body as string | number | boolean);
  return isBase64Encoded === true ? Buffer.from(text, "base64") : text;
}

function entriesOf(value: unknown, what: string): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || Array.isArray(value))
    throw new MalformedAnswer(`its ${what} are not an object: ${shown(value)}`);
  return Object.entries(value);
}

function setHeader(headers: AnswerHeaders, name: string, values: readonly unknown[]): void {
  const key = name.toLowerCase();
  if (dropped.has(key)) return;
  const texts = values.map((value) => {
    if (value === null || typeof value === "object" || value === undefined)
      throw new MalformedAnswer(`its header ${name} is not text: ${shown(value)}`);
    return String(value as string | number | boolean);
  });
  try {
    validateHeaderName(key);
    for (const text of texts) validateHeaderValue(key, text);
  } catch (error) {
    throw new MalformedAnswer(error instanceof Error ? error.message : String(error));
  }
  const [only] = texts;
  if (only !== undefined) headers[key] = texts.length === 1 ? only : texts;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
