import type { SQSClient } from "@aws-sdk/client-sqs";

let client: SQSClient | undefined;

/** The function's one client of SQS. */
export async function sqs(): Promise<SQSClient> {
  const { SQSClient } = await import("@aws-sdk/client-sqs");
  return (client ??= new SQSClient());
}
