import { createHmac, hash } from "node:crypto";

import { canonicalRequest } from "../../../../engine/services/identity/canonical-request";
import type { Credentials } from "../../../../engine/services/identity/identity";

export interface RequestToSign {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly service?: string;
  readonly region?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is signed. @defaultValue the hash of no bytes */
  readonly payloadHash?: string;
  readonly time?: number;
}

/** The head of a signed HTTP request, to its empty line: what follows may be any bytes. */
export function signedHead(credentials: Credentials, request: RequestToSign): string {
  const { method, path, host, service = "s3", region = "us-east-1", payloadHash = hash("sha256", "") } = request;
  const timestamp = new Date(request.time ?? Date.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers: Record<string, string> = {
    ...request.headers,
    host,
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": timestamp,
  };
  const names = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .sort();
  const [rawPath = "", rawQuery = ""] = path.split("?");
  const signed = { method, rawPath, rawQuery, rawHeaders: Object.entries(headers).flat() };
  const scope = `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const canonical = canonicalRequest(signed, service, names, payloadHash);
  const toSign = ["AWS4-HMAC-SHA256", timestamp, scope, hash("sha256", canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>(
      (secret, text) => createHmac("sha256", secret).update(text).digest(),
      `AWS4${credentials.secretAccessKey}`,
    );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const lines = Object.entries({ ...headers, authorization }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
