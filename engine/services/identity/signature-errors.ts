import { AwsError } from "../protocol/message";

/** Why a signature was refused. */
export type SignatureFault =
  | "mechanism"
  | "two-mechanisms"
  | "malformed"
  | "malformed-query"
  | "date"
  | "unsigned-headers"
  | "unknown-key"
  | "mismatch"
  | "skewed"
  | "not-yet-valid"
  | "expired"
  | "payload-hash-missing"
  | "payload-hash-invalid"
  | "payload-mismatch"
  | "payload-too-large";

type Refusal = readonly [code: string, message: string, status: number];

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

/** S3's own words (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
const s3: Record<SignatureFault, Refusal> = {
  mechanism: [
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    400,
  ],
  "two-mechanisms": [
    "InvalidArgument",
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or " +
      "the Authorization header should be specified",
    400,
  ],
  malformed: ["AuthorizationHeaderMalformed", "The authorization header that you provided is not valid.", 400],
  "malformed-query": [
    "AuthorizationQueryParametersError",
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, " +
      "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters, and X-Amz-Expires must not exceed 604800 seconds.",
    400,
  ],
  date: ["AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403],
  "unsigned-headers": ["AccessDenied", "There were headers present in the request which were not signed", 403],
  "unknown-key": ["InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403],
  mismatch: ["SignatureDoesNotMatch", mismatch, 403],
  skewed: ["RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403],
  "not-yet-valid": ["AccessDenied", "Request is not valid yet", 403],
  expired: ["AccessDenied", "Request has expired", 403],
  "payload-hash-missing": ["InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400],
  "payload-hash-invalid": [
    "InvalidArgument",
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, " +
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.",
    400,
  ],
  "payload-mismatch": [
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    400,
  ],
  "payload-too-large": ["EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400],
};

/** What the JSON services say (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html). */
const others: Record<SignatureFault, Refusal> = {
  ...s3,
  malformed: ["IncompleteSignatureException", "The Authorization header is not complete.", 400],
  "malformed-query": ["IncompleteSignatureException", "The signing query parameters are not complete.", 400],
  date: ["IncompleteSignatureException", "Authorization header requires existence of an 'X-Amz-Date' header.", 400],
  "unsigned-headers": ["InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization.", 403],
  "unknown-key": ["UnrecognizedClientException", "The security token included in the request is invalid.", 403],
  mismatch: ["InvalidSignatureException", mismatch, 403],
  skewed: ["RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403],
  "not-yet-valid": ["InvalidSignatureException", "Signature not yet current.", 403],
  expired: ["InvalidSignatureException", "Signature expired.", 403],
  "payload-mismatch": ["InvalidSignatureException", mismatch, 403],
  "payload-too-large": ["RequestEntityTooLargeException", "The request is larger than the service accepts.", 413],
};

/** The error that `service` (as a credential scope names it) answers for a fault. */
export function signatureError(service: string, fault: SignatureFault, details: Record<string, string> = {}): AwsError {
  const [code, message, status] = (service === "s3" ? s3 : others)[fault];
  return new AwsError(code, message, status, details);
}
