import type { JsonInput } from "../../protocol/json-input";
import { AwsError } from "../../protocol/message";
import { queryForm } from "../queue-errors";
import { required } from "./sqs-operation";

/** The result of each entry of a batch; those that were refused do not stop the others. An empty list is left out. */
export interface BatchResult {
  readonly Successful?: readonly object[];
  readonly Failed?: readonly object[];
}

/** Runs `work` for each entry; one that is refused is listed by its id. */
export function inBatch(entries: readonly JsonInput[], work: (entry: JsonInput) => object): BatchResult {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const Id = required(entry, "Id");
    try {
      Successful.push({ Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, SenderFault: true, Code: queryForm(error).code, Message: error.message });
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) };
}
