import { isRecord } from "../protocol/json-input";
import { compileComparison, refusedPattern, type MessageMatcher } from "./pattern-values";

type Condition = (root: unknown) => boolean;

/** Words, selectors, operators and values of a pattern. */
const token =
  /\s*(\$(?:\.[\w-]+|\["[^"]+"\]|\['[^']+'\]|\[\d+\]|\[\*\])*|&&|\|\||!=|<=|>=|[=<>()]|"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|[^\s=<>!&|()]+)/y;

/**
 * Compiles a pattern of the properties of messages that are JSON: comparisons of selectors (`$.a.b[0]`) with numbers,
 * texts and regular expressions, `IS TRUE`, `IS FALSE`, `IS NULL`, `NOT EXISTS`, joined by `&&`, `||` and parentheses
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events).
 */
export function compileJsonPattern(pattern: string): MessageMatcher {
  const inner = /^\{(.*)\}$/s.exec(pattern)?.[1];
  if (inner === undefined) throw refusedPattern(`a brace without its pair: ${pattern}`);
  const reader = new TokenReader(inner);
  const condition = readAlternatives(reader);
  if (reader.peek() !== undefined) throw refusedPattern(`unexpected ${reader.peek() ?? ""} in ${pattern}`);
  return (message) => {
    const start = message.trimStart();
    if (!start.startsWith("{") && !start.startsWith("[")) return false;
    try {
      return condition(JSON.parse(message));
    } catch {
      // A message that is no JSON has no properties.
      return false;
    }
  };
}

class TokenReader {
  private readonly tokens: readonly string[];
  private position = 0;

  public constructor(text: string) {
    const tokens: string[] = [];
    let at = 0;
    while (text.slice(at).trim() !== "") {
      token.lastIndex = at;
      const found = token.exec(text)?.[1];
      if (found === undefined) throw refusedPattern(`unexpected ${text.slice(at).trim()}`);
      tokens.push(found);
      at = token.lastIndex;
    }
    this.tokens = tokens;
  }

  public peek(): string | undefined {
    return this.tokens[this.position];
  }

  public next(): string {
    const found = this.tokens[this.position++];
    if (found === undefined) throw refusedPattern("it ends too early");
    return found;
  }

  public skip(text: string): boolean {
    if (this.peek()?.toUpperCase() !== text) return false;
    this.position += 1;
    return true;
  }
}

function readAlternatives(reader: TokenReader): Condition {
  const alternatives = [readAll(reader)];
  while (reader.skip("||")) alternatives.push(readAll(reader));
  return (root) => alternatives.some((holds) => holds(root));
}

function readAll(reader: TokenReader): Condition {
  const conditions = [readCondition(reader)];
  while (reader.skip("&&")) conditions.push(readCondition(reader));
  return (root) => conditions.every((holds) => holds(root));
}

function readCondition(reader: TokenReader): Condition {
  if (reader.skip("(")) {
    const inner = readAlternatives(reader);
    if (!reader.skip(")")) throw refusedPattern("a parenthesis without its pair");
    return inner;
  }
  const select = compileSelector(reader.next());
  if (reader.skip("IS")) {
    const word = reader.next().toUpperCase();
    const expected = { TRUE: true, FALSE: false, NULL: null }[word];
    if (expected === undefined) throw refusedPattern(`IS takes TRUE, FALSE or NULL, not ${word}`);
    return (root) => select(root).some((value) => value === expected);
  }
  if (reader.skip("NOT")) {
    if (!reader.skip("EXISTS")) throw refusedPattern("NOT is followed by EXISTS");
    return (root) => select(root).length === 0;
  }
  if (reader.skip("EXISTS")) return (root) => select(root).length > 0;
  const test = compileComparison(reader.next(), reader.next());
  return (root) => select(root).some(test);
}

/** The values at a selector: several under `[*]`, and none where there is no such property. */
function compileSelector(text: string): (root: unknown) => unknown[] {
  if (!text.startsWith("$")) throw refusedPattern(`a property is written as $.name, not as ${text}`);
  const steps = [...text.matchAll(/\.([\w-]+)|\["([^"]+)"\]|\['([^']+)'\]|\[(\d+)\]|\[(\*)\]/g)].map(
    ([, name, double, single, index, all]) => ({ name: name ?? double ?? single, index, all }),
  );
  return (root) => {
    let values = [root];
    for (const { name, index, all } of steps) {
      values = values.flatMap((value): unknown[] => {
        if (name !== undefined) return isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : [];
        if (!Array.isArray(value)) return [];
        const items = value as unknown[];
        return all === undefined ? (Number(index) < items.length ? [items[Number(index)]] : []) : items;
      });
    }
    return values;
  };
}
