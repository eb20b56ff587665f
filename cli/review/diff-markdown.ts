import { diagramOf } from "./diagram";
import type { DiffReport } from "./report";
import type { Item, Section } from "./section";
import { sectionsOf, summaryOf } from "./sections";

/** GitHub takes 65,536 characters in a comment; the rest is for what others add. */
const longest = 60_000;

/**
 * A report as GitHub's Markdown: a summary line, what a reviewer must see, and details to unfold. At most 60,000
 * characters; what does not fit is counted.
 */
export function diffMarkdown(report: DiffReport, notes: readonly string[]): string {
  const head = [
    `### ${escaped(`${report.project} · ${report.stack}`)}: ${summaryOf(report)}`,
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `> ${escaped(note)}`)]),
    "",
  ].join("\n");
  const diagram = diagramOf(report);
  const parts = sectionsOf(report).flatMap((section) => sectionParts(section));
  if (diagram !== "") parts.push(folded("Diagram", fence(diagram, "mermaid")));
  return fitting(head, parts);
}

/** Text without any meaning to Markdown or HTML: names and values are the program's, not ours. */
export function escaped(text: string): string {
  return entities(text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]#|~]/g, "\\$&"));
}

/** Without tags, and without anybody being mentioned. */
function entities(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("@", "&#64;");
}

function sectionParts({ title, weight, items }: Section): string[] {
  if (weight === "detail") {
    return items.map((item) => {
      const detail = detailOf(item);
      return detail === "" ? `**${title}**: ${inline(item.text)}\n` : folded(`${title}: ${html(item.text)}`, detail);
    });
  }
  const list = items.map((item) => {
    const lines = (item.lines ?? []).map((line) => ` ${code(line)}`);
    return `- ${sign(item)}${inline(item.text)}${lines.join("")}`;
  });
  const quoted = ["> [!CAUTION]", `> **${title}**`, ...list.map((line) => `> ${line}`), ""];
  return [(weight === "alert" ? quoted : [`**${title}**`, ...list, ""]).join("\n")];
}

function sign({ sign: mark }: Item): string {
  return mark === undefined || mark === "!" ? "" : `${{ "+": "➕", "-": "➖", "~": "✏️" }[mark]} `;
}

function detailOf({ lines = [], diff = "" }: Item): string {
  const source = diff
    .split("\n")
    .filter((line) => !/^(===|--- )/.test(line))
    .join("\n")
    .trimEnd();
  return [
    ...(lines.length === 0 ? [] : [fence(lines.join("\n"), "text")]),
    ...(source === "" ? [] : [fence(source, "diff")]),
  ].join("\n");
}

function folded(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>\n`;
}

/** A block of code, fenced with more backticks than are in it. */
function fence(content: string, language: string): string {
  const runs = content.match(/`{3,}/g) ?? [];
  const ticks = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${ticks}${language}\n${content}\n${ticks}`;
}

function code(text: string): string {
  return text.includes("`") ? escaped(text) : `\`${text}\``;
}

function inline(text: string): string {
  return text
    .split(/(\uE000[^\uE001]*\uE001)/)
    .map((part) => (part.startsWith("\uE000") ? code(part.slice(1, -1)) : escaped(part)))
    .join("");
}

function html(text: string): string {
  return text
    .split(/(\uE000[^\uE001]*\uE001)/)
    .map((part) => (part.startsWith("\uE000") ? `<code>${entities(part.slice(1, -1))}</code>` : entities(part)))
    .join("");
}

function fitting(head: string, parts: readonly string[]): string {
  const room = longest - 200;
  let text = head;
  let left = 0;
  for (const part of parts) {
    const lines = part.split("\n");
    if (text.length + part.length + 1 <= room) text += `\n${part}`;
    else if (left === 0 && !part.startsWith("<details>")) {
      // A long list: as much of it as there is room for.
      let size = text.length;
      const kept = lines.filter((line) => (size += line.length + 1) <= room);
      text += `\n${kept.join("\n")}\n`;
      left += lines.length - kept.length;
    } else left += 1;
  }
  if (left === 0) return text;
  return `${text}\n${left} more ${left === 1 ? "entry does" : "entries do"} not fit here: run \`tandem diff\` to see all.\n`;
}
