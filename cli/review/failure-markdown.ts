import { stripVTControlCharacters } from "node:util";
import { escaped } from "./diff-markdown";
import type { Preview } from "./preview";
import { previewText } from "./preview-text";

/** A revision at which the program fails. */
export interface Failure {
  readonly where: string;
  readonly error: string;
}

/** A program that fails at a revision, as Markdown: its error, and the other revision whole. */
export function failureMarkdown(
  failures: readonly Failure[],
  whole: Preview | undefined,
  notes: readonly string[],
): string {
  const block = (text: string): string =>
    `\n\n<pre>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("@", "&#64;")}</pre>\n`;
  const other = whole === undefined ? "" : block(stripVTControlCharacters(previewText(whole, false)).slice(0, 20_000));
  return [
    `### ${escaped(failures.map(({ where }) => where).join("; "))}\n\n`,
    ...notes.map((note) => `> ${escaped(note)}\n`),
    ...failures.map(({ error }) => block(error.slice(0, 10_000))),
    ...(other === "" ? [] : [`\n<details><summary>The other revision</summary>${other}</details>\n`]),
  ].join("");
}
