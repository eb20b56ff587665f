import { isRecord, parseObject } from "../../protocol/json-input";
import type { Queue } from "../queue";
import { invalidValue, missingParameter } from "../queue-errors";
import { onQueue, required } from "./sqs-operation";

/** A statement that `AddPermission` has made is known by its label. */
interface Policy {
  readonly Version: string;
  readonly Id: string;
  readonly Statement: readonly Record<string, unknown>[];
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html */
const addPermission = onQueue("AddPermission", (queue, input, service) => {
  const label = readLabel(required(input, "Label"));
  const accounts = input.optionalStrings("AWSAccountIds") ?? [];
  const actions = input.optionalStrings("Actions") ?? [];
  if (accounts.length === 0) throw missingParameter("AWSAccountIds");
  if (actions.length === 0) throw missingParameter("Actions");
  const account = accounts.find((each) => !/^\d{12}$/.test(each));
  if (account !== undefined) {
    throw invalidValue(`[${account}]`, "PrincipalId", "Unable to verify.");
  }
  const action = actions.find((each) => !/^(\*|[A-Za-z]{1,64})$/.test(each));
  if (action !== undefined) throw invalidValue(`SQS:${action}`, "ActionName", "Please refer to the appropriate WSDL.");
  const policy = policyOf(queue);
  if (policy.Statement.some(({ Sid }) => Sid === label)) throw invalidValue(label, "Label", "Already exists.");
  const principals = accounts.map((id) => `arn:${service.account.partition}:iam::${id}:root`);
  const statement = {
    Sid: label,
    Effect: "Allow",
    Principal: { AWS: single(principals) },
    Action: single(actions.map((each) => `SQS:${each}`)),
    Resource: queue.record.arn,
  };
  const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
  service.setAttributes(queue, { Policy });
  return {};
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html */
const removePermission = onQueue("RemovePermission", (queue, input, service) => {
  const label = readLabel(required(input, "Label"));
  const policy = policyOf(queue);
  const Statement = policy.Statement.filter(({ Sid }) => Sid !== label);
  if (Statement.length === policy.Statement.length) {
    throw invalidValue(label, "Label", "can't find label on existing policy.");
  }
  service.setAttributes(queue, { Policy: Statement.length === 0 ? "" : JSON.stringify({ ...policy, Statement }) });
  return {};
});

export const permissionOperations = [addPermission, removePermission];

function readLabel(label: string): string {
  if (/^[\w-]{1,80}$/.test(label)) return label;
  const reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
  throw invalidValue(label.slice(0, 200), "Label", reason);
}

function policyOf({ record }: Queue): Policy {
  const none = { Version: "2008-10-17", Id: `${record.arn}/SQSDefaultPolicy`, Statement: [] };
  const text = record.attributes["Policy"];
  if (text === undefined || text === "") return none;
  const policy = parseObject(text) ?? {};
  const { Statement } = policy;
  const statements = Array.isArray(Statement) ? Statement : Statement === undefined ? [] : [Statement];
  return { ...none, ...policy, Statement: statements.filter(isRecord) };
}

/** AWS writes a list of one as its item. */
function single(items: readonly string[]): string | readonly string[] {
  return items.length === 1 ? (items[0] ?? "") : items;
}
