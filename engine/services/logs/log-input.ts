import type { JsonInput } from "../protocol/json-input";
import { AwsError } from "../protocol/message";
import type { LogService } from "./log-service";
import type { LogGroup } from "./log-store";

/** The page after the item that the token names; an item that is gone ends the listing as AWS's expired tokens do. */
export function pageOf<T>(
  input: JsonInput,
  items: readonly T[],
  nameOf: (item: T) => string,
): { items: T[]; nextToken?: string } {
  const token = input.optionalString("nextToken");
  const limit = limitOf(input, 50, 50);
  const last = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
  const index = last === undefined ? 0 : items.findIndex((item) => nameOf(item) === last) + 1;
  if (last !== undefined && index === 0) throw invalid("The specified nextToken is invalid.");
  const page = items.slice(index, index + limit);
  const end = page.at(-1);
  if (end === undefined || index + limit >= items.length) return { items: page };
  return { items: page, nextToken: Buffer.from(nameOf(end)).toString("base64url") };
}

export function limitOf(input: JsonInput, fallback: number, most: number): number {
  const limit = input.optionalNumber("limit") ?? fallback;
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  const bound = limit > most ? `less than or equal to ${most}` : "greater than or equal to 1";
  throw invalid(
    `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

/** The group's name, which may be given as its name, or as an identifier: name or ARN. */
export function groupName(input: JsonInput): string {
  const identifier = input.optionalString("logGroupIdentifier");
  if (identifier === undefined) return input.string("logGroupName");
  return /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier)?.[1] ?? identifier;
}

export function existingGroup(input: JsonInput, logs: LogService): LogGroup {
  const group = logs.store.group(groupName(input));
  if (group === undefined) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  return group;
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
