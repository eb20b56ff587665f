import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, Operation } from "../protocol/operation";
import { readBody } from "../protocol/request-body";
import type { FunctionVersion } from "./function-runner";
import type { FunctionService } from "./function-service";

/** What the URL of a request says. */
interface FunctionInput {
  /** As in the URL: a name, a partial or a whole ARN. Empty where the operation is on no single function. */
  readonly functionName: string;
  readonly query: URLSearchParams;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: Operation<FunctionService, FunctionInput>;
}

// More than the largest payload, so that it is refused with the message that names its size.
const bodyLimit = 7 * 1024 * 1024;

const onFunction =
  (action: string) =>
  ({ functionName }: FunctionInput, functions: FunctionService) => [
    { action, resource: functions.arnOf(functionName) },
  ];

const invoke: Operation<FunctionService, FunctionInput> = {
  name: "Invoke",
  partly: "a version or an alias runs what the program says now",
  permissions: onFunction("lambda:InvokeFunction"),
  run: async ({ functionName }, functions, request) => {
    const type = header(request, "x-amz-invocation-type") ?? "RequestResponse";
    const payload = await readBody(request.body, bodyLimit, tooLarge);
    functions.find(functionName);
    checkJson(payload);
    if (type === "DryRun") return { status: 204 };
    if (type === "Event") {
      await functions.invokeAsync(functionName, payload);
      return { status: 202, headers: { "x-amz-executed-version": "$LATEST" } };
    }
    if (type !== "RequestResponse")
      throw new AwsError("InvalidParameterValueException", `${type} is not an invocation type.`);
    const clientContext = header(request, "x-amz-client-context");
    const result = await functions.invoke(functionName, payload, {
      ...(request.caller !== undefined && { callerArn: request.caller.arn }),
      ...(clientContext !== undefined && { clientContext: Buffer.from(clientContext, "base64").toString("utf8") }),
    });
    const withTail = header(request, "x-amz-log-type") === "Tail";
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-amz-executed-version": "$LATEST",
        "x-amz-function-error": result.functionError,
        "x-amz-log-result": withTail ? Buffer.from(result.logTail).toString("base64") : undefined,
      },
      body: result.payload,
    };
  },
};

const getFunction: Operation<FunctionService, FunctionInput> = {
  name: "GetFunction",
  permissions: onFunction("lambda:GetFunction"),
  run: async ({ functionName }, functions) => {
    const version = functions.find(functionName);
    const { reservedConcurrency } = version.definition;
    // Code.Location, a link to the package in AWS's own bucket, has no counterpart here.
    return json({
      Configuration: configuration(version),
      Code: { RepositoryType: "S3" },
      ...(reservedConcurrency !== undefined && {
        Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
      }),
    });
  },
};

const getFunctionConfiguration: Operation<FunctionService, FunctionInput> = {
  name: "GetFunctionConfiguration",
  permissions: onFunction("lambda:GetFunctionConfiguration"),
  run: async ({ functionName }, functions) => json(configuration(functions.find(functionName))),
};

const listFunctions: Operation<FunctionService, FunctionInput> = {
  name: "ListFunctions",
  permissions: () => [{ action: "lambda:ListFunctions", resource: "*" }],
  run: async ({ query }, functions) => {
    const size = Number(query.get("MaxItems") ?? "50");
    if (!Number.isInteger(size) || size < 1)
      throw new AwsError("InvalidParameterValueException", "MaxItems is from 1 to 10000.");
    const marker = query.get("Marker");
    const rest = functions.list().filter(({ definition }) => marker === null || definition.name > marker);
    // AWS answers with at most 50, whatever was asked for.
    const page = rest.slice(0, Math.min(size, 50));
    const last = page.at(-1)?.definition.name;
    return json({ Functions: page.map(configuration), ...(page.length < rest.length && { NextMarker: last }) });
  },
};

const routes: readonly Route[] = [
  { method: "POST", path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, operation: invoke },
  { method: "GET", path: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, operation: getFunctionConfiguration },
  { method: "GET", path: /^\/2015-03-31\/functions\/([^/]+)$/, operation: getFunction },
  { method: "GET", path: /^\/2015-03-31\/functions\/?$/, operation: listFunctions },
];

/** The name of a function with the version or alias that the query asks for; the name may have one, too. */
function qualified(name: string, qualifier: string | null): string {
  if (qualifier === null || qualifier === "" || name === "") return name;
  const given = /^(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:function:)?[\w-]+:(\$LATEST|[\w-]+)$/.exec(name)?.[1];
  if (given === undefined) return `${name}:${qualifier}`;
  if (given === qualifier) return name;
  const message = "The derived qualifier from the function name does not match the specified qualifier.";
  throw new AwsError("InvalidParameterValueException", message);
}

/** All that runs here of Lambda's API. */
export const functionOperations = routes.map(({ operation }) => operation);

/** Lambda's HTTP API (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html), as far as it is run here. */
export async function handleFunctionRequest(
  request: AwsRequest,
  functions: FunctionService,
  authorize: Authorize,
): Promise<AwsResponse> {
  for (const { method, path, operation } of routes) {
    const match = request.method === method ? path.exec(request.rawPath) : null;
    if (match === null) continue;
    const input = {
      functionName: qualified(decoded(match[1] ?? ""), request.query.get("Qualifier")),
      query: request.query,
    };
    authorize(request, operation.name, operation.permissions(input, functions));
    return operation.run(input, functions, request);
  }
  const known = functionOperations.map(({ name }) => name).join(", ");
  const asked = `${request.method} ${request.rawPath}`;
  throw new AwsError("UnknownOperationException", `Lambda's ${asked} is not run here; ${known} are.`, 404);
}

/** An error in the shape of Lambda's API. */
export function formatFunctionError(error: AwsError): AwsResponse {
  const type = error.status >= 500 ? "Service" : "User";
  return {
    status: error.status,
    headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
    body: JSON.stringify({ Type: type, Message: error.message, message: error.message, ...error.details }),
  };
}

function configuration({ definition, code, modified }: FunctionVersion): object {
  return {
    FunctionName: definition.name,
    FunctionArn: definition.arn,
    Runtime: definition.runtime,
    Role: definition.roleArn,
    Handler: definition.handler,
    CodeSize: code.size,
    CodeSha256: code.sha256,
    Timeout: definition.timeout,
    MemorySize: definition.memory,
    // AWS writes the offset without a colon and without Z.
    LastModified: new Date(modified).toISOString().replace("Z", "+0000"),
    Version: "$LATEST",
    PackageType: "Zip",
    Architectures: [process.arch === "arm64" ? "arm64" : "x86_64"],
    Environment: { Variables: definition.environment },
    LoggingConfig: { LogFormat: definition.logFormat, LogGroup: definition.logGroup },
    State: "Active",
    LastUpdateStatus: "Successful",
  };
}

function checkJson(payload: Buffer): void {
  if (payload.length === 0) return;
  try {
    JSON.parse(payload.toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${reason}`);
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AwsError("InvalidParameterValueException", `${segment} is not a function name.`);
  }
}

function header(request: AwsRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function tooLarge(limit: number): AwsError {
  return new AwsError("RequestEntityTooLargeException", `The payload is larger than ${limit} bytes.`, 413);
}

function json(value: unknown): AwsResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
