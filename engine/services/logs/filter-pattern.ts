import { compileColumnPattern } from "./column-pattern";
import { compileJsonPattern } from "./json-pattern";
import { compileRegularExpression, refusedPattern, type MessageMatcher } from "./pattern-values";

/**
 * Compiles a filter pattern (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): terms,
 * which may be optional (`?`), excluded (`-`), in double quotes or regular expressions (`%…%`); properties of JSON
 * (`{ $.a = 1 }`); or columns between spaces (`[ip, …, status=4*]`). Throws InvalidParameterException for any other.
 */
export function compileFilterPattern(pattern: string): MessageMatcher {
  const trimmed = pattern.trim();
  if (trimmed.startsWith("{")) return compileJsonPattern(trimmed);
  if (trimmed.startsWith("[")) return compileColumnPattern(trimmed);
  return compileTerms(trimmed);
}

interface Term {
  readonly kind: "" | "?" | "-";
  readonly matches: MessageMatcher;
}

/**
 * All plain terms must be in the message and no excluded one; of optional terms any one. Beside other terms the optional
 * ones are ignored.
 */
function compileTerms(pattern: string): MessageMatcher {
  const terms: Term[] = [];
  for (let rest = pattern; rest !== "";) {
    const found = /^([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"]+))(?=\s|$)/.exec(rest);
    if (found === null) throw refusedPattern(`a quotation mark without its pair: ${pattern}`);
    const [text, kind = "", quoted, expression, word] = found;
    terms.push({ kind: kind as Term["kind"], matches: compileTerm(quoted, expression, word) });
    rest = rest.slice(text.length).trimStart();
  }
  const of = (kind: Term["kind"]): MessageMatcher[] =>
    terms.filter((term) => term.kind === kind).map(({ matches }) => matches);
  const [included, excluded, optional] = [of(""), of("-"), of("?")];
  const isAny = included.length + excluded.length === 0 && optional.length > 0;
  return (message) => {
    if (isAny) return optional.some((matches) => matches(message));
    return included.every((matches) => matches(message)) && !excluded.some((matches) => matches(message));
  };
}

function compileTerm(
  quoted: string | undefined,
  expression: string | undefined,
  word: string | undefined,
): MessageMatcher {
  if (expression !== undefined) {
    const compiled = compileRegularExpression(expression);
    return (message) => compiled.test(message);
  }
  const term = quoted?.replace(/\\(.)/g, "$1") ?? word ?? "";
  if (quoted === undefined && !/^[\p{L}\p{N}_]+$/u.test(term)) {
    throw refusedPattern(`invalid character(s) in term '${term}'; put it in double quotes`);
  }
  return (message) => message.includes(term);
}
