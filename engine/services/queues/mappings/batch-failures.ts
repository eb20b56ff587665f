import { isRecord } from "../../protocol/json-input";

/** Which messages of a batch a function has not processed. `reason` is why it is all of them. */
export type BatchFailures =
  { readonly all: false; readonly ids: ReadonlySet<string> } | { readonly all: true; readonly reason: string };

/**
 * Reads a function's `batchItemFailures`. Nothing, and an empty list, are success; anything that cannot be understood is
 * a failure of the whole batch (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).
 */
export function readBatchFailures(response: string, messageIds: readonly string[]): BatchFailures {
  let value: unknown;
  try {
    value = JSON.parse(response);
  } catch {
    return { all: true, reason: "its response is not JSON" };
  }
  const none = { all: false, ids: new Set<string>() } as const;
  if (value === null) return none;
  if (!isRecord(value)) return { all: true, reason: "its response is not an object with batchItemFailures" };
  const failures = value["batchItemFailures"] ?? [];
  if (!Array.isArray(failures)) return { all: true, reason: "batchItemFailures is not a list" };
  const ids = new Set<string>();
  for (const failure of failures as unknown[]) {
    const id = isRecord(failure) ? failure["itemIdentifier"] : undefined;
    if (typeof id !== "string" || id === "") return { all: true, reason: "an itemIdentifier is missing or empty" };
    if (!messageIds.includes(id)) return { all: true, reason: `no message of the batch has the id ${id}` };
    ids.add(id);
  }
  return { all: false, ids };
}
