import { compileComparison, refusedPattern, type MessageMatcher, type ValueTest } from "./pattern-values";

/** A column of a message, or, for `...`, any number of them. */
interface Column {
  readonly isRest: boolean;
  readonly test: ValueTest;
}

/**
 * Compiles a pattern of the columns of messages, which are between spaces, in double quotes or in brackets:
 * `[ip, user, ..., status=4* || status=5*, bytes>1000]`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-space-delimited-log-events).
 */
export function compileColumnPattern(pattern: string): MessageMatcher {
  const inner = /^\[(.*)\]$/s.exec(pattern)?.[1];
  if (inner === undefined) throw refusedPattern(`a bracket without its pair: ${pattern}`);
  const columns = inner.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((text) => readColumn(text.trim()));
  const rest = columns.findIndex(({ isRest }) => isRest);
  if (columns.filter(({ isRest }) => isRest).length > 1) throw refusedPattern("more than one ellipsis");
  const [before, after] = rest < 0 ? [columns, []] : [columns.slice(0, rest), columns.slice(rest + 1)];
  return (message) => {
    const values = columnsOf(message);
    if (rest < 0 ? values.length !== columns.length : values.length < before.length + after.length) return false;
    const last = values.slice(values.length - after.length);
    return (
      before.every(({ test }, index) => test(values[index])) && after.every(({ test }, index) => test(last[index]))
    );
  };
}

function readColumn(text: string): Column {
  if (text === "...") return { isRest: true, test: () => true };
  const alternatives = text.split("||").map((part) => {
    const tests = part.split("&&").map((condition) => readCondition(condition.trim()));
    return (value: unknown): boolean => tests.every((test) => test(value));
  });
  return { isRest: false, test: (value) => alternatives.some((test) => test(value)) };
}

function readCondition(text: string): ValueTest {
  // A column without a name or a condition takes any value.
  if (/^[\w-]*$/.test(text)) return () => true;
  const found = /^[\w-]+\s*(!=|<=|>=|=|<|>)\s*(.+)$/s.exec(text);
  if (found === null) throw refusedPattern(`a column is a name with or without a condition, not ${text}`);
  const [, operator = "", operand = ""] = found;
  return compileComparison(operator, operand.trim());
}

function columnsOf(message: string): string[] {
  return [...message.matchAll(/"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/g)].map(
    ([, quoted, bracketed, word]) => quoted ?? bracketed ?? word ?? "",
  );
}
