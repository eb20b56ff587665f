import type { AwsError, AwsResponse } from "./message";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text of an XML document. A carriage return would become a line feed where it is read. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => escapes[character] ?? "&#xD;");
}

/**
 * The codes that signatures are refused with, in the query protocol: the JSON protocols have the same with other names
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html).
 */
const signatureCodes: Readonly<Record<string, string>> = {
  IncompleteSignatureException: "IncompleteSignature",
  InvalidSignatureException: "SignatureDoesNotMatch",
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  UnrecognizedClientException: "InvalidClientTokenId",
};

/** What an error of a signature is called in the query protocol; any other error has the same name in both. */
export function queryCode(code: string): string {
  return signatureCodes[code] ?? code;
}

/** An error as the query protocol has it (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). */
export function queryErrorAnswer(
  error: Pick<AwsError, "code" | "status" | "message">,
  requestId: string,
  namespace: string,
): AwsResponse {
  const fault = error.status >= 500 ? "Receiver" : "Sender";
  const body =
    `<?xml version="1.0"?><ErrorResponse xmlns="${namespace}"><Error><Type>${fault}</Type>` +
    `<Code>${escapeXml(queryCode(error.code))}</Code><Message>${escapeXml(error.message)}</Message><Detail/></Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`;
  return { status: error.status, headers: { "content-type": "text/xml" }, body };
}
