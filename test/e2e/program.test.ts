import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { programAnswers } from "../../engine/answers/program-answers";
import { EngineError } from "../../engine/errors";
import { Program, type RecordedProgram } from "../../engine/monitor/program";
import { readProject } from "../../engine/monitor/project";
import { localAccount } from "../../engine/services/account";
import { systemClock, type Clock } from "../../engine/services/clock";
import { notKept } from "../../engine/utilities/kept-resources";
import { FakeClock } from "../../testing";
import { TemporaryProject } from "../engine/temporary-project";

describe("a program", () => {
  const projects: TemporaryProject[] = [];
  const lines: string[] = [];

  const run = async (source: string, clock: Clock = systemClock, onStart?: () => void): Promise<RecordedProgram> => {
    const project = new TemporaryProject(source);
    projects.push(project);
    const program = new Program({
      answers: programAnswers({
        project: () => readProject(project.folder, "dev"),
        account: localAccount,
        kept: notKept(),
      }),
      clock,
      cacheFolder: path.join(project.folder, ".tandem", "cache"),
      onLine: (line) => {
        lines.push(line);
        onStart?.();
      },
    });
    try {
      return await program.run(readProject(project.folder, "dev", ["size=7"]));
    } finally {
      program.close();
    }
  };

  const failure = async (source: string, clock?: Clock, onStart?: () => void): Promise<EngineError> => {
    const error: unknown = await run(source, clock, onStart).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(EngineError);
    return error as EngineError;
  };

  after(() => projects.forEach((project) => project.remove()));

  it("is recorded with parents, dependencies, options, secrets and exports, and what it prints is passed on", async () => {
    const { resources, stackOutputs, files } = await run(`
      import * as pulumi from "@pulumi/pulumi";
      import * as aws from "@pulumi/aws";
      class Group extends pulumi.ComponentResource {
        constructor(name: string) { super("my:index:Group", name); this.registerOutputs({ name }); }
      }
      const group = new Group("group");
      const bucket = new aws.s3.Bucket("data", { tags: { a: "b" } }, { parent: group, protect: true });
      new aws.sqs.Queue("jobs", { name: pulumi.secret("hush") }, { dependsOn: [bucket], ignoreChanges: ["tags"] });
      console.log("size is", new pulumi.Config().require("size"));
      export const bucketArn = bucket.arn;
    `);
    const found = (name: string) => [...resources.values()].find((resource) => resource.name === name);
    expect(found("data")?.parent).to.equal(found("group")?.urn);
    expect(found("data")?.urn).to.equal("urn:pulumi:dev::proj::my:index:Group$aws:s3/bucket:Bucket::data");
    expect(found("data")?.options.protect).to.equal(true);
    expect(found("group")?.outputs).to.deep.equal({ name: "group" });
    expect(found("jobs")?.inputs.name).to.equal("hush");
    expect(found("jobs")?.options).to.deep.include({ secrets: ["name"], ignoreChanges: ["tags"] });
    expect(found("jobs")?.options.dependsOn).to.include(found("data")?.urn);
    expect(stackOutputs.bucketArn).to.equal(`arn:aws:s3:::${found("data")?.id}`);
    expect(lines).to.include("size is 7");
    expect(files.map((file) => path.basename(file)).sort()).to.deep.equal(["Pulumi.yaml", "index.ts"]);
  });

  it("goes through its transforms, and reads existing resources by their ids", async () => {
    const { resources, stackOutputs } = await run(`
      import * as pulumi from "@pulumi/pulumi";
      const tag = (value: string) => async ({ props, opts }: pulumi.ResourceTransformArgs) =>
        ({ props: { ...props, tags: [...(props.tags ?? []), value] }, opts: { ...opts, protect: true } });
      pulumi.runtime.registerStackTransform(tag("stack"));
      const group = new pulumi.ComponentResource("my:index:Group", "group", {}, { transforms: [tag("parent")] });
      class Thing extends pulumi.CustomResource {}
      new Thing("test:index:Thing", "thing", {}, { parent: group, transforms: [tag("own")] });
      class Existing extends pulumi.CustomResource {
        declare arn: pulumi.Output<string>;
      }
      const existing = new Existing("aws:s3/bucket:Bucket", "old", { arn: undefined }, { id: "my-bucket" });
      export const arn = existing.arn;
    `);
    const thing = [...resources.values()].find(({ name }) => name === "thing");
    expect(thing?.inputs.tags).to.deep.equal(["own", "parent", "stack"]);
    expect(thing?.options.protect).to.equal(true);
    expect(stackOutputs.arn).to.equal("arn:aws:s3:::my-bucket");
  });

  it("gives every resource the same name on every run", async () => {
    const source = `import * as pulumi from "@pulumi/pulumi"; new pulumi.CustomResource("aws:s3/bucket:Bucket", "data");`;
    const ids = async (): Promise<string[]> => [...(await run(source)).resources.values()].map(({ id }) => id);
    expect(await ids()).to.deep.equal(await ids());
  });

  it("that has a syntax error is refused with file and line", async () => {
    const error = await failure("const a = 1;\nconst b = ;\n");
    expect(error.code).to.equal("ERR_PROGRAM_FAILED");
    expect(error.message).to.include("index.ts:2:11: Expression expected");
  });

  it("that throws is refused with the line in its source, and without the frames of packages", async () => {
    const error = await failure('type A = string;\n\nthrow new Error("no luck");\n');
    expect(error.message).to.match(/Error: no luck\n\s+at .*index\.ts:3:7/);
    expect(error.message).not.to.include("node_modules");
  });

  it("that ends its own process is refused", async () => {
    expect((await failure("process.exit(0);")).code).to.equal("ERR_PROGRAM_EXITED");
  });

  it("that asks for what only AWS knows is refused, naming the question", async () => {
    const error = await failure(
      `import * as pulumi from "@pulumi/pulumi"; export const ami = pulumi.runtime.invokeOutput("aws:ec2/getAmi:getAmi", {});`,
    );
    expect(error.code).to.equal("ERR_INVOKE_UNKNOWN");
    expect(error.got).to.equal("aws:ec2/getAmi:getAmi {}");
  });

  it("that never ends is given up after half a minute without any registration or work", async () => {
    const clock = new FakeClock();
    const source = `setInterval(() => console.log("waiting"), 20);`;
    const error = await failure(source, clock, () => void clock.tick(15_000));
    expect(error.code).to.equal("ERR_PROGRAM_HANGS");
    expect(error.message).to.include("did nothing for 30 seconds");
  });

  const work = "for (const end = performance.now() + 150; performance.now() < end; ) Math.random();";
  for (const [what, statement] of [
    ["works itself", work],
    ["waits for a program that works", `execFileSync(process.execPath, ["-e", ${JSON.stringify(work)}]);`],
  ] as const) {
    it(`that ${what} for minutes, as on a slow machine, is waited for`, async () => {
      const clock = new FakeClock();
      lines.length = 0;
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-work-"));
      // A quarter of a minute passes each time that it has worked for 150 ms.
      const source = `
        import { execFileSync } from "node:child_process";
        import * as fs from "node:fs";
        const pause = new Int32Array(new SharedArrayBuffer(4));
        for (let quarter = 0; quarter < 8; quarter += 1) {
          ${statement}
          console.log("quarter", quarter);
          while (!fs.existsSync(${JSON.stringify(folder)} + "/" + quarter)) Atomics.wait(pause, 0, 0, 1);
        }
        export const done = true;
      `;
      const passed = async (): Promise<void> => {
        const [, quarter] = /^quarter (\d)$/.exec(lines.at(-1) ?? "") ?? [];
        if (quarter === undefined) return;
        await clock.tick(15_000);
        fs.writeFileSync(path.join(folder, quarter), "");
      };
      try {
        const { stackOutputs } = await run(source, clock, () => void passed());
        expect(stackOutputs).to.deep.equal({ done: true });
        expect(lines.join("\n")).to.match(/none for 120 seconds; it still works/);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
  }
});
