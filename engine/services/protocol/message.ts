import type { KeyObject } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

/** Who sent a request: the role or user whose key signed it. */
export interface Caller {
  /** e.g. `arn:aws:iam::000000000000:role/onNewVideo-1a2b3c4`; the developer's own key is `…:user/developer`. */
  readonly arn: string;
  readonly accessKeyId: string;
}

/** A request to the endpoint whose signature was verified. */
export interface AwsRequest {
  readonly id: string;
  readonly method: string;
  /** The path as sent, still percent-encoded, without the query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Undefined for an unsigned (anonymous) request. */
  readonly caller: Caller | undefined;
  /** `http://127.0.0.1:4566`: where the sender reached the endpoint. */
  readonly endpoint: string;
  /** How the request was signed; S3 needs the details to verify chunks. */
  readonly signature: RequestSignature | undefined;
  /** Calls back once the sender has gone away without an answer: what is kept for it is nobody's then. */
  readonly onGone?: (callback: () => void) => void;
}

/** What the signature of a request established; the chunks of a body continue from it. */
export interface RequestSignature {
  readonly kind: "header" | "presigned";
  /** The value of `x-amz-content-sha256`, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
  readonly signature: string;
  /** The derived signing key, `YYYYMMDDTHHMMSSZ` and `date/region/service/aws4_request`, for chunk signatures. */
  readonly signingKey: KeyObject;
  readonly timestamp: string;
  readonly scope: string;
}

/** What a service answers. A string or buffer body gets a Content-Length. */
export interface AwsResponse {
  readonly status: number;
  readonly headers?: Record<string, string | number | string[] | undefined>;
  readonly body?: string | Buffer | Readable;
}

/** An error in AWS's own words: the code that SDKs match, the HTTP status, and a message for people. */
export class AwsError extends Error {
  public constructor(
    public readonly code: string,
    message: string,
    public readonly status = 400,
    /** Further elements of the error document, e.g. `{ Key: "a" }`. */
    public readonly details: Record<string, string> = {},
    /** Headers of the answer that say more, e.g. `x-amz-delete-marker`. */
    public readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = "AwsError";
  }
}
