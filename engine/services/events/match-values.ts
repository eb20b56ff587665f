import { BlockList, isIP } from "node:net";
import { isRecord } from "../protocol/json-input";
import { AwsError } from "../protocol/message";

/** Whether one value of an event (a string, number, boolean or null) is what a pattern asks for. */
export type ValueMatcher = (value: unknown) => boolean;

/** The words that begin a comparison, and so cannot be fields of an alternative of `$or`. */
export const operators: ReadonlySet<string> = new Set([
  "anything-but",
  "cidr",
  "equals-ignore-case",
  "exists",
  "numeric",
  "prefix",
  "suffix",
  "wildcard",
]);

/** The error for a pattern that EventBridge does not take. */
export function invalidPattern(reason: string): AwsError {
  return new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
}

/** Compiles a comparison such as `{ "prefix": "a" }`, `exists` excepted. */
export function compileComparison(operator: string, operand: unknown): ValueMatcher {
  switch (operator) {
    case "prefix":
    case "suffix":
      return compileAffix(operator, operand);
    case "equals-ignore-case": {
      const expected = text(operator, operand).toLowerCase();
      return onText((value) => value.toLowerCase() === expected);
    }
    case "wildcard":
      return onText(compileWildcard(text(operator, operand)));
    case "numeric":
      return compileNumeric(operand);
    case "cidr":
      return compileCidr(text(operator, operand));
    case "anything-but":
      return compileAnythingBut(operand);
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`);
  }
}

function compileAffix(operator: "prefix" | "suffix", operand: unknown): ValueMatcher {
  const ignoreCase = isRecord(operand);
  if (ignoreCase && Object.keys(operand).join() !== "equals-ignore-case")
    throw invalidPattern(`Unsupported ${operator} pattern: only equals-ignore-case is allowed`);
  const given = text(operator, ignoreCase ? operand["equals-ignore-case"] : operand);
  const expected = ignoreCase ? given.toLowerCase() : given;
  return onText((value) => {
    const compared = ignoreCase ? value.toLowerCase() : value;
    return operator === "prefix" ? compared.startsWith(expected) : compared.endsWith(expected);
  });
}

/**
 * `*` stands for any characters, `\*` and `\\` for themselves. Matched by looking for the literal parts in turn, which
 * takes linear time whatever the pattern: a regular expression would not.
 */
function compileWildcard(pattern: string): (value: string) => boolean {
  const parts = [""];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? "";
    if (character === "*") {
      if (pattern[index + 1] === "*") throw invalidPattern("Consecutive wildcard characters");
      parts.push("");
      continue;
    }
    const next = pattern[index + 1] ?? "";
    if (character === "\\" && next !== "*" && next !== "\\") throw invalidPattern("Invalid escape character");
    parts[parts.length - 1] += character === "\\" ? next : character;
    if (character === "\\") index += 1;
  }
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return (value) => value === first;
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    const end = value.length - last.length;
    let position = first.length;
    for (const part of others) {
      const found = value.indexOf(part, position);
      if (found < 0 || found + part.length > end) return false;
      position = found + part.length;
    }
    return true;
  };
}

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function compileNumeric(operand: unknown): ValueMatcher {
  if (!Array.isArray(operand)) throw invalidPattern("Value of numeric must be an array.");
  const parts: unknown[] = operand;
  if (parts.length !== 2 && parts.length !== 4)
    throw invalidPattern("Too many or too few elements in numeric expression");
  const bounds: { operator: string; bound: number; holds: (value: number, bound: number) => boolean }[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const operator = parts[index];
    const bound = parts[index + 1];
    const holds = typeof operator === "string" ? comparisons[operator] : undefined;
    if (holds === undefined) throw invalidPattern(`Unrecognized numeric range operator: ${String(operator)}`);
    // The range that EventBridge documents.
    if (typeof bound !== "number" || Math.abs(bound) > 5e9)
      throw invalidPattern("Value of numeric must be between -5000000000 and 5000000000");
    bounds.push({ operator: String(operator), bound, holds });
  }
  const [lower, upper] = bounds;
  if (lower !== undefined && upper !== undefined) {
    if (!lower.operator.startsWith(">")) throw invalidPattern(`Bad numeric range operator: ${lower.operator}`);
    if (!upper.operator.startsWith("<")) throw invalidPattern(`Bad numeric range operator: ${upper.operator}`);
    if (lower.bound >= upper.bound) throw invalidPattern("Bottom must be less than top");
  }
  return (value) => typeof value === "number" && bounds.every(({ bound, holds }) => holds(value, bound));
}

function compileCidr(range: string): ValueMatcher {
  const [address = "", length = ""] = range.split("/");
  const version = isIP(address);
  if (version === 0 || !/^\d{1,3}$/.test(length) || Number(length) > (version === 4 ? 32 : 128))
    throw invalidPattern(`Malformed CIDR, one '/' required: ${range}`);
  const family = version === 4 ? "ipv4" : "ipv6";
  const addresses = new BlockList();
  addresses.addSubnet(address, Number(length), family);
  return onText((value) => isIP(value) === version && addresses.check(value, family));
}

function compileAnythingBut(operand: unknown): ValueMatcher {
  const excluded = isRecord(operand) ? compileExcludedTexts(operand) : compileExcludedValues(operand);
  return (value) => !excluded.some((matches) => matches(value));
}

function compileExcludedTexts(operand: Record<string, unknown>): ValueMatcher[] {
  const [entry, ...more] = Object.entries(operand);
  if (entry === undefined || more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  const [operator, value] = entry;
  if (!["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(operator))
    throw invalidPattern(`Unsupported anything-but pattern: ${operator}`);
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw invalidPattern("Empty arrays are not allowed");
  return values.map((each) => {
    if (text(operator, each) === "") throw invalidPattern("Null prefix/suffix not allowed");
    return compileComparison(operator, each);
  });
}

function compileExcludedValues(operand: unknown): ValueMatcher[] {
  const values: unknown[] = Array.isArray(operand) ? operand : [operand];
  const areTexts = values.every((value) => typeof value === "string");
  const areNumbers = values.every((value) => typeof value === "number");
  if (values.length === 0 || (!areTexts && !areNumbers)) {
    throw invalidPattern(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
  }
  return values.map((expected) => (value) => value === expected);
}

function text(operator: string, operand: unknown): string {
  if (typeof operand !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
}

function onText(matches: (value: string) => boolean): ValueMatcher {
  return (value) => typeof value === "string" && matches(value);
}
