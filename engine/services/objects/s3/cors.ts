import { AwsError, type AwsRequest, type AwsResponse } from "../../protocol/message";
import type { CorsRule } from "../buckets";
import type { ObjectStore } from "../object-store";
import { S3Request } from "./s3-request";

/** Answers a browser that asks whether it may send a request (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html). */
export function answerPreflight(store: ObjectStore, request: S3Request): AwsResponse {
  const origin = request.header("origin");
  const method = request.header("access-control-request-method");
  if (origin === undefined) {
    throw new AwsError("BadRequest", "Insufficient information. Origin request header needed.", 400);
  }
  if (method === undefined) {
    throw new AwsError("BadRequest", "Invalid Access-Control-Request-Method: null", 400);
  }
  const asked = (request.header("access-control-request-headers") ?? "").split(",").map((name) => name.trim());
  const names = asked.filter((name) => name !== "");
  // Anybody may ask: whether a bucket exists is not told to them.
  const rules = store.hasBucket(request.bucket) ? (store.bucket(request.bucket).settings.cors ?? []) : [];
  const rule = rules.find((candidate) => allows(candidate, origin, method) && allowsHeaders(candidate, names));
  if (!rule) {
    const message =
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / " +
      "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
    throw new AwsError("AccessForbidden", message, 403, { Method: method, ResourceType: "OBJECT" });
  }
  const headers = { ...ruleHeaders(rule, origin), "access-control-allow-headers": names.join(", ") || undefined };
  return { status: 200, headers };
}

/** The headers that let a browser's page read an answer; none where no rule of the bucket says so. */
export function corsHeaders(store: ObjectStore, aws: AwsRequest): Record<string, string | undefined> {
  const origin = aws.headers.origin;
  if (typeof origin !== "string" || aws.method === "OPTIONS") return {};
  let bucket: string;
  try {
    bucket = new S3Request(aws).bucket;
  } catch {
    return {};
  }
  if (!store.hasBucket(bucket)) return {};
  const rule = (store.bucket(bucket).settings.cors ?? []).find((candidate) => allows(candidate, origin, aws.method));
  return rule ? ruleHeaders(rule, origin) : {};
}

function ruleHeaders(rule: CorsRule, origin: string): Record<string, string | undefined> {
  const isAny = rule.allowedOrigins.includes("*");
  return {
    "access-control-allow-origin": isAny ? "*" : origin,
    "access-control-allow-methods": rule.allowedMethods.join(", "),
    "access-control-expose-headers": rule.exposeHeaders?.join(", ") || undefined,
    "access-control-max-age": rule.maxAgeSeconds === undefined ? undefined : String(rule.maxAgeSeconds),
    "access-control-allow-credentials": isAny ? undefined : "true",
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}

function allows(rule: CorsRule, origin: string, method: string): boolean {
  return rule.allowedMethods.includes(method) && rule.allowedOrigins.some((pattern) => matches(pattern, origin));
}

function allowsHeaders(rule: CorsRule, names: readonly string[]): boolean {
  const patterns = (rule.allowedHeaders ?? []).map((pattern) => pattern.toLowerCase());
  return names.every((name) => patterns.some((pattern) => matches(pattern, name.toLowerCase())));
}

function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}
