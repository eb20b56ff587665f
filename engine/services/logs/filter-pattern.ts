import { AwsError } from "../protocol/message";

/**
 * Compiles a filter pattern of terms: an event matches that contains all of them, letter case included. A term is a
 * word of letters, digits and underscores, or anything in double quotes
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). The other kinds of pattern
 * (optional and excluded terms, JSON, space-delimited, regular expressions) are refused.
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const terms: string[] = [];
  let rest = pattern.trim();
  while (rest !== "") {
    const match = /^"((?:[^"\\]|\\.)*)"(?=\s|$)/.exec(rest) ?? /^[^\s"]+/.exec(rest);
    if (match === null) throw refused(`The filter pattern has a quotation mark without its pair: ${pattern}`);
    const [text, quoted] = match;
    terms.push(quoted === undefined ? plainTerm(text) : quoted.replace(/\\(.)/g, "$1"));
    rest = rest.slice(text.length).trimStart();
  }
  return (message) => terms.every((term) => message.includes(term));
}

function plainTerm(term: string): string {
  if (/^[?\-{[%]/.test(term)) {
    throw refused(
      `Filter patterns of words and "quoted terms" are run here; optional (?) and excluded (-) terms, JSON, ` +
        `space-delimited and regular expression patterns are not: ${term}`,
    );
  }
  if (!/^[\p{L}\p{N}_]+$/u.test(term))
    throw refused(`Invalid character(s) in term '${term}'; put it in double quotes.`);
  return term;
}

function refused(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
