import { createHash } from "node:crypto";
import type { JsonInput } from "../protocol/json-input";
import type { AwsError } from "../protocol/message";
import { invalidParameter } from "./queue-errors";

/** A message attribute as the JSON protocol has it; binary values are in base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const mostAttributes = 10;
/** What XML 1.0 can carry (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). */
export const forbiddenCharacter = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * Reads and checks a message's own attributes
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
 */
export function readMessageAttributes(input: JsonInput | undefined): MessageAttributes | undefined {
  const names = input?.names() ?? [];
  if (input === undefined || names.length === 0) return undefined;
  if (names.length > mostAttributes)
    throw invalidParameter(`Number of message attributes [${names.length}] exceeds the allowed maximum [10].`);
  const attributes: [string, MessageAttribute][] = [];
  for (const name of names) {
    checkName(name);
    const value = input.optionalObject(name);
    if (value !== undefined) attributes.push([name, readAttribute(name, value)]);
  }
  return Object.fromEntries(attributes);
}

/** The only system attribute that a sender may give: the trace that a message belongs to. */
export function readTraceHeader(input: JsonInput | undefined): string | undefined {
  for (const name of input?.names() ?? []) {
    const value = input?.optionalObject(name);
    if (value === undefined) throw emptyAttribute(name);
    const attribute = readAttribute(name, value);
    if (name !== "AWSTraceHeader")
      throw invalidParameter(`Message system attribute name '${name}' is invalid: only AWSTraceHeader can be sent.`);
    if (attribute.DataType !== "String")
      throw invalidParameter(`The message system attribute '${name}' must be of the type String.`);
    return attribute.StringValue;
  }
  return undefined;
}

/** How many bytes of a message's limit its attributes take: names, types and values. */
export function sizeOfAttributes(attributes: MessageAttributes | undefined): number {
  let size = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += StringValue === undefined ? Buffer.byteLength(BinaryValue ?? "", "base64") : Buffer.byteLength(StringValue);
  }
  return size;
}

/**
 * The digest by which SDKs check that attributes arrived as they were sent
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation).
 */
export function digestOfAttributes(attributes: MessageAttributes | undefined): string | undefined {
  const entries = Object.entries(attributes ?? {});
  if (entries.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, { DataType, StringValue, BinaryValue }] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.of(StringValue === undefined ? 2 : 1));
    add(StringValue === undefined ? Buffer.from(BinaryValue ?? "", "base64") : Buffer.from(StringValue));
  }
  return hash.digest("hex");
}

/** Those attributes that a receiver asked for: by name, by `prefix.*`, or `All` (also `.*` and `*`). */
export function selectAttributes(
  attributes: MessageAttributes | undefined,
  wanted: readonly string[],
): MessageAttributes | undefined {
  if (attributes === undefined || wanted.length === 0) return undefined;
  if (["All", ".*", "*"].some((all) => wanted.includes(all))) return attributes;
  const isWanted = (name: string): boolean =>
    wanted.some((each) => (each.endsWith(".*") ? name.startsWith(each.slice(0, -1)) : each === name));
  const selected = Object.entries(attributes).filter(([name]) => isWanted(name));
  return selected.length === 0 ? undefined : Object.fromEntries(selected);
}

function readAttribute(name: string, value: JsonInput): MessageAttribute {
  const dataType = value.optionalString("DataType") ?? "";
  const text = value.optionalString("StringValue");
  const binary = value.optionalString("BinaryValue");
  if (value.names().some((each) => each === "StringListValues" || each === "BinaryListValues"))
    throw invalidParameter(`Message attribute list values in SendMessage operation are not supported.`);
  if (dataType === "") throw emptyAttribute(name);
  const [base] = dataType.split(".");
  if (base !== "String" && base !== "Number" && base !== "Binary") {
    throw invalidParameter(
      `The type of message attribute '${name}' is invalid. You must use only the following supported type prefixes: ` +
        `Binary, Number, String.`,
    );
  }
  if (dataType.length > 256)
    throw invalidParameter(`The length of message attribute '${name}' type must be less than 256 bytes.`);
  const isBinary = base === "Binary";
  const given = isBinary ? binary : text;
  if (given === "") {
    throw invalidParameter(`Message (user) attribute '${name}' must contain a non-empty value of type '${base}'.`);
  }
  if (given === undefined || (isBinary ? text : binary) !== undefined) {
    throw invalidParameter(
      `The message attribute '${name}' with type '${base}' must use field '${isBinary ? "Binary" : "String"}'.`,
    );
  }
  if (isBinary) return { DataType: dataType, BinaryValue: given };
  if (forbiddenCharacter.test(given)) throw invalidParameter(`Message attribute '${name}' has an invalid character.`);
  if (base === "Number" && !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(given))
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { DataType: dataType, StringValue: given };
}

function checkName(name: string): void {
  const isReserved = /^(aws|amazon)\./i.test(name);
  if (/^[\p{L}\p{N}_.-]{1,256}$/u.test(name) && !isReserved && !/^\.|\.$|\.\./.test(name)) return;
  throw invalidParameter(
    `Message attribute name '${name.slice(0, 260)}' is invalid: a name has up to 256 letters, digits, underscores, hyphens ` +
      `and periods, no period at its ends or beside another, and does not start with AWS. or Amazon.`,
  );
}

function emptyAttribute(name: string): AwsError {
  return invalidParameter(`The message attribute '${name}' must contain a non-empty message attribute type.`);
}
