import { crc32 } from "node:zlib";

import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { AwsService } from "../protocol/operation";
import { escapeXml, queryErrorAnswer } from "../protocol/query-error";

/**
 * Whether an unsigned request could be meant for S3, the only service that takes anonymous requests: the others'
 * carry a target or a JSON or form body.
 */
export function looksLikeS3(request: AwsRequest): boolean {
  if (request.headers["x-amz-target"] !== undefined) return false;
  return !/^application\/(x-amz-json|x-www-form-urlencoded|json|cbor)/i.test(request.headers["content-type"] ?? "");
}

/** Services whose documents are XML under addresses of their own, as S3's are. */
const restXml = new Set(["s3", "s3express", "s3-outposts", "cloudfront", "route53"]);

/**
 * Answers where no service of the engine is meant: nobody signed the request, or it is for a service that does not run
 * here. It speaks the protocol of the request, so that every client can read what is wrong.
 */
export function unroutedService(running: readonly string[]): AwsService {
  return {
    signingName: "",
    operations: [],
    handle(request: AwsRequest): Promise<AwsResponse> {
      if (!request.caller) {
        return Promise.reject(new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403));
      }
      const message = `The service "${serviceOf(request)}" does not run on this machine; ${running.join(", ")} do.`;
      return Promise.reject(new AwsError("UnknownOperationException", message, 404));
    },
    formatError: formatInKind,
  };
}

function serviceOf(request: AwsRequest): string {
  return request.signature?.scope.split("/")[2] ?? "";
}

function formatInKind(error: AwsError, request: AwsRequest): AwsResponse {
  const type = request.headers["content-type"] ?? "";
  const service = serviceOf(request);
  if (/cbor/i.test(type) || request.headers["smithy-protocol"] === "rpc-v2-cbor") return cborAnswer(error);
  const isForm = /^application\/x-www-form-urlencoded/i.test(type) || request.query.has("Action");
  if (service === "ec2" && isForm) return ec2Answer(error, request.id);
  if (isForm || restXml.has(service)) {
    return queryErrorAnswer(error, request.id, `https://${service || "aws"}.amazonaws.com/doc/`);
  }
  const body = JSON.stringify({ __type: error.code, message: error.message });
  return {
    status: error.status,
    headers: {
      // DynamoDB's clients check it.
      "x-amz-crc32": String(crc32(body)),
      "content-type": /^application\/x-amz-json-1\.1/i.test(type)
        ? "application/x-amz-json-1.1"
        : "application/x-amz-json-1.0",
      "x-amzn-errortype": error.code,
    },
    body,
  };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
function ec2Answer(error: AwsError, requestId: string): AwsResponse {
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${escapeXml(error.code)}</Code>` +
    `<Message>${escapeXml(error.message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  return { status: error.status, headers: { "content-type": "text/xml" }, body };
}

/** A map of two texts (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html). */
function cborAnswer(error: AwsError): AwsResponse {
  const texts = ["__type", error.code, "message", error.message].map((text) => {
    const bytes = Buffer.from(text);
    // Major type 3, with the length in the four bytes behind it.
    const head = Buffer.from([0x7a, 0, 0, 0, 0]);
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  });
  const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
  return { status: error.status, headers, body: Buffer.concat([Buffer.from([0xa2]), ...texts]) };
}
