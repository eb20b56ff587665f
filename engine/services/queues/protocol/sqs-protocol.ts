import { JsonInput } from "../../protocol/json-input";
import { AwsError, type AwsRequest, type AwsResponse } from "../../protocol/message";
import type { Authorize } from "../../protocol/operation";
import { queryErrorAnswer } from "../../protocol/query-error";
import { readBody } from "../../protocol/request-body";
import { queryForm, shapeOf } from "../queue-errors";
import type { QueueService } from "../queue-service";
import { managingOperations } from "./managing";
import { movingOperations } from "./moving";
import { permissionOperations } from "./permissions";
import { readQuery } from "./query-input";
import { namespace, queryAnswer } from "./query-output";
import { receivingOperations } from "./receiving";
import { sendingOperations } from "./sending";
import type { SqsOperation } from "./sqs-operation";

/** All that runs here of SQS. */
export const sqsOperations: readonly SqsOperation[] = [
  ...sendingOperations,
  ...receivingOperations,
  ...managingOperations,
  ...movingOperations,
  ...permissionOperations,
];

const operations = new Map(sqsOperations.map((operation) => [operation.name, operation]));

// A batch of 1 MiB, whose bodies may be twice as long in JSON, or three times in a form.
const requestLimit = 8 * 1024 * 1024;
const target = "AmazonSQS.";
const contentType = "application/x-amz-json-1.0";
const missingCode = "MissingParameter";

/**
 * Both protocols of SQS, told apart by the header that names the action: JSON, which SDKs have spoken since 2023, and the
 * query protocol of before
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html).
 */
export class SqsProtocol {
  public async handle(request: AwsRequest, service: QueueService, authorize: Authorize): Promise<AwsResponse> {
    const body = await readBody(
      request.body,
      requestLimit,
      (limit) => new AwsError("RequestEntityTooLarge", `The request is larger than ${limit} bytes.`, 413),
    );
    if (isQuery(request)) {
      const { action, values } = readQuery(request, body.toString("utf8"));
      const result = await this.run(action, JsonInput.of(values, missingCode), request, service, authorize);
      return queryAnswer(action, result, request.id);
    }
    const action = String(request.headers["x-amz-target"]);
    const input = JsonInput.parse(body.toString("utf8"), missingCode);
    const name = action.startsWith(target) ? action.slice(target.length) : action;
    const result = await this.run(name, input, request, service, authorize);
    return { status: 200, headers: { "content-type": contentType }, body: JSON.stringify(result) };
  }

  public formatError(error: AwsError, request: AwsRequest): AwsResponse {
    const { code, status } = queryForm(error);
    const fault = error.status >= 500 ? "Receiver" : "Sender";
    if (isQuery(request)) {
      const ofVersion = error.code === "QueueDoesNotExist" ? " for this wsdl version" : "";
      const message = error.message.replace(/\.$/, `${ofVersion}.`);
      return queryErrorAnswer(
        { code, status, message: ofVersion === "" ? error.message : message },
        request.id,
        namespace,
      );
    }
    // SDKs that used to speak the other protocol go on matching its codes: they take them from this header.
    return {
      status: error.status === 404 ? 400 : error.status,
      headers: { "content-type": contentType, "x-amzn-query-error": `${code};${fault}` },
      body: JSON.stringify({ __type: shapeOf(error), message: error.message }),
    };
  }

  private async run(
    name: string,
    input: JsonInput,
    request: AwsRequest,
    service: QueueService,
    authorize: Authorize,
  ): Promise<object> {
    const operation = operations.get(name);
    if (operation === undefined)
      throw new AwsError("InvalidAction", `The action ${name} is not valid for this endpoint.`);
    authorize(request, name, operation.permissions(input, service));
    return operation.run(input, service, request);
  }
}

function isQuery(request: AwsRequest): boolean {
  return request.headers["x-amz-target"] === undefined;
}
