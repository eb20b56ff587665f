import type { JsonInput } from "../../protocol/json-input";
import { AwsError } from "../../protocol/message";
import { queryForm } from "../queue-errors";
import { required } from "./sqs-operation";

/** What became of each entry of a batch; those that were refused do not keep the others. */
export interface BatchResult {
  readonly Successful: readonly object[];
  readonly Failed: readonly object[];
}

/** Does something with each entry; one that is refused is told of by its id. */
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
  return { Successful, Failed };
}
