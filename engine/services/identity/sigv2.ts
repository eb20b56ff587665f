import { createHmac, createSecretKey } from "node:crypto";

import { isoSeconds, type Clock } from "../clock";
import type { Caller, RequestSignature } from "../protocol/message";
import { queryPairs, type SignedRequest } from "./canonical-request";
import type { Identity } from "./identity";
import { signatureError } from "./signature-errors";
import { sameSignature, spacedHex } from "./sigv4";

/** A presigned address has no chunks, whose signatures a key would be for. */
const noKey = createSecretKey(Buffer.alloc(0));

/** Query parameters that the signature covers. */
const signedParameters = new Set(
  `acl cors delete lifecycle location logging notification partNumber policy requestPayment restore tagging torrent
  uploadId uploads versionId versioning versions website response-content-type response-content-language
  response-expires response-cache-control response-content-disposition response-content-encoding`.split(/\s+/),
);

/**
 * Checks an address that was presigned with Signature Version 2, as `aws s3 presign` and boto3 still do by default in
 * us-east-1; undefined for any other request. Only S3 knows it, and only in addresses whose path names the bucket
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html).
 */
export function verifySigV2(
  request: SignedRequest,
  identity: Identity,
  clock: Clock,
): { caller: Caller; signature: RequestSignature } | undefined {
  const pairs = queryPairs(request.rawQuery);
  const query = new Map(pairs);
  const [accessKeyId, given, expires] = [query.get("AWSAccessKeyId"), query.get("Signature"), query.get("Expires")];
  if (accessKeyId === undefined || given === undefined || expires === undefined) return undefined;
  const holder = identity.callerOf(accessKeyId);
  if (!holder) throw signatureError("s3", "unknown-key", { AWSAccessKeyId: accessKeyId });
  if (!/^\d{1,12}$/.test(expires) || clock.now() > Number(expires) * 1000) {
    const Expires = /^\d{1,12}$/.test(expires) ? isoSeconds(Number(expires) * 1000) : expires;
    throw signatureError("s3", "expired", { Expires, ServerTime: isoSeconds(clock.now()) });
  }
  const toSign = [
    request.method,
    header(request, "content-md5"),
    header(request, "content-type"),
    expires,
    amazonHeaders(request) + resource(request.rawPath, pairs),
  ].join("\n");
  if (!sameSignature(given, createHmac("sha1", holder.secret).update(toSign).digest("base64"))) {
    throw signatureError("s3", "mismatch", {
      AWSAccessKeyId: accessKeyId,
      StringToSign: toSign,
      SignatureProvided: given,
      StringToSignBytes: spacedHex(Buffer.from(toSign)),
    });
  }
  // Chunks cannot be signed this way, so nothing continues from the key.
  const signature: RequestSignature = {
    kind: "presigned",
    payloadHash: "UNSIGNED-PAYLOAD",
    signature: given,
    signingKey: noKey,
    timestamp: "",
    scope: "",
  };
  return { caller: holder.caller, signature };
}

function header({ rawHeaders }: SignedRequest, name: string): string {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? "" : (rawHeaders[at + 1] ?? "").trim();
}

function amazonHeaders(request: SignedRequest): string {
  const names = request.rawHeaders.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const ours = [...new Set(names)].filter((name) => name.startsWith("x-amz-")).sort();
  return ours.map((name) => `${name}:${header(request, name)}\n`).join("");
}

function resource(rawPath: string, pairs: readonly [string, string][]): string {
  const covered = pairs.filter(([name]) => signedParameters.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const query = covered.map(([name, value]) => (value === "" ? name : `${name}=${value}`)).join("&");
  return query === "" ? rawPath : `${rawPath}?${query}`;
}
