import { expect } from "chai";
import * as fc from "fast-check";
import { Archive } from "../../../engine/graph/resource";
import type { CloudResource } from "../provider/cloud";
import { keptInputs } from "../provider/optional-inputs";
import { ExistingProject } from "./existing-project";
import { edits, firstProgram, textOf, type WalkedProgram } from "./walked-program";

/** Longer by hand: `WALKS=50 STEPS=12 SEED=1 npx mocha … walk.test.ts`. */
const walks = Number(process.env["WALKS"] ?? 3);
const steps = Number(process.env["STEPS"] ?? 8);
const seed = Number(process.env["SEED"] ?? 20261201);

/** An edit by its name, and what it chooses with. */
const edit = fc.tuple(fc.constantFrom(...Object.keys(edits)), fc.nat({ max: 1 << 14 }));

/** What is in the account of a project, by URN; what AWS or Pulumi made up is called by the URN of its resource. */
async function stateOf(project: ExistingProject): Promise<Record<string, unknown>> {
  const cloud = await project.pulumi.cloud();
  const known = (await project.resources()).map((resource) => {
    const within = resource.inputs as CloudResource["inputs"];
    const found = cloud.find(resource.type, resource.id ?? "", within);
    if (found === undefined) throw new Error(`${resource.urn} is not in the account`);
    return { urn: resource.urn.split("::").slice(2).join("::"), found };
  });
  await project.expectKnown();
  const made = known
    .flatMap(({ urn, found: { id, outputs } }) => {
      const texts = [
        id,
        ...["arn", "name", "url", "bucket", "executionArn", "apiEndpoint", "family"].map((key) => outputs[key]),
      ];
      return texts
        .filter((text) => typeof text === "string" && text.length > 5)
        .map((text) => [String(text), urn] as const);
    })
    .sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
  const portable = (text: string): string =>
    made.reduce((all, [value, urn]) => all.replaceAll(value, `<${urn}>`), text);
  return Object.fromEntries(known.map(({ urn, found }) => [urn, ordered(settingsOf(found), portable)]).sort());
}

/** What a resource is set to, also by AWS itself. */
function settingsOf({ type, inputs, outputs }: CloudResource): object {
  const computed = keptInputs(type).filter((input) => outputs[input] !== undefined);
  return { ...Object.fromEntries(computed.map((input) => [input, outputs[input]])), ...inputs };
}

/** A value without what differs between accounts: lists have no order, and texts of JSON are read. */
function ordered(value: unknown, portable: (text: string) => string): unknown {
  if (value instanceof Archive) return value.hash;
  if (typeof value === "string") {
    if (!/^[[{]/.test(value)) return portable(value);
    return ordered(JSON.parse(value), portable);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = (value as unknown[]).map((item) => ordered(item, portable));
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, ordered(each, portable)]).sort());
}

/** Each value with where it stands, so that what is different is short. */
function linesOf(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${at} = ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  return entries.length === 0 ? [`${at} = nothing`] : entries.flatMap(([name, each]) => linesOf(each, `${at} ${name}`));
}

async function up(project: ExistingProject, program: WalkedProgram): Promise<void> {
  const text = textOf(program);
  project.become(text);
  const { code, output } = await project.pulumi.up();
  expect(code, `${text}\n${output}`).to.equal(0);
}

async function deployed(program: WalkedProgram): Promise<ExistingProject> {
  const project = await ExistingProject.start(textOf(program));
  await project.pulumi.init("dev");
  return project;
}

describe("a program that is edited at random", function () {
  this.timeout(walks * (steps + 4) * 60_000);

  it("comes to what a new deployment of it would be, whatever was in it before", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: steps, maxLength: steps }), async (walk) => {
        const project = await deployed(firstProgram);
        let program = firstProgram;
        try {
          await up(project, program);
          for (const [name, choice] of walk) {
            const next = edits[name]?.(program, choice) ?? program;
            if (textOf(next) === textOf(program)) continue;
            program = next;
            await up(project, program);
          }
          const fresh = await deployed(program);
          try {
            await up(fresh, program);
            const [here, there] = [linesOf(await stateOf(project)), linesOf(await stateOf(fresh))];
            const different = {
              here: here.filter((line) => !there.includes(line)),
              fresh: there.filter((line) => !here.includes(line)),
            };
            expect(different, `${JSON.stringify(different, null, 2)}\n${textOf(program)}`).to.deep.equal({
              here: [],
              fresh: [],
            });
          } finally {
            await fresh.close();
          }
        } finally {
          await project.close();
        }
      }),
      // A counterexample of some steps says enough: to make it smaller would take hours.
      { numRuns: walks, seed, endOnFailure: true },
    );
  });
});
