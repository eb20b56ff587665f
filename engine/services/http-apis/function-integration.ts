import type { InvocationResult, InvokeOptions } from "../functions/function-definition";
import { AwsError } from "../protocol/message";
import type { IntegrationDefinition } from "./api-definition";
import type { Exchange } from "./exchange";
import { functionAnswer, MalformedAnswer } from "./function-answer";
import { Refusal, type GatewayAnswer } from "./gateway-answer";
import { integrationEvent } from "./request-events";

/** What runs functions. */
export interface FunctionInvoker {
  invoke(nameOrArn: string, payload: Buffer, options?: InvokeOptions): Promise<InvocationResult>;
}

/** Answers a request with what a function returns. @throws Refusal */
export async function answerWithFunction(
  exchange: Exchange,
  integration: IntegrationDefinition,
  functions: FunctionInvoker,
): Promise<GatewayAnswer> {
  const { request, clock, stage } = exchange;
  const body = await request.readBody();
  const event = Buffer.from(JSON.stringify(integrationEvent(exchange, integration.payloadFormat, body)));
  const functionArn = functionOf(integration.uri, stage?.variables ?? {});
  const result = await exchange.timed(() =>
    within(clock, integration.timeout, () => invoke(functions, functionArn, event)),
  );
  exchange.integration.requestId = result.requestId;
  exchange.integration.status = 200;
  if (result.status !== "succeeded") {
    // The developer hears of it from the function's own line.
    exchange.integration.error = describeError(result.payload);
    throw new Refusal(500);
  }
  try {
    return functionAnswer(result.payload, integration.payloadFormat);
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    exchange.integration.error =
      "The response from the Lambda function doesn't match the format that API Gateway expects.";
    throw new Refusal(500, `what the function returned is no answer: ${error.message}`);
  }
}

/** The function that a URI names: an ARN, or an invoke ARN with one in it; with the stage's variables in their places. */
export function functionOf(uri: string, variables: Readonly<Record<string, string>>): string {
  const filled = uri.replace(/\$\{stageVariables\.(\w+)\}/g, (_all, name: string) => variables[name] ?? "");
  return /\/functions\/([^/]+)\/invocations$/.exec(filled)?.[1] ?? filled;
}

/** Runs a function. @throws Refusal where it cannot be run */
export async function invoke(
  functions: FunctionInvoker,
  functionArn: string,
  event: Buffer,
): Promise<InvocationResult> {
  try {
    return await functions.invoke(functionArn, event, { trigger: "request" });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.status === 413) throw new Refusal(413, error.message);
    if (error.status === 429 || error.status === 503) throw new Refusal(503, error.message);
    throw new Refusal(500, error.message);
  }
}

/** Waits for `work` for at most `milliseconds`. What takes longer goes on, and nobody hears of it. @throws Refusal 503 */
function within<T>(clock: Exchange["clock"], milliseconds: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () =>
      reject(new Refusal(503, `the integration took longer than ${milliseconds} ms`)),
    );
    work()
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}

function describeError(payload: Buffer): string {
  try {
    const { errorType, errorMessage } = JSON.parse(payload.toString("utf8")) as Record<string, unknown>;
    return `${String(errorType)}: ${String(errorMessage)}`;
  } catch {
    return "unknown error";
  }
}
