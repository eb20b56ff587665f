import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";

const folder = path.join(__dirname, "__previews__");

/** A resource of `pulumi preview --diff`, with the lines beneath it. */
interface Block {
  readonly header: string;
  readonly lines: string[];
}

/**
 * What `pulumi preview --diff` says, without what differs from run to run, and with a line only for what comes or goes as
 * a whole. Resources are in the order of their names: the engine shows them as their turns come.
 */
export function previewText(output: string): string {
  const blocks: Block[] = [];
  let totals: string[] | undefined;
  for (const line of output.split("\n")) {
    if (/^(Previewing update|warning: using|info: )/.test(line) || line.trim() === "") continue;
    if (/^(Resources|Outputs):/.test(line)) totals = line.startsWith("Resources") ? [] : undefined;
    const [, operation, type, what] = /^ *([+\-~]{1,2}|) *([\w:/-]+:[\w/-]+:\w+): \((.*?)\)/.exec(line) ?? [];
    if (type !== undefined)
      blocks.push({ header: `${operation === "" ? " " : (operation ?? " ")} ${type} ${what ?? ""}`, lines: [] });
    else if (totals !== undefined) totals.push(line.trim());
    else blocks.at(-1)?.lines.push(line);
  }
  const shown = blocks.filter(({ header }) => !/pulumi:(pulumi:Stack|providers:)/.test(header)).map(textOf);
  const total = (totals ?? []).filter((line) => !line.endsWith(":"));
  return [...shown.sort((a, b) => compare(keyOf(a), keyOf(b))), ...total].join("\n").concat("\n");
}

/** Holds the texts of some steps to the file that is kept; `UPDATE_SNAPSHOTS=1` keeps them anew. */
export class PreviewFile {
  private readonly sections: string[] = [];
  private readonly file: string;

  public constructor(name: string) {
    this.file = path.join(folder, `${name}.txt`);
  }

  public add(step: string, output: string): void {
    const section = `## ${step}\n\n${previewText(output)}`;
    this.sections.push(section);
    if (process.env.UPDATE_SNAPSHOTS === "1") {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(this.file, this.sections.join("\n"));
      return;
    }
    const kept = fs.readFileSync(this.file, "utf8").split(/\n(?=## )/);
    const same = kept.find((each) => each.startsWith(`## ${step}\n`)) ?? "";
    expect(section.trim(), "where the change is meant: UPDATE_SNAPSHOTS=1").to.equal(same.trim());
  }

  /** Holds the file to all steps: nothing is kept of one that is gone. */
  public end(): void {
    const headings = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("## "));
    expect(headings(fs.readFileSync(this.file, "utf8"))).to.deep.equal(headings(this.sections.join("\n")));
  }
}

function textOf({ header, lines }: Block): string {
  const [operation = "", type = "", ...what] = header.split(/ +/).filter((word) => word !== "");
  const name = /\[urn=(.*)\]/.exec(lines.join("\n"))?.[1]?.split("::").slice(3).join("::") ?? "";
  const isWhole = /^(create|delete|create-replacement|delete-replaced)$/.test(what.join(" "));
  const own = withoutUnknown(lines.filter((line) => !/^ *\[(id|urn|provider)=/.test(line)));
  const indent = Math.min(...own.map(indentOf).filter((column) => column >= 0));
  const body = isWhole ? [] : own.map((line) => `    ${stable(line.slice(indent))}`);
  return [`${operation} ${type} ${name} (${what.join(" ")})`, ...body].join("\n");
}

/** Documents that are not known yet in a line, in place of all that they are now. */
function withoutUnknown(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const [, start] = /^(.*\(json\)) [[{]$/.exec(line) ?? [];
    const end = lines.findIndex(
      (each, index) => index > at && /^ *[\]}]$/.test(each) && indentOf(each) <= indentOf(line) + 2,
    );
    const isUnknown = start !== undefined && lines[end + 1] === " => [unknown]";
    shown.push(isUnknown ? `${start} … => [unknown]` : line);
    if (isUnknown) at = end + 1;
  }
  return shown;
}

function indentOf(line: string): number {
  return line.search(/[^ ]/);
}

/** Without what is made anew in each account, and the hashes of what was packaged. */
function stable(line: string): string {
  return line
    .replace(/-[0-9a-f]{7}(?![0-9a-z])/g, "-#######")
    .replace(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replace(/"[A-Za-z0-9+/]{43}="/g, '"<sha256>"')
    .replace(/archive\((file:)?[0-9a-f]{7}(->[0-9a-f]{7})?\)/g, "archive")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replace(/\bsg-[0-9a-f]{17}\b/g, "sg-#######")
    .replace(/[0-9a-f]{32,64}/g, "…")
    .replace(/"[0-9a-z]{7,10}"/g, (id) => (/\d/.test(id) ? '"<id>"' : id))
    .trimEnd();
}

function keyOf(text: string): string {
  const [operation = "", type = "", name = ""] = text.split(/ +/);
  return `${name} ${type} ${operation}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
