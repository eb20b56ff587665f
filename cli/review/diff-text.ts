import { bold, cyan, dim, green, red, yellow } from "../colours";
import type { DiffReport } from "./report";
import type { Item } from "./section";
import { sectionsOf, summaryOf } from "./sections";

/** A report for a terminal. */
export function diffText(report: DiffReport): string {
  const lines = sectionsOf(report).flatMap(({ title, items }) => ["", bold(title), ...items.flatMap(itemLines)]);
  return [`${bold(`${report.project} · ${report.stack}`)}: ${summaryOf(report)}`, ...lines, ""].join("\n");
}

const colourOf = { "+": green, "-": red, "~": yellow, "!": red };

function itemLines({ sign, text, lines = [], diff }: Item): string[] {
  const drawn = text.replace(/\uE000([^\uE001]*)\uE001/g, (_whole, name: string) => bold(name));
  return [
    `  ${sign === undefined ? " " : colourOf[sign](sign)} ${drawn}`,
    ...lines.map((line) => `      ${line}`),
    ...(diff ?? "")
      .split("\n")
      .filter((line) => line !== "" && !/^(===|--- )/.test(line))
      .map((line) => `      ${diffLine(line)}`),
  ];
}

function diffLine(line: string): string {
  if (line.startsWith("+++ ")) return dim(line.slice(4));
  if (line.startsWith("+")) return green(line);
  if (line.startsWith("-")) return red(line);
  return line.startsWith("@@") ? cyan(line) : line;
}
