/** A part of a report, before it is drawn for a terminal or a comment. */
export interface Section {
  readonly title: string;
  /** What a reviewer must not miss, what is short enough to be read at once, or what is looked up. */
  readonly weight: "alert" | "plain" | "detail";
  readonly items: readonly Item[];
}

export interface Item {
  /** With names between {@link named} marks. */
  readonly text: string;
  readonly sign?: "+" | "-" | "~" | "!";
  /** A diff of source text. */
  readonly diff?: string;
  readonly lines?: readonly string[];
}

/** Marks a name, which is drawn in bold or as code. */
export function named(name: string): string {
  return `\uE000${name}\uE001`;
}
