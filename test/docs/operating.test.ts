import { expect } from "chai";
import { Command } from "commander";
import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import { redrivePermissions } from "../../cli/aws-redrive";
import { registerQueues } from "../../cli/commands/queues";

const root = path.resolve(__dirname, "..", "..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");
const pages = ["docs/deploying.md", "docs/operating.md"];

/** The code blocks of a page in a language. */
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) => code);

describe("docs/operating.md", () => {
  it("allows who redrives what the command does, and no more", () => {
    const [policy = ""] = blocks("docs/operating.md", "json");
    const { Statement } = JSON.parse(policy) as { Statement: { Action: string[]; Resource: string }[] };
    expect(Statement.map(({ Action }) => Action)).to.deep.equal([redrivePermissions]);
    expect(Statement[0]?.Resource).to.match(/^arn:aws:sqs:/);
  });

  it("shows a redrive with options that there are", () => {
    const program = new Command();
    registerQueues(program);
    const known = program.commands.find((command) => command.name() === "redrive")?.options.map(({ long }) => long);
    const used = blocks("docs/operating.md", "sh").flatMap((code) =>
      code.split("\n").filter((line) => line.startsWith("tandem redrive")),
    );
    expect(used).to.have.length(2);
    expect(known).to.include.members(used.flatMap((line) => line.match(/--\w+/g) ?? []));
  });
});

describe("the pages on deploying and operating", () => {
  for (const page of pages) {
    it(`${page} shows TypeScript that is some`, () => {
      const programs = blocks(page, "ts");
      expect(programs).not.to.be.empty;
      for (const program of programs) {
        const { diagnostics } = ts.transpileModule(program, { reportDiagnostics: true });
        expect(
          diagnostics?.map(({ messageText }) => messageText),
          program,
        ).to.be.empty;
      }
    });

    it(`${page} shows JSON that is some`, () => {
      for (const text of blocks(page, "json")) expect(() => void JSON.parse(text), text).not.to.throw();
    });
  }
});
