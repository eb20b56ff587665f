import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";

const root = path.resolve(__dirname, "..", "..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

/** The kinds of event that a union in `text` has, with their fields. */
function kindsOf(text: string, union: string): Map<string, string[]> {
  const kinds = new Map<string, string[]>();
  const source = ts.createSourceFile("events.ts", text, ts.ScriptTarget.ESNext, true);
  source.forEachChild((node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== union || !ts.isUnionTypeNode(node.type)) return;
    for (const member of node.type.types.filter(ts.isTypeLiteralNode)) {
      const properties = member.members.filter(ts.isPropertySignature);
      const type = properties.find(({ name }) => name.getText() === "type")?.type?.getText() ?? "";
      const fields = properties.map((each) => each.name.getText() + (each.questionToken === undefined ? "" : "?"));
      kinds.set(
        JSON.parse(type) as string,
        fields.filter((field) => field !== "type"),
      );
    }
  });
  return kinds;
}

/** The page's headings of the third level, each with the fields of its table. */
const documented = new Map(
  read("docs/json-events.md")
    .split(/^### /m)
    .slice(1)
    .map((section): [string, string[]] => [
      section.split("\n")[0] ?? "",
      [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, field]) => field ?? ""),
    ]),
);

describe("docs/json-events.md", () => {
  const kinds = kindsOf(read("engine/services/engine-events.ts"), "EngineEvent");
  const written = [...read("cli/report/json-reporter.ts").matchAll(/type: "(\w+)"/g)].map(([, type]) => type ?? "");

  it("has a heading for every kind of event, and no other", () => {
    expect(kinds).to.include.keys("program", "resource", "notice");
    expect(written).to.deep.equal(["up", "end"]);
    expect([...documented.keys()].sort()).to.deep.equal([...kinds.keys(), ...written].sort());
  });

  for (const [type, fields] of kinds) {
    it(`lists the fields of ${type}`, () => {
      expect([...(documented.get(type) ?? [])].sort()).to.deep.equal([...fields].sort());
    });
  }
});
