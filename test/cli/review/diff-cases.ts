import * as fs from "node:fs";
import * as path from "node:path";

const folder = path.resolve(__dirname, "..", "..", "fixtures", "diffs");

/** A change of a program, and the Markdown that it must give. */
export interface DiffCase {
  readonly name: string;
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly expected: string;
}

/** Reads the cases of test/fixtures/diffs: a page each, with the two programs and what follows after a line. */
export function readCases(): DiffCase[] {
  return fs
    .readdirSync(folder)
    .sort()
    .map((file) => {
      const text = fs.readFileSync(path.join(folder, file), "utf8");
      const [head = "", expected = ""] = text.split(/^---\n\n?/m);
      const [before = "", after = ""] = [...head.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = ""]) => code);
      return { name: file.replace(/\.md$/, ""), title: /^# (.*)$/m.exec(head)?.[1] ?? file, before, after, expected };
    });
}

/** Writes what a case gives, with `UPDATE_SNAPSHOTS=1`; a reviewer reads it. */
export function writeExpected(name: string, expected: string): void {
  const file = path.join(folder, `${name}.md`);
  const [head = ""] = fs.readFileSync(file, "utf8").split(/^---\n/m);
  fs.writeFileSync(file, `${head}---\n\n${expected}`);
}

/** One program of all cases, each beneath a component of its own, so that two runs are enough for all. */
export function programOf(cases: readonly DiffCase[], side: "before" | "after"): string {
  return [
    `import * as aws from "@pulumi/aws";`,
    `import * as pulumi from "@pulumi/pulumi";`,
    `import { Api, Bucket, Function, Queue, Task } from "tandem";`,
    ...cases.map((each) =>
      [
        `{`,
        `  const opts = { parent: new pulumi.ComponentResource("case:index:${each.name}", ${JSON.stringify(each.name)}) };`,
        each[side],
        `}`,
      ].join("\n"),
    ),
  ].join("\n");
}
