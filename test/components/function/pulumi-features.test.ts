import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { TandemError } from "../../../components";
import { runBoth } from "./differential";
import { pulumiFeatures, type PulumiFeature } from "./pulumi-features";

describe("a feature of Pulumi's function serialization", () => {
  before(() => pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) }));

  for (const { feature, program, refused, results: known } of pulumiFeatures) {
    it(`${refused === undefined ? "works" : `is refused with ${refused}`}: ${feature}`, async () => {
      const results = await runBoth(program);
      if (refused !== undefined) {
        expect((results as TandemError).code, JSON.stringify(results)).to.equal(refused);
        return;
      }
      if (results instanceof Error) throw results;
      expect(results.packaged).to.deep.equal(known ?? results.plain);
      expect(JSON.stringify(results.packaged)).not.to.include("thrown");
    }).timeout(20_000);
  }

  it("stands in the table of docs/handlers.md, with what becomes of it", () => {
    const page = fs.readFileSync(path.resolve(__dirname, "../../../docs/handlers.md"), "utf8");
    const [, table = ""] = /<!-- features[^]*?-->\n([^]*?)<!-- \/features -->/.exec(page) ?? [];
    const [, , ...rows] = table.trim().split("\n");
    expect(
      rows.map((row) =>
        row
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      ),
    ).to.deep.equal(pulumiFeatures.map(cellsOf));
  });
});

function cellsOf({ feature, pulumi: own, refused, note }: PulumiFeature): string[] {
  const tandem = refused === undefined ? "works" : `[${refused}](errors.md#${refused.toLowerCase()})`;
  return [feature, own, note === undefined ? tandem : `${tandem}: ${note}`];
}
