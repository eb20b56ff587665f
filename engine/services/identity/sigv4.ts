import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from "node:crypto";

import { isoSeconds, type Clock } from "../clock";
import { AwsError, type Caller, type RequestSignature } from "../protocol/message";
import { canonicalRequest, queryPairs, type SignedRequest } from "./canonical-request";
import { signatureError, type SignatureFault } from "./signature-errors";
import type { Identity } from "./identity";

const algorithm = "AWS4-HMAC-SHA256";
/** How far a signer's clock may be off, in milliseconds. */
const skewAllowed = 15 * 60 * 1000;
/** The longest that a presigned address may be valid, in seconds: a week. */
const longestExpiry = 604_800;

/** What a request says of its signature, before anything of it is believed. */
export interface SignatureClaim {
  readonly kind: "header" | "presigned";
  readonly accessKeyId: string;
  /** `YYYYMMDD`, of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  /** Seconds; presigned requests only. */
  readonly expires?: number;
  /** As declared; undefined where the request does not say. */
  readonly payloadHash: string | undefined;
  /** `X-Amz-Security-Token`, which temporary keys come with. */
  readonly sessionToken: string | undefined;
}

/** Reads what a request claims; undefined for an unsigned one. Throws where the claim is malformed. */
export function readClaim(
  request: SignedRequest,
  header: (name: string) => string | undefined,
): SignatureClaim | undefined {
  const authorization = header("authorization");
  const query = new Map(queryPairs(request.rawQuery));
  if (query.has("X-Amz-Signature") || query.has("X-Amz-Algorithm")) return presignedClaim(query, header, authorization);
  if (authorization === undefined) return undefined;
  if (!authorization.startsWith(algorithm + " "))
    throw mechanismError(authorization, header("x-amz-target") !== undefined);
  const fields = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(",")) {
    const equals = part.indexOf("=");
    if (equals > 0) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const scope = readScope(fields.get("Credential"), "header");
  const timestamp = header("x-amz-date") ?? basicTimestamp(header("date")) ?? "";
  const signedHeaders = (fields.get("SignedHeaders") ?? "").split(";").filter((name) => name !== "");
  const signature = fields.get("Signature") ?? "";
  if (signedHeaders.length === 0 || signature === "") throw signatureError(scope.service, "malformed");
  if (parseTimestamp(timestamp) === undefined) throw signatureError(scope.service, "date");
  const [payloadHash, sessionToken] = [header("x-amz-content-sha256"), header("x-amz-security-token")];
  return { kind: "header", ...scope, signedHeaders, signature, timestamp, payloadHash, sessionToken };
}

/** The error for an `Authorization` header that is no signature of version 4: `Basic …`, or the older signature. */
function mechanismError(authorization: string, isJson: boolean): AwsError {
  if (isJson) return signatureError("", "mechanism", { Authorization: authorization.slice(0, 200) });
  if (authorization.startsWith("AWS ")) return signatureError("s3", "mechanism");
  const details = { ArgumentName: "Authorization", ArgumentValue: authorization.slice(0, 200) };
  return signatureError("s3", "unsupported-authorization", details);
}

function presignedClaim(
  query: ReadonlyMap<string, string>,
  header: (name: string) => string | undefined,
  authorization: string | undefined,
): SignatureClaim {
  const scope = readScope(query.get("X-Amz-Credential"), "query");
  // S3: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter
  // or the Authorization header should be specified".
  if (authorization !== undefined) throw signatureError(scope.service, "two-mechanisms");
  const timestamp = query.get("X-Amz-Date") ?? "";
  const signature = query.get("X-Amz-Signature") ?? "";
  const signedHeaders = (query.get("X-Amz-SignedHeaders") ?? "").split(";").filter((name) => name !== "");
  const expires = query.get("X-Amz-Expires") ?? "";
  const wellFormed =
    query.get("X-Amz-Algorithm") === algorithm &&
    signature !== "" &&
    signedHeaders.length > 0 &&
    parseTimestamp(timestamp) !== undefined &&
    /^\d{1,7}$/.test(expires) &&
    Number(expires) <= longestExpiry;
  if (!wellFormed) throw signatureError(scope.service, "malformed-query");
  // Only S3 takes an address without a hash for one of any body; others sign the hash of the body (often an empty one).
  const unsaid = scope.service === "s3" ? "UNSIGNED-PAYLOAD" : undefined;
  return {
    kind: "presigned",
    ...scope,
    signedHeaders,
    signature,
    timestamp,
    expires: Number(expires),
    payloadHash: header("x-amz-content-sha256") ?? query.get("X-Amz-Content-Sha256") ?? unsaid,
    sessionToken: query.get("X-Amz-Security-Token") ?? header("x-amz-security-token"),
  };
}

/**
 * Checks a claim against the key it names. `payloadHash` is what the canonical request ends in: the declared hash, or
 * that of the body where the request does not declare one.
 */
export function verifyClaim(
  claim: SignatureClaim,
  request: SignedRequest,
  payloadHash: string,
  identity: Identity,
  clock: Clock,
): { caller: Caller; signature: RequestSignature } {
  const fail: Fail = (fault, details) => signatureError(claim.service, fault, details);
  const holder = identity.callerOf(claim.accessKeyId);
  if (!holder) throw fail("unknown-key", { AWSAccessKeyId: claim.accessKeyId });
  // Every key here is a long-lived one, which comes without a token.
  if (claim.sessionToken !== undefined) throw fail("invalid-token", { "Token-0": claim.sessionToken.slice(0, 200) });
  if (!identity.isRegion(claim.region, claim.service))
    throw fail(claim.kind === "header" ? "region" : "region-query", regions(claim, identity));
  checkTime(claim, clock.now(), fail);
  if (!claim.signedHeaders.includes("host")) throw fail("unsigned-headers", { HeadersNotSigned: "host" });
  if (claim.service === "s3") checkHeadersSigned(claim, request, fail);

  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const signingKey = signingKeyOf(holder.secret, claim);
  const explain = (signed: SignedRequest): { canonical: Buffer; toSign: string } => {
    const canonical = canonicalRequest(signed, claim.service, claim.signedHeaders, payloadHash);
    return { canonical, toSign: [algorithm, claim.timestamp, scope, hash("sha256", canonical)].join("\n") };
  };
  const fits = (signed: SignedRequest): boolean => {
    const { toSign } = explain(signed);
    return sameSignature(claim.signature, createHmac("sha256", signingKey).update(toSign).digest("hex"));
  };
  if (!fits(request) && !(claim.kind === "presigned" && fits(asFromThisMachine(request)))) {
    throw mismatchError(claim, explain(request));
  }
  const { kind, signature, timestamp } = claim;
  return { caller: holder.caller, signature: { kind, payloadHash, signature, signingKey, timestamp, scope } };
}

type Fail = (fault: SignatureFault, details?: Record<string, string>) => AwsError;

function regions({ region }: SignatureClaim, identity: Identity): Record<string, string> {
  return { given: region, Region: identity.region };
}

/** What was signed here, so that a person can compare it with what the client signed. */
function mismatchError(claim: SignatureClaim, { canonical, toSign }: { canonical: Buffer; toSign: string }): AwsError {
  return signatureError(claim.service, "mismatch", {
    AWSAccessKeyId: claim.accessKeyId,
    StringToSign: toSign,
    SignatureProvided: claim.signature,
    StringToSignBytes: spacedHex(Buffer.from(toSign)),
    CanonicalRequest: canonical.toString("utf8"),
    CanonicalRequestBytes: spacedHex(canonical),
  });
}

/**
 * An address that was signed on this machine is used in a container under the name that the machine has there: Docker
 * Desktop's containers do not reach it as 127.0.0.1.
 */
function asFromThisMachine(request: SignedRequest): SignedRequest {
  const rawHeaders = request.rawHeaders.map((text) => text.replace(/^host\.docker\.internal(?=:\d+$)/, "127.0.0.1"));
  return { ...request, rawHeaders };
}

/** Compares two signatures in hexadecimal, in a time that does not tell how much of them agrees. */
export function sameSignature(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function checkTime(claim: SignatureClaim, now: number, fail: Fail): void {
  const signedAt = parseTimestamp(claim.timestamp) ?? 0;
  if (claim.timestamp.slice(0, 8) !== claim.date) throw fail("malformed");
  const ServerTime = isoSeconds(now);
  if (claim.expires === undefined) {
    if (Math.abs(now - signedAt) <= skewAllowed) return;
    const details = { RequestTime: claim.timestamp, ServerTime, MaxAllowedSkewMilliseconds: String(skewAllowed) };
    throw fail(signedAt < now ? "skewed-back" : "skewed-forward", details);
  }
  if (signedAt - now > skewAllowed) throw fail("not-yet-valid", { "X-Amz-Date": claim.timestamp, ServerTime });
  const end = signedAt + claim.expires * 1000;
  if (now > end) {
    throw fail("expired", { "X-Amz-Expires": String(claim.expires), Expires: isoSeconds(end), ServerTime });
  }
}

/** S3 refuses `x-amz-` headers that the signature leaves out: whoever relays a request could have added them. */
function checkHeadersSigned(claim: SignatureClaim, request: SignedRequest, fail: Fail): void {
  const unsigned = new Set<string>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? "").toLowerCase();
    if (name.startsWith("x-amz-") && !claim.signedHeaders.includes(name)) unsigned.add(name);
  }
  if (unsigned.size > 0) throw fail("unsigned-headers", { HeadersNotSigned: [...unsigned].join(", ") });
}

/** Bytes as S3 shows them: `47 45 54`. */
export function spacedHex(bytes: Buffer): string {
  return bytes.toString("hex").replace(/..(?=.)/g, "$& ");
}

/** Whose key signed, and for what: `AKIA…/20261130/us-east-1/s3/aws4_request`. */
export type CredentialScope = Pick<SignatureClaim, "accessKeyId" | "date" | "region" | "service">;

function readScope(credential: string | undefined, place: "header" | "query"): CredentialScope {
  const scope = parseScope(credential);
  if (scope === undefined) throw signatureError("s3", place === "query" ? "malformed-query" : "malformed");
  return scope;
}

/** Reads the scope of a credential; undefined if it is not one. */
export function parseScope(credential: string | undefined): CredentialScope | undefined {
  const parts = (credential ?? "").split("/");
  const [accessKeyId, date, region, service, terminator] = parts;
  const complete = parts.length === 5 && accessKeyId && date && /^\d{8}$/.test(date) && region && service;
  return complete && terminator === "aws4_request" ? { accessKeyId, date, region, service } : undefined;
}

/** A signer has the same key all day; its derivation costs four times what checking a signature does. */
export function signingKeyOf(secret: string, { date, region, service }: CredentialScope): KeyObject {
  const name = [date, region, service, secret].join("/");
  const known = signingKeys.get(name);
  if (known !== undefined) return known;
  // Node takes a key object much faster than bytes.
  const key = createSecretKey(deriveKey(secret, date, region, service));
  // Those of yesterday, and of whoever makes up regions, are let go.
  if (signingKeys.size >= mostSigningKeys) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

const signingKeys = new Map<string, KeyObject>();
const mostSigningKeys = 1000;

function deriveKey(secret: string, date: string, region: string, service: string): Buffer {
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
  return hmac(hmac(hmac(hmac("AWS4" + secret, date), region), service), "aws4_request");
}

function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const time = Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** A `Date` header in the form of `x-amz-date`. */
function basicTimestamp(date: string | undefined): string | undefined {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}
