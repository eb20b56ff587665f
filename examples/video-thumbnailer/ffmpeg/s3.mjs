// Two requests to S3 with nothing but Node, so that the image needs no npm install. Any AWS SDK works here as well:
// the credentials, the region and, under `tandem up`, the endpoint are where SDKs look for them.
import { createHash, createHmac } from "node:crypto";

const region = process.env.AWS_REGION;

export async function getObject(bucket, key) {
  return Buffer.from(await (await request("GET", bucket, key)).arrayBuffer());
}

export async function putObject(bucket, key, body, contentType) {
  await request("PUT", bucket, key, body, { "content-type": contentType });
}

async function request(method, bucket, key, body = Buffer.alloc(0), headers = {}) {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? `https://s3.${region}.amazonaws.com`;
  const path = [bucket, ...key.split("/")].map(encode).join("/");
  const url = new URL(`${endpoint}/${path}`);
  const response = await fetch(url, {
    method,
    headers: await sign(method, url, body, headers),
    ...(method === "PUT" && { body }),
  });
  if (!response.ok) throw new Error(`${method} ${key}: ${response.status} ${await response.text()}`);
  return response;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
async function sign(method, url, body, extra) {
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
  const time = new Date().toISOString().replace(/[:-]|\.\d+/g, "");
  const headers = {
    ...extra,
    host: url.host,
    "x-amz-content-sha256": sha256(body),
    "x-amz-date": time,
    ...(sessionToken && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    url.pathname,
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope.split("/").reduce(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).toString("hex");
  const { host, ...sent } = headers;
  const signed = `Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...sent, authorization: `AWS4-HMAC-SHA256 ${signed}` };
}

// Fargate hands a task's credentials out at an address of its own.
async function credentials() {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  if (!path) return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const { AccessKeyId, SecretAccessKey, Token } = await (await fetch(`http://169.254.170.2${path}`)).json();
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
