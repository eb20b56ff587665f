import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Bucket, Function, Queue, TandemError } from "../../components";
import { record, type RecordOptions } from "../../testing";

const queueType = "aws:sqs/queue:Queue";

describe("record", () => {
  const unhandled: string[] = [];
  const note = (reason: unknown) => void unhandled.push(String(reason));
  before(() => process.on("unhandledRejection", note));
  after(() => void process.off("unhandledRejection", note));
  afterEach(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(unhandled.splice(0).join("\n"), "unhandled rejections").to.equal("");
  });

  it("knows URNs, parents, options and aliases as a deployment does", async () => {
    const app = await record(
      () => {
        const provider = new aws.Provider("other", { region: "eu-west-1" });
        const parent = new pulumi.ComponentResource("app:index:Shop", "shop");
        const inner = new pulumi.ComponentResource("app:index:Shelf", "shelf", {}, { parent });
        const first = new aws.sqs.Queue("first", {}, { parent: inner, protect: true, provider });
        new aws.sqs.Queue(
          "second",
          { delaySeconds: 3 },
          {
            dependsOn: first,
            ignoreChanges: ["tags"],
            aliases: [{ name: "old" }, { parent: pulumi.rootStackResource, name: "x" }, "urn:pulumi:dev::app::a::b"],
            parent: inner,
          },
        );
      },
      { project: "shop", stack: "prod" },
    );
    const [first, second] = ["first", "second"].map((name) => app.component(queueType, name));
    const within = "urn:pulumi:prod::shop::app:index:Shop$app:index:Shelf";
    expect(second?.urn).to.equal(`${within}$${queueType}::second`);
    expect(second?.options).to.deep.include({
      parent: `${within}::shelf`,
      dependsOn: [first?.urn],
      ignoreChanges: ["tags"],
      protect: false,
      aliases: ["urn:pulumi:dev::app::a::b", `${within}$${queueType}::old`, `urn:pulumi:prod::shop::${queueType}::x`],
    });
    expect(first?.options.protect).to.equal(true);
    expect(first?.options.provider).to.match(/^urn:pulumi:prod::shop::pulumi:providers:aws::other::/);
    expect(second?.parent?.name).to.equal("shelf");
  });

  it("runs transforms: a resource's own, its ancestors', the stack's", async () => {
    const tagged =
      (tag: string): pulumi.ResourceTransform =>
      ({ props, opts, type }) =>
        type === queueType ? { props: { ...props, tags: { ...props["tags"], [tag]: "yes" } }, opts } : undefined;
    const app = await record(() => {
      pulumi.runtime.registerResourceTransform(tagged("stack"));
      const parent = new pulumi.ComponentResource("app:index:Shop", "shop", {}, { transforms: [tagged("parent")] });
      new aws.sqs.Queue(
        "jobs",
        {},
        { parent, transforms: [({ props, opts }) => ({ props, opts: { ...opts, protect: true } })] },
      );
    });
    const { inputs, options } = app.component(queueType, "jobs");
    expect(inputs.tags).to.deep.equal({ parent: "yes", stack: "yes" });
    expect(options.protect).to.equal(true);
  });

  it("throws what a program throws, the same error, whenever it does", async () => {
    const broken = new RangeError("broken");
    const fail = (): never => {
      throw broken;
    };
    const programs: (() => unknown)[] = [
      fail,
      async () => Promise.reject(broken),
      () => void pulumi.output(1).apply(fail),
      () => new aws.sqs.Queue("jobs", { delaySeconds: pulumi.output(1).apply(fail) }),
      () => ({ exported: new aws.sqs.Queue("jobs", { delaySeconds: pulumi.output(1).apply(fail) }).arn }),
      () => ({ exported: Promise.reject(broken) }),
    ];
    for (const program of programs) {
      const error: unknown = await record(program).catch((thrown: unknown) => thrown);
      expect(error, program.toString()).to.equal(broken);
    }
  });

  it("throws what one's own mocks throw", async () => {
    const broken = new Error("no such VPC");
    const refuse = (): never => {
      throw broken;
    };
    const called = record(() => aws.ec2.getVpc({ id: "vpc-1" }), { mocks: { call: refuse } });
    expect(await called.catch((thrown: unknown) => thrown)).to.equal(broken);
    const made = record(() => new aws.sqs.Queue("jobs"), { mocks: { newResource: refuse } });
    expect(await made.catch((thrown: unknown) => thrown)).to.equal(broken);
    const handled = await record(
      async () => ({ vpc: await aws.ec2.getVpc({ id: "vpc-1" }).catch((error: Error) => error.message) }),
      { mocks: { call: refuse } },
    );
    expect(handled.outputs.vpc).to.include("no such VPC");
  });

  it("asks one's own mocks first, and answers as AWS what they leave", async () => {
    const app = await record(
      async () => {
        const queues = ["ours", "theirs"].map((name) => new aws.sqs.Queue(name));
        const { cidrBlock } = await aws.ec2.getVpc({ id: "vpc-1" });
        return { arns: queues.map(({ arn }) => arn), cidrBlock };
      },
      {
        mocks: {
          newResource: ({ name, inputs }) =>
            name === "ours" ? { id: "1", state: { ...inputs, arn: "our-arn" } } : undefined,
          call: ({ token }) => (token === "aws:ec2/getVpc:getVpc" ? { cidrBlock: "10.0.0.0/16" } : undefined),
        },
      },
    );
    const [ours, theirs] = app.outputs.arns as string[];
    expect(ours).to.equal("our-arn");
    expect(theirs).to.match(/^arn:aws:sqs:us-east-1:000000000000:theirs/);
    expect(app.outputs.cidrBlock).to.equal("10.0.0.0/16");
  });

  it("keeps recordings apart that are asked for at the same time, and refuses one within another", async () => {
    const programs = ["a", "b", "c"].map((name) => async () => {
      await new Promise((resolve) => setImmediate(resolve));
      new aws.sqs.Queue(name);
    });
    const failing = record(() => Promise.reject(new Error("b fails"))).catch((error: Error) => error.message);
    const apps = await Promise.all(programs.map((program, index) => record(program, { project: `p${index}` })));
    expect(apps.map(({ resources }) => resources.map(({ urn }) => urn))).to.deep.equal(
      ["a", "b", "c"].map((name, index) => [`urn:pulumi:dev::p${index}::${queueType}::${name}`]),
    );
    expect(await failing).to.equal("b fails");
    const nested = record(() => record(() => undefined));
    expect(await nested.catch((error: Error) => error.message)).to.match(/^record\(\) was called by a program/);
  });

  it("awaits what a program exports, and knows it as plain values too", async () => {
    const app = await record(async () => {
      const jobs = new Queue("jobs");
      return {
        url: jobs.url,
        later: Promise.resolve(jobs.arn),
        secret: pulumi.secret("s"),
        nested: { list: [jobs.id] },
      };
    });
    const { url, arn } = app.component("Queue", "jobs").outputs;
    expect(app.outputs).to.deep.equal({ url, later: arn, secret: "s", nested: { list: [url] } });
    expect(pulumi.Output.isInstance(app.exports.url)).to.equal(true);
  });

  it("runs programs of files: CommonJS, ES modules, those that export a function", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-record-"));
    const file = (name: string, text: string): string => {
      fs.writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    try {
      const pulumiFile = JSON.stringify(require.resolve("@pulumi/pulumi"));
      const made = (name: string): string => `new pulumi.ComponentResource("a:b:C", "${name}");`;
      const plain = file(
        "plain.cjs",
        `const pulumi = require(${pulumiFile}); ${made("x")} exports.name = new pulumi.Config().require("n");`,
      );
      const fn = file(
        "fn.cjs",
        `const pulumi = require(${pulumiFile}); module.exports = async () => { ${made("x")} return { name: pulumi.getStack() }; };`,
      );
      const esm = file(
        "esm.mjs",
        `import pulumi from ${pulumiFile}; ${made("x")} export const name = Promise.resolve("esm");`,
      );
      const esmFn = file(
        "esm-fn.mjs",
        `import pulumi from ${pulumiFile}; export default async () => { ${made("x")} return { name: "fn" }; };`,
      );
      const options = { config: { n: "set" } };
      for (const [load, name] of [
        [() => import(plain), "set"],
        [() => import(plain), "set"],
        [() => import(fn), "dev"],
        [() => import(esm), "esm"],
        [() => import(esmFn), "fn"],
        [() => import(esmFn), "fn"],
      ] as const) {
        const app = await record(load, options);
        expect(app.outputs, load.toString()).to.deep.equal({ name });
        expect(app.component("a:b:C", "x").urn).to.equal("urn:pulumi:dev::tandem::a:b:C::x");
      }
      const again = await record(() => import(esm)).catch((error: Error) => error.message);
      expect(again).to.match(/^the program is an ES module that was recorded before/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("says what was likely meant, or what there is", async () => {
    const app = await record(() => {
      new Queue("jobs");
      new Bucket("media").onPut("onVideo", async () => undefined);
    });
    const message = (look: () => unknown): string => {
      try {
        look();
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(message(() => app.component("Queue", "jobz"))).to.equal("no Queue named jobz; did you mean jobs?");
    expect(message(() => app.component("Queu", "jobs"))).to.equal("no Queu in the program; did you mean Queue?");
    expect(message(() => app.component("Bucket", "pictures"))).to.equal("no Bucket named pictures; there is: media");
    expect(message(() => app.permissions("onVidoe"))).to.equal(
      "nothing named onVidoe has a role; did you mean onVideo?",
    );
    expect(message(() => app.component("Queue", "jobs").child(queueType))).to.equal(
      `component jobs has 2 times ${queueType}; name one: jobs, jobs-dead-letter`,
    );
  });

  it("takes the project's name from the Pulumi.yaml above the program, unless the test names another", async () => {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tandem-record-")));
    const folder = path.join(root, "src");
    fs.mkdirSync(folder);
    const program = () => {
      const size = new pulumi.Config().get("size") ?? "";
      new pulumi.ComponentResource("a:b:C", `x${size}`);
    };
    const urnOf = async (options: RecordOptions = {}) =>
      (await record(program, { folder, config: { size: "7" }, ...options })).component("a:b:C", "x7").urn;
    expect(await urnOf(), "without a Pulumi.yaml").to.equal("urn:pulumi:dev::app::a:b:C::x7");
    fs.writeFileSync(path.join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    expect(await urnOf()).to.equal("urn:pulumi:dev::shop::a:b:C::x7");
    expect(await urnOf({ project: "other" })).to.equal("urn:pulumi:dev::other::a:b:C::x7");
    fs.rmSync(root, { recursive: true });
  });

  it("types the inputs of the resources that components make", async () => {
    const app = await record(() => new Queue("jobs", { delay: 5 }));
    const inputs = app.component("Queue", "jobs").child("aws:sqs/queue:Queue", "jobs").inputs;
    const delay: number | undefined = inputs.delaySeconds;
    expect(delay).to.equal(5);
    // @ts-expect-error SQS has no such property
    expect(inputs.delaySecondz).to.equal(undefined);
  });

  it("leaves values unknown in a preview that only a deployment knows", async () => {
    const app = await record(() => ({ url: new Queue("jobs").url }), { preview: true });
    expect(app.outputs.url).to.equal(undefined);
    expect(app.component("Queue", "jobs").child("aws:sqs/queue:Queue", "jobs").inputs.maxMessageSize).to.equal(
      undefined,
    );
  });

  it("gives an error of the library once, from deep inside too", async () => {
    const error: unknown = await record(() => {
      const jobs = new Queue("jobs");
      const fn = new Function("bad", () => String(jobs));
      new aws.lambda.Alias("alias", { functionName: fn.name, functionVersion: "1" });
      return { name: fn.name };
    }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(TandemError);
    expect((error as TandemError).code).to.match(/^ERR_CAPTURE_/);
  });
});
