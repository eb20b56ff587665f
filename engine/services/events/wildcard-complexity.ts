import { invalidPattern } from "./match-values";

/** The most prefixes of wildcard patterns that a text may match at the same time, for EventBridge to take them. */
const mostPrefixes = 10;

const anyText = Symbol("*");
type Token = string | typeof anyText;

/**
 * Refuses the wildcard patterns of one field that are too complex: while a text is read, one character at a time, it
 * may match more of their beginnings at once than EventBridge allows
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity).
 */
export function checkWildcards(patterns: readonly string[]): void {
  if (patterns.length === 0) return;
  const tokens = patterns.map(tokensOf);
  const characters = new Set<Token | undefined>([...tokens.flat().filter((token) => token !== anyText), undefined]);
  // A state is a pattern and how many of its tokens were read; those that a text can be in together are explored.
  const start = tokens.map((_pattern, index): State => [index, 0]);
  const seen = new Set<string>();
  const pending: (readonly State[])[] = [start];
  for (let active = pending.pop(); active !== undefined; active = pending.pop()) {
    for (const character of characters) {
      const next = unique(
        active.flatMap(([index, position]) =>
          statesAfter(tokens[index] ?? [], position, character).map((at): State => [index, at]),
        ),
      );
      if (next.length > mostPrefixes) {
        throw invalidPattern(
          "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a " +
            "wildcard character",
        );
      }
      const key = next.join(";");
      if (next.length === 0 || seen.has(key)) continue;
      seen.add(key);
      pending.push(next);
    }
  }
}

type State = readonly [pattern: number, position: number];

/** Where a pattern may stand after one more character; undefined is any character that no pattern names. */
function statesAfter(tokens: readonly Token[], position: number, character: Token | undefined): number[] {
  const token = tokens[position];
  if (token !== anyText) return token !== undefined && token === character ? [position + 1] : [];
  // A wildcard takes the character, or none and leaves it to what follows.
  const behind = tokens[position + 1];
  return behind !== undefined && behind === character ? [position, position + 2] : [position];
}

function tokensOf(pattern: string): Token[] {
  // The texts that are compared have quotation marks around them.
  const tokens: Token[] = ['"'];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? "";
    if (character === "*") tokens.push(anyText);
    else if (character === "\\") tokens.push(pattern[(index += 1)] ?? "");
    else tokens.push(character);
  }
  return [...tokens, '"'];
}

function unique(states: readonly State[]): State[] {
  const byName = new Map(states.map((state) => [state.join(), state]));
  return [...byName.keys()].sort().map((name) => byName.get(name) as State);
}
