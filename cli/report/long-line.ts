import { dim } from "../colours";

/** Characters of a line that a terminal shows: some screens full. */
const longest = 10_000;

/** A line as a terminal shows it: the beginning of a very long one, with how much is missing, and where all of it is. */
export function terminalLine(text: string, whole: string): string {
  if (text.length <= longest) return text;
  // Not between the halves of a character.
  const end = /[\ud800-\udbff]/.test(text[longest - 1] ?? "") ? longest - 1 : longest;
  const more = (text.length - end).toLocaleString("en-US");
  return `${text.slice(0, end)}${dim(`… ${more} more characters: ${whole}`)}`;
}
