import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { AwsService } from "../protocol/operation";

/**
 * Whether an unsigned request could be meant for S3, the only service that takes anonymous requests: the others'
 * carry a target or a JSON or form body.
 */
export function looksLikeS3(request: AwsRequest): boolean {
  if (request.headers["x-amz-target"] !== undefined) return false;
  return !/^application\/(x-amz-json|x-www-form-urlencoded|json|cbor)/i.test(request.headers["content-type"] ?? "");
}

/** Stands where no service of the engine is meant: nobody signed the request, or for a service that does not run here. */
export const unroutedService: AwsService = {
  signingName: "",
  handle(request: AwsRequest): Promise<AwsResponse> {
    if (!request.caller) {
      return Promise.reject(new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403));
    }
    const service = request.signature?.scope.split("/")[2] ?? "";
    const message = `The service "${service}" does not run on this machine.`;
    return Promise.reject(new AwsError("UnknownOperationException", message, 404));
  },
  formatError(error: AwsError): AwsResponse {
    return {
      status: error.status,
      headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": error.code },
      body: JSON.stringify({ __type: error.code, message: error.message }),
    };
  },
};
