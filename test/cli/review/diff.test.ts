import { expect } from "chai";
import * as mocha from "mocha";
import * as fs from "node:fs";
import * as path from "node:path";
import { diffMarkdown } from "../../../cli/review/diff-markdown";
import { isEmpty, reportOf, type DiffReport, type Side } from "../../../cli/review/report";
import type { RecordedResource } from "../../../engine/graph/resource";
import { recordProgram, type Recorded } from "../../../engine/record";
import { TemporaryProject } from "../../engine/temporary-project";
import { programOf, readCases, writeExpected, type DiffCase } from "./diff-cases";

const cases = readCases();

describe("tandem diff", function () {
  this.timeout(60_000);
  const projects: TemporaryProject[] = [];
  let before: Recorded;
  let after: Recorded;
  let again: Recorded;

  const recordAll = async (side: "before" | "after"): Promise<Recorded> => {
    const project = new TemporaryProject(programOf(cases, side), {
      "image/Dockerfile": "FROM scratch\n",
      "edited/Dockerfile": `FROM scratch\nENV SIDE=${side}\n`,
      "edited/.dockerignore": "ignored\n",
      "edited/ignored": side,
      "edited/same.txt": "same",
      [`edited/${side}.txt`]: side,
    });
    projects.push(project);
    return recordProgram({ projectFolder: project.folder });
  };

  mocha.before(async () => {
    [before, after, again] = await Promise.all([recordAll("before"), recordAll("after"), recordAll("after")]);
  });
  mocha.after(() => projects.forEach((project) => project.remove()));

  for (const each of cases) {
    it(`tells of ${each.name}: ${each.title}`, async () => {
      const report = await reportOf(after, sideOf(before, each), sideOf(after, each));
      const markdown = diffMarkdown(report, []);
      if (process.env.UPDATE_SNAPSHOTS !== undefined && process.env.CI === undefined)
        writeExpected(each.name, markdown);
      else expect(markdown).to.equal(each.expected);
    });
  }

  it("tells of nothing between two recordings of one program, in other folders", async () => {
    const report: DiffReport = await reportOf(
      after,
      { graph: after.resources, folder: after.project.folder },
      { graph: again.resources, folder: again.project.folder },
    );
    expect(isEmpty(report), JSON.stringify(report, undefined, 2)).to.equal(true);
  });

  it("has the properties of its page, besides those that the command adds", async () => {
    const page = fs.readFileSync(path.resolve(__dirname, "../../../docs/diff-json.md"), "utf8");
    const listed = /interface Diff \{\n([^]*?)\n\}/.exec(page)?.[1]?.match(/^ {2}(\w+)(?=:)/gm) ?? [];
    const side: Side = { graph: after.resources, folder: after.project.folder };
    const report = await reportOf(after, side, side);
    expect(listed.map((name) => name.trim())).to.have.members([...Object.keys(report), "notes", "failures"]);
  });

  it("shows no secret, no hash, no stand-in and no path of this machine", async () => {
    const report = await reportOf(
      after,
      { graph: before.resources, folder: before.project.folder },
      { graph: after.resources, folder: after.project.folder },
    );
    const shown = JSON.stringify(report) + diffMarkdown(report, []);
    expect(shown).not.to.match(/hunter2|correct horse|000000000000|-[0-9a-f]{7}\b|[0-9a-f]{32}/);
    for (const { folder } of projects) expect(shown).not.to.include(folder);
  });
});

/** What a case registers, as if it were the whole program. */
function sideOf({ resources, project }: Recorded, { name }: DiffCase): Side {
  const root = [...resources.values()].find(({ type }) => type === `case:index:${name}`);
  const isWithin = (resource: RecordedResource | undefined): boolean =>
    resource !== undefined && (resource.parent === root?.urn || isWithin(resources.get(resource.parent ?? "")));
  const graph = new Map([...resources].filter(([, resource]) => isWithin(resource)));
  return { graph, folder: project.folder };
}
