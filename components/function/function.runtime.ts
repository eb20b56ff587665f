import type { LambdaClient } from "@aws-sdk/client-lambda";
import { place } from "../shared/place.runtime";

let client: LambdaClient | undefined;

/**
 * Calls the function named by an environment variable and waits for its result.
 * @throws what the function threw, by name and message
 */
export async function invoke(variable: string, payload: unknown): Promise<unknown> {
  const { InvokeCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
  client ??= new LambdaClient();
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({
      FunctionName: place("fn.invoke", variable),
      Payload: new TextEncoder().encode(JSON.stringify(payload ?? null)),
    }),
  );
  const text = Payload === undefined ? "" : Payload.transformToString();
  const result: unknown = text === "" ? undefined : JSON.parse(text);
  if (FunctionError === undefined) return result;
  const { errorType, errorMessage } = result as { errorType?: string; errorMessage?: string };
  const error = new Error(errorMessage ?? "the function failed");
  error.name = errorType ?? "Error";
  throw error;
}
