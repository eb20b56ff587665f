import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { givenUp } from "../policies/given-up";
import { withoutResource } from "../policies/permissions";
import { policies, unmetPolicies } from "../policies/policies";

const page = fs.readFileSync(path.resolve(__dirname, "../../docs/policies.md"), "utf8");

/** The rows of the table under a heading, cell by cell. */
function table(heading: string): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const lines = section.split(/\n## /)[0]?.split("\n") ?? [];
  const rows = lines.filter((line) => line.startsWith("|")).slice(2);
  return rows.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("docs/policies.md", () => {
  const shown = (all: typeof policies): string[][] => all.map(({ title, controls }) => [title, controls.join(", ")]);

  it("lists the rules that are kept, and who asks for them", () => {
    expect(table("Kept")).to.deep.equal(shown(policies));
  });

  it("links to the pages that say which actions take no resource", () => {
    for (const url of Object.values(withoutResource)) expect(page).to.include(`](${url})`);
  });

  it("lists the options that give up a rule", () => {
    expect(table("Given up where asked for")).to.deep.equal(givenUp.map(({ option, rule }) => [option, rule]));
  });

  it("lists the rules that are not kept by themselves, why, and how to have them", () => {
    const rows = table("Not kept by itself");
    expect(rows.map(([title, controls]) => [title, controls])).to.deep.equal(shown(unmetPolicies));
    expect(rows.flat().filter((cell, index) => index % 4 > 1 && cell.length < 5)).to.be.empty;
  });
});
