import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { errorCodes } from "../../components";
import { engineErrorCodes } from "../../engine/errors";

const root = path.resolve(__dirname, "..", "..");
const page = fs.readFileSync(path.join(root, "docs/errors.md"), "utf8");
const codes = [...Object.keys(errorCodes), ...Object.keys(engineErrorCodes)];

/** The page's sections by their heading, as far as the heading is a code. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section): [string, string] => {
      const [heading = "", ...body] = section.split(/\n(?=## )/)[0]?.split("\n") ?? [];
      return [heading, body.join("\n")];
    }),
);

/** All source that gives errors, without the registries themselves. */
const source = fs
  .globSync("{components,engine,cli}/**/*.{ts,js}", { cwd: root })
  .filter((file) => !["components/shared/error-codes.ts", "engine/errors.ts"].includes(file))
  .map((file) => fs.readFileSync(path.join(root, file), "utf8"))
  .join("\n");

describe("docs/errors.md", () => {
  it("has the codes of the library and of the engine in its sections, in the order of the registries", () => {
    expect([...sections.keys()]).to.deep.equal(codes);
  });

  it("gives each code once", () => {
    expect(codes).to.have.length(new Set(codes).size);
  });

  for (const code of codes) {
    it(`shows what ${code} looks like, after saying when it is given`, () => {
      const [, when = "", example = ""] = /^\n([^]*?)\n```text\n([^]*?)```/.exec(sections.get(code) ?? "") ?? [];
      expect(when.trim(), "when it is given").to.match(/\.$|:$/);
      expect(example).to.match(new RegExp(`^${code}: `));
    });

    it(`documents ${code} because something gives it`, () => {
      // In a string or a template, not merely in a docstring's @throws.
      expect(source).to.match(new RegExp(`["\`]${code}["\`: ]`));
    });
  }

  it("has a section for every code that the source links to", () => {
    const linked = [...source.matchAll(/errors\.md#(err_\w+)/g)].map(([, anchor]) => anchor ?? "");
    expect(linked).not.to.be.empty;
    expect(linked.filter((anchor) => !codes.includes(anchor.toUpperCase()))).to.be.empty;
  });
});
