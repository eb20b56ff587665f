import { JsonInput } from "./json-input";
import { AwsError, type AwsRequest, type AwsResponse } from "./message";
import type { Authorize, Operation } from "./operation";
import { readBody } from "./request-body";

/** How one service speaks the AWS JSON protocol. */
interface JsonProtocolOptions<Service> {
  /** What precedes the operation in `X-Amz-Target`, e.g. `Logs_20140328`. */
  readonly target: string;
  /** Defaults to `1.1`. */
  readonly version?: "1.0" | "1.1";
  /** The service's error code for a bad parameter. Defaults to `ValidationException`. */
  readonly missingCode?: string;
  /** The largest request in bytes. Defaults to 10 MiB, more than any operation here takes. */
  readonly limit?: number;
  readonly operations: readonly Operation<Service, JsonInput>[];
}

/**
 * The AWS JSON 1.0 and 1.1 protocols (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html): the
 * `X-Amz-Target` header names the operation, the body holds its parameters, errors carry their code in `__type`.
 */
export class JsonProtocol<Service> {
  private readonly operations: ReadonlyMap<string, Operation<Service, JsonInput>>;
  private readonly contentType: string;

  public constructor(private readonly options: JsonProtocolOptions<Service>) {
    this.operations = new Map(options.operations.map((operation) => [operation.name, operation]));
    this.contentType = `application/x-amz-json-${options.version ?? "1.1"}`;
  }

  public async handle(request: AwsRequest, service: Service, authorize: Authorize): Promise<AwsResponse> {
    const operation = this.operationOf(request);
    const body = await readBody(
      request.body,
      this.options.limit ?? 10 * 1024 * 1024,
      (limit) => new AwsError("RequestEntityTooLargeException", `The request is larger than ${limit} bytes.`, 413),
    );
    const input = JsonInput.parse(body.toString("utf8"), this.options.missingCode ?? "ValidationException");
    authorize(request, operation.name, operation.permissions(input, service));
    const response = await operation.run(input, service, request);
    return { ...response, headers: { "content-type": this.contentType, ...response.headers } };
  }

  public formatError(error: AwsError): AwsResponse {
    return {
      status: error.status,
      headers: { "content-type": this.contentType, "x-amzn-errortype": error.code },
      body: JSON.stringify({ __type: error.code, message: error.message, ...error.details }),
    };
  }

  private operationOf(request: AwsRequest): Operation<Service, JsonInput> {
    const target = request.headers["x-amz-target"];
    const name = typeof target === "string" ? target : "";
    const operation = name.startsWith(`${this.options.target}.`)
      ? this.operations.get(name.slice(this.options.target.length + 1))
      : undefined;
    if (operation === undefined) {
      const known = [...this.operations.keys()].join(", ");
      throw new AwsError(
        "UnknownOperationException",
        `The operation ${name || "(none)"} is not run here; ${known} are.`,
      );
    }
    return operation;
  }
}

/** A successful answer of an operation in a JSON protocol; without `value` the body is `{}`. */
export function jsonResponse(value: unknown = {}): AwsResponse {
  return { status: 200, body: JSON.stringify(value) };
}
