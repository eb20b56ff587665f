import { isoSeconds } from "../clock";
import { AwsError } from "../protocol/message";

/** Why a signature was refused. */
export type SignatureFault =
  | "mechanism"
  | "unsupported-authorization"
  | "two-mechanisms"
  | "malformed"
  | "malformed-query"
  | "date"
  | "region"
  | "region-query"
  | "unsigned-headers"
  | "unknown-key"
  | "invalid-token"
  | "mismatch"
  | "skewed-back"
  | "skewed-forward"
  | "not-yet-valid"
  | "expired"
  | "payload-hash-missing"
  | "payload-hash-invalid"
  | "payload-mismatch"
  | "payload-too-large";

type Details = Readonly<Record<string, string>>;
type Refusal = readonly [code: string, message: string | ((details: Details) => string), status: number];

const skewed = "The difference between the request time and the current time is too large.";
const invalidToken = "The security token included in the request is invalid.";

/** S3's own words (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
const s3: Readonly<Record<SignatureFault, Refusal>> = {
  mechanism: [
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    400,
  ],
  "unsupported-authorization": ["InvalidArgument", "Unsupported Authorization Type", 400],
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
  region: [
    "AuthorizationHeaderMalformed",
    ({ given, Region }) =>
      `The authorization header is malformed; the region '${given ?? ""}' is wrong; expecting '${Region ?? ""}'`,
    400,
  ],
  "region-query": [
    "AuthorizationQueryParametersError",
    ({ given, Region }) =>
      `Error parsing the X-Amz-Credential parameter; the region '${given ?? ""}' is wrong; expecting '${Region ?? ""}'`,
    400,
  ],
  "unsigned-headers": ["AccessDenied", "There were headers present in the request which were not signed", 403],
  "unknown-key": ["InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403],
  "invalid-token": ["InvalidToken", "The provided token is malformed or otherwise invalid.", 400],
  mismatch: [
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
  ],
  "skewed-back": ["RequestTimeTooSkewed", skewed, 403],
  "skewed-forward": ["RequestTimeTooSkewed", skewed, 403],
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

const mismatch = ({ CanonicalRequest, StringToSign }: Details): string => {
  const message =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
    "and signing method. Consult the service documentation for details.";
  if (CanonicalRequest === undefined) return message;
  return (
    `${message}\n\nThe Canonical String for this request should have been\n'${CanonicalRequest}'\n\n` +
    `The String-to-Sign should have been\n'${StringToSign ?? ""}'\n`
  );
};

/** What the other services say (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html). */
const others: Readonly<Record<SignatureFault, Refusal>> = {
  ...s3,
  mechanism: [
    "IncompleteSignatureException",
    ({ Authorization = "" }) =>
      `'${Authorization}' not a valid key=value pair (missing equal-sign) in Authorization header: '${Authorization}'.`,
    400,
  ],
  malformed: ["IncompleteSignatureException", "The Authorization header is not complete.", 400],
  "malformed-query": ["IncompleteSignatureException", "The signing query parameters are not complete.", 400],
  date: ["IncompleteSignatureException", "Authorization header requires existence of an 'X-Amz-Date' header.", 400],
  region: ["InvalidSignatureException", "Credential should be scoped to a valid region.", 403],
  "region-query": ["InvalidSignatureException", "Credential should be scoped to a valid region.", 403],
  "unsigned-headers": ["InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization.", 403],
  "unknown-key": ["UnrecognizedClientException", invalidToken, 403],
  "invalid-token": ["UnrecognizedClientException", invalidToken, 403],
  mismatch: ["InvalidSignatureException", mismatch, 403],
  "skewed-back": [
    "InvalidSignatureException",
    ({ RequestTime = "", ServerTime = "" }) =>
      `Signature expired: ${RequestTime} is now earlier than ${minutesFrom(ServerTime, -15)} (${basic(ServerTime)} - 15 min.)`,
    403,
  ],
  "skewed-forward": [
    "InvalidSignatureException",
    ({ RequestTime = "", ServerTime = "" }) =>
      `Signature not yet current: ${RequestTime} is still later than ${minutesFrom(ServerTime, 15)} (${basic(ServerTime)} + 15 min.)`,
    403,
  ],
  "not-yet-valid": ["InvalidSignatureException", "Signature not yet current.", 403],
  expired: ["InvalidSignatureException", "Signature expired.", 403],
  "payload-mismatch": ["InvalidSignatureException", mismatch, 403],
  "payload-too-large": ["RequestEntityTooLargeException", "The request is larger than the service accepts.", 413],
};

/** The error that `service` (as a credential scope names it) answers for a fault. S3 shows `details` in its document. */
export function signatureError(service: string, fault: SignatureFault, details: Details = {}): AwsError {
  const [code, message, status] = (service === "s3" ? s3 : others)[fault];
  const { given: _given, ...shown } = details;
  return new AwsError(
    code,
    typeof message === "string" ? message : message(details),
    status,
    service === "s3" ? shown : {},
  );
}

/** A time as signatures have it, `20261130T120000Z`. */
function basic(time: string): string {
  return time.replace(/[-:]/g, "");
}

function minutesFrom(time: string, minutes: number): string {
  return basic(isoSeconds(Date.parse(time) + minutes * 60_000));
}
