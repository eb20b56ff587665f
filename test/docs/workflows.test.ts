import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly "timeout-minutes"?: number; readonly steps: readonly Step[] }>>;
}

const root = path.resolve(__dirname, "..", "..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");
const files = fs.globSync(".github/workflows/*.yml", { cwd: root }).sort();
const workflows = files.map((file): [string, Workflow] => [path.basename(file), parse(read(file)) as Workflow]);
const documented = /```yaml\n([^]*?)```/.exec(read("docs/github-action.md"))?.[1] ?? "";
const action = parse(read("action.yml")) as {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  runs: { steps: Step[] };
};
const scripts = (package_: string): string[] =>
  Object.keys((JSON.parse(read(package_)) as { scripts: Record<string, string> }).scripts);

describe("the workflows", () => {
  it("are those of check, diff, e2e, release and test", () => {
    expect(workflows.map(([name]) => name)).to.deep.equal([
      "check.yml",
      "diff.yml",
      "e2e.yml",
      "release.yml",
      "test.yml",
    ]);
  });

  for (const [name, workflow] of [...workflows, ["the documented one", parse(documented) as Workflow] as const]) {
    it(`${name} says what it may do, and never runs what others sent with more than that`, () => {
      expect(workflow.permissions, "permissions").to.be.an("object");
      expect(JSON.stringify(workflow.on)).not.to.include("pull_request_target");
      const writes = Object.values(workflow.permissions ?? {}).filter((access) => access === "write");
      expect(writes.length).to.be.at.most(1);
    });

    it(`${name} puts nothing of an event into a script`, () => {
      const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run));
      expect(runs.filter((run) => run.includes("${{"))).to.be.empty;
    });

    it(`${name} runs scripts that there are`, () => {
      const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run));
      const named = runs.flatMap((run) =>
        [...run.matchAll(/npm (?:run )?(test(?::\w+)?|check|build)/g)].map(([, it]) => it),
      );
      expect(scripts("package.json")).to.include.members(named);
    });
  }

  it("end by themselves", () => {
    for (const [name, { jobs }] of workflows) {
      for (const job of Object.values(jobs)) expect(job["timeout-minutes"], name).to.be.within(5, 60);
    }
  });
});

describe("the action", () => {
  const steps = action.runs.steps;

  it("runs the program without a token, and writes the comment without the program", () => {
    const environments = steps.map((step) => (step as { env: Record<string, string> }).env);
    expect(environments[0]?.GITHUB_TOKEN).to.equal("");
    expect(JSON.stringify(environments[0])).not.to.include("inputs.token");
    expect(steps[1]?.run).to.include("tandem review").and.not.include('tandem diff "');
  });

  it("puts no input into a script", () => {
    expect(steps.filter(({ run = "" }) => run.includes("${{"))).to.be.empty;
  });

  it("has the inputs and outputs of its page", () => {
    const page = read("docs/github-action.md");
    const listed = [...page.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
    expect(listed).to.have.members([...Object.keys(action.inputs), ...Object.keys(action.outputs)]);
  });
});
