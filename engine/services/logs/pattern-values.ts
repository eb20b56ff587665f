import { AwsError } from "../protocol/message";

/** Whether the message of an event is what a pattern asks for. */
export type MessageMatcher = (message: string) => boolean;

/** The error for a filter pattern that CloudWatch Logs does not take. */
export function refusedPattern(reason: string): AwsError {
  return new AwsError("InvalidParameterException", `Invalid filter pattern: ${reason}.`);
}

/**
 * A regular expression between percent signs. It has no groups, so that none takes long
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions).
 */
export function compileRegularExpression(text: string): RegExp {
  const unescaped = text.replace(/\\./g, "");
  if (/[()]/.test(unescaped)) throw refusedPattern(`a regular expression with parentheses: ${text}`);
  if (text.length === 0) throw refusedPattern("an empty regular expression");
  try {
    return new RegExp(text);
  } catch {
    throw refusedPattern(`not a regular expression: ${text}`);
  }
}

/** Whether a value, as the text or number that it is, is what a condition asks for; undefined is a value that is absent. */
export type ValueTest = (value: unknown) => boolean;

const orders: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "!=": (value, bound) => value !== bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Compiles a comparison with an operand: a number, text with `*` for any characters, or a regular expression. */
export function compileComparison(operator: string, operand: string): ValueTest {
  const order = orders[operator];
  if (order === undefined) throw refusedPattern(`unknown operator ${operator}`);
  const expression = /^%((?:[^%\\]|\\.)*)%$/.exec(operand)?.[1];
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(operand)?.[1];
  if (expression === undefined && quoted === undefined && number.test(operand)) {
    const bound = Number(operand);
    return (value) => {
      const compared = typeof value === "string" && number.test(value.trim()) ? Number(value) : value;
      return typeof compared === "number" ? order(compared, bound) : operator === "!=" && value !== undefined;
    };
  }
  if (operator !== "=" && operator !== "!=") throw refusedPattern(`${operator} compares numbers, not ${operand}`);
  const compiled =
    expression === undefined
      ? wildcard(quoted?.replace(/\\(.)/g, "$1") ?? operand)
      : compileRegularExpression(expression);
  return (value) => {
    if (typeof value !== "string") return operator === "!=" && value !== undefined && value !== null;
    return compiled.test(value) === (operator === "=");
  };
}

/** `*` stands for any characters; those in a row for one, so that the expression stays quick. */
function wildcard(text: string): RegExp {
  const parts = text.split(/\*+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
