/** Looks a variable up; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/**
 * Splits an instruction's arguments into words and replaces variables, as BuildKit does: quotes group, single quotes
 * keep `$` as it is (https://docs.docker.com/reference/dockerfile/#environment-replacement).
 */
export function splitWords(text: string, lookup: Lookup, escape = "\\"): string[] {
  return new WordReader(text, lookup, escape).words();
}

/** Replaces variables and removes quotes; spaces stay. */
export function expandWord(text: string, lookup: Lookup, escape = "\\"): string {
  return new WordReader(text, lookup, escape).whole();
}

class WordReader {
  private position = 0;

  public constructor(
    private readonly text: string,
    private readonly lookup: Lookup,
    private readonly escape: string,
  ) {}

  public words(): string[] {
    const words: string[] = [];
    for (;;) {
      while (/\s/.test(this.peek())) this.position += 1;
      if (this.peek() === "") return words;
      words.push(this.word((character) => /\s/.test(character)));
    }
  }

  public whole(): string {
    return this.word(() => false);
  }

  private peek(): string {
    return this.text[this.position] ?? "";
  }

  private next(): string {
    return this.text[this.position++] ?? "";
  }

  private word(ends: (character: string) => boolean): string {
    let word = "";
    while (this.peek() !== "" && !ends(this.peek())) {
      const character = this.next();
      if (character === "'") word += this.singleQuoted();
      else if (character === '"') word += this.doubleQuoted();
      else if (character === "$") word += this.variable();
      else if (character === this.escape) word += this.next();
      else word += character;
    }
    return word;
  }

  private singleQuoted(): string {
    const end = this.text.indexOf("'", this.position);
    if (end === -1) throw new Error(`a single quote is not closed: ${this.text}`);
    const quoted = this.text.slice(this.position, end);
    this.position = end + 1;
    return quoted;
  }

  private doubleQuoted(): string {
    let quoted = "";
    for (;;) {
      const character = this.next();
      if (character === "") throw new Error(`a double quote is not closed: ${this.text}`);
      if (character === '"') return quoted;
      if (character === "$") quoted += this.variable();
      else if (character === this.escape && ['"', "$", this.escape].includes(this.peek())) quoted += this.next();
      else quoted += character;
    }
  }

  private variable(): string {
    if (this.peek() !== "{") {
      const [name = ""] = /^(?:\w+)?/.exec(this.text.slice(this.position)) ?? [];
      this.position += name.length;
      return name === "" ? "$" : (this.lookup(name) ?? "");
    }
    const [head = "", name = "", modifier = ""] = /^\{(\w+)(:?[-+?])?/.exec(this.text.slice(this.position)) ?? [];
    this.position += head.length;
    const operand = modifier === "" ? "" : this.word((character) => character === "}");
    if (head === "" || this.next() !== "}") throw new Error(`this use of a variable is not supported: ${this.text}`);
    const value = this.lookup(name);
    const isSet = modifier.startsWith(":") ? value !== undefined && value !== "" : value !== undefined;
    switch (modifier.at(-1)) {
      case "-":
        return isSet ? (value ?? "") : operand;
      case "+":
        return isSet ? operand : "";
      case "?":
        if (!isSet) throw new Error(`${name}: ${operand || "is not set"}`);
        return value ?? "";
      default:
        return value ?? "";
    }
  }
}
