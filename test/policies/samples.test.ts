import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import * as samples from "./samples";

const components = path.resolve(__dirname, "..", "..", "components");
const files = [
  ...fs.globSync("**/*.args.ts", { cwd: components }),
  "api/static-files.ts",
  "bucket/bucket-event.runtime.ts",
].map((file) => path.join(components, file));

/** What is exported beside settings: children for `transform`, and what the library is told by AWS or itself. */
const others = /Children$|^Subscribed$|^BucketEvent$/;

/** The settings that users can give, by interface. */
const settings = new Map(
  files.flatMap((file) => {
    const source = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true);
    return source.statements
      .filter(ts.isInterfaceDeclaration)
      .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true)
      .filter(({ name }) => !others.test(name.text))
      .map(({ name, members }): [string, string[]] => [
        name.text,
        members.flatMap((member) => (member.name === undefined ? [] : [member.name.getText(source)])),
      ]);
  }),
);

describe("the catalogue of programs that policies are held against", () => {
  it("finds the settings of every component", () => {
    expect([...settings.keys()]).to.include.members(["ApiArgs", "BucketArgs", "FunctionArgs", "QueueArgs", "TaskArgs"]);
  });

  for (const [name, keys] of settings) {
    it(`has a program for every option of ${name}`, () => {
      const values = (samples as Readonly<Record<string, unknown>>)[name.charAt(0).toLowerCase() + name.slice(1)];
      expect(Object.keys(values ?? {})).to.have.members(keys);
      expect(Object.values(values ?? {}).every((each) => Array.isArray(each) && each.length > 0)).to.equal(true);
    });
  }
});
