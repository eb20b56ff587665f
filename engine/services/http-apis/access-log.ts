import { contextValue, type Answered } from "./context-values";
import type { Exchange } from "./exchange";

/** A line of the access log: texts, and names of `$context` variables in between. */
type Part = { readonly text: string } | { readonly variable: string };

const compiled = new Map<string, readonly Part[]>();

/** The line that a stage's format makes of an answered request; a value that it does not have is a hyphen. */
export function accessLogLine(format: string, exchange: Exchange, answered: Answered): string {
  let line = "";
  for (const part of partsOf(format)) {
    line += "text" in part ? part.text : (contextValue(part.variable, exchange, answered) ?? "-");
  }
  return line;
}

function partsOf(format: string): readonly Part[] {
  const known = compiled.get(format);
  if (known !== undefined) return known;
  const parts = format
    .split(/(\$context\.[\w]+(?:\.[\w:-]+)*)/)
    .filter((text) => text !== "")
    .map((text) => (text.startsWith("$context.") ? { variable: text.slice("$context.".length) } : { text }));
  compiled.set(format, parts);
  return parts;
}
