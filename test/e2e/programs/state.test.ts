import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { recordProgram } from "../../../engine/record";
import { imports, LocalProgram } from "./local-program";

describe("a program with state", () => {
  const programs: LocalProgram[] = [];
  const made = (program: LocalProgram): LocalProgram => {
    programs.push(program);
    return program;
  };
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.close();
  });

  it("keeps what is random from run to run, until its keepers change", async () => {
    const source = (keeper: string): string => `${imports}
      import * as random from "@pulumi/random";
      const suffix = new random.RandomId("suffix", { byteLength: 4, keepers: { keeper: "${keeper}" } });
      const bucket = new aws.s3.Bucket("assets", { bucket: pulumi.interpolate\`assets-\${suffix.hex}\` });
      const password = new random.RandomPassword("password", { length: 16, special: false, minNumeric: 3 });
      export const name = bucket.bucket;
      export const secret = password.result;
      export const pet = new random.RandomPet("pet", { prefix: "my" }).id;
      export const picked = new random.RandomShuffle("picked", { inputs: ["a", "b", "c"], resultCount: 2 }).results;
      export const number = new random.RandomInteger("number", { min: 5, max: 5 }).result;
      export const uuid = new random.RandomUuid("uuid").result;
    `;
    const program = made(await LocalProgram.up({ "index.ts": source("1") }));
    const first = program.outputs;
    expect(first["name"]).to.match(/^assets-[0-9a-f]{8}$/);
    expect(first["secret"]).to.match(/^(?=(?:.*\d){3})[A-Za-z0-9]{16}$/);
    expect(first["pet"]).to.match(/^my-[a-z]+-[a-z-]+$/);
    expect(first["picked"]).to.have.length(2);
    expect(first["number"]).to.equal(5);
    expect(first["uuid"]).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(program.engine.inert).to.deep.equal([]);
    await program.down();
    await program.up();
    expect(program.outputs).to.deep.equal(first);
    program.write("index.ts", source("2"));
    await program.engine.reload();
    expect(program.outputs["name"]).not.to.equal(first["name"]);
    expect(program.outputs["secret"]).to.equal(first["secret"]);
    const recorded = await recordProgram({ projectFolder: program.folder });
    expect(recorded.stackOutputs["name"]).to.match(/^assets-[0-9a-f]{8}$/);
  });

  it("has plausible outputs of what does not run here", async () => {
    const program = made(
      await LocalProgram.up({
        "index.ts": `${imports}
          const table = new aws.dynamodb.Table("table", { attributes: [{ name: "id", type: "S" }], hashKey: "id", streamEnabled: true });
          const balancer = new aws.lb.LoadBalancer("web", {});
          const cluster = new aws.eks.Cluster("k8s", { roleArn: "arn:aws:iam::1:role/x", vpcConfig: { subnetIds: [] } });
          export const out = [table.name, table.streamArn, table.arn, pulumi.interpolate\`http://\${balancer.dnsName}\`,
            cluster.certificateAuthority.data, cluster.endpoint];`,
      }),
    );
    const [name, streamArn, arn, url, data, endpoint] = program.outputs["out"] as string[];
    expect(name).to.match(/^table-[0-9a-f]{7}$/);
    expect(streamArn).to.match(/^arn:aws:dynamodb:us-east-1:000000000000:/);
    expect(arn).to.match(/^arn:aws:dynamodb:/);
    expect(url).to.match(/^http:\/\/[\w.-]+\.invalid$/);
    expect([typeof data, endpoint]).to.deep.equal(["string", "k8s-" + String(endpoint).slice(4)]);
  });

  it("runs providers of its own through their whole life", async () => {
    const source = (text: string, resource: boolean): string => `${imports}
      import * as fs from "fs";
      const log = ${JSON.stringify(path.join(os.tmpdir(), `tandem-dynamic-${process.pid}.log`))};
      const provider: pulumi.dynamic.ResourceProvider = {
        async create(inputs) { require("fs").appendFileSync(log, "create " + inputs.text + "\\n"); return { id: "file-1", outs: { ...inputs, length: inputs.text.length } }; },
        async update(id, olds, news) { require("fs").appendFileSync(log, "update " + olds.text + " " + news.text + "\\n"); return { outs: { ...news, length: news.text.length } }; },
        async delete(id, props) { require("fs").appendFileSync(log, "delete " + props.text + "\\n"); },
      };
      class Text extends pulumi.dynamic.Resource {
        declare readonly length: pulumi.Output<number>;
        constructor(name: string, text: pulumi.Input<string>) { super(provider, name, { text, length: undefined }); }
      }
      ${resource ? `const text = new Text("text", "${text}"); export const out = [text.id, text.length];` : ""}
    `;
    const log = path.join(os.tmpdir(), `tandem-dynamic-${process.pid}.log`);
    const program = made(await LocalProgram.up({ "index.ts": source("abc", true) }));
    try {
      expect(program.outputs["out"]).to.deep.equal(["file-1", 3]);
      await program.down();
      await program.up();
      expect(program.outputs["out"]).to.deep.equal(["file-1", 3]);
      program.write("index.ts", source("abcd", true));
      await program.engine.reload();
      expect(program.outputs["out"]).to.deep.equal(["file-1", 4]);
      program.write("index.ts", source("", false));
      await program.engine.reload();
      expect(fs.readFileSync(log, "utf8")).to.equal("create abc\nupdate abc abcd\ndelete abcd\n");
    } finally {
      fs.rmSync(log, { force: true });
    }
  });

  it("refers to another stack of this machine, or to what its configuration says of one", async () => {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-stacks-"));
    try {
      const network = made(
        new LocalProgram(
          {
            "Pulumi.yaml": "name: network\nruntime: nodejs\n",
            "index.ts": `import * as pulumi from "@pulumi/pulumi"; export const vpcId = "vpc-1"; export const token = pulumi.secret("hush");`,
          },
          parent,
        ),
      );
      const app = made(
        new LocalProgram(
          {
            "Pulumi.dev.yaml": `config:\n  tandem:stackReferences:\n    acme/other/prod:\n      zone: z-1\n`,
            "index.ts": `${imports}
              const network = new pulumi.StackReference("acme/network/dev");
              const other = new pulumi.StackReference("other", { name: "acme/other/prod" });
              export const vpc = network.requireOutput("vpcId");
              export const missing = network.getOutput("nosuch").apply((value) => value === undefined);
              export const zone = other.getOutput("zone");
              export const token = network.getOutput("token");
              export const isSecret = pulumi.isSecret(token);`,
          },
          parent,
        ),
      );
      const refused: unknown = await app.up().catch((error: unknown) => error);
      expect(String((refused as Error).message)).to.match(
        /^ERR_STACK_REFERENCE: that stack has never been up on this machine.*\n {2}got: acme\/network\/dev\n {2}fix: run: tandem up .* --stack dev\n/,
      );
      await app.down();
      await network.up();
      await network.down();
      await app.up();
      expect(app.outputs).to.deep.equal({ vpc: "vpc-1", missing: true, zone: "z-1", token: "hush", isSecret: true });
    } finally {
      fs.rmSync(parent, { recursive: true, force: true });
    }
  });

  it("brings up all but the resource that fails, and tries that again", async () => {
    const source = (image: string): string => `${imports}
      new aws.ecs.TaskDefinition("job", { family: "job", cpu: "256", memory: "512", networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"],
        containerDefinitions: JSON.stringify([{ name: "app", essential: true${image} }]) });
      export const bucket = new aws.s3.Bucket("b").id;`;
    const program = made(await LocalProgram.up({ "index.ts": source("") }));
    expect(program.engine.failures.map(({ message }) => message)).to.deep.equal([
      "ERR_RESOURCE_FAILED: job (aws:ecs/taskDefinition:TaskDefinition) does not come up; the rest of the program does\n" +
        "  got: ClientException: Container.image should not be null or empty.\n" +
        "  fix: correct the resource: AWS would refuse it in the same way, and save the file: it is tried again\n" +
        "  see: docs/errors.md#err_resource_failed",
    ]);
    const failed = program.events.find((event) => event.type === "resource" && event.status === "failed");
    expect(failed).to.include({ name: "job", error: program.engine.failures[0]?.message });
    await program.put(String(program.outputs["bucket"]), "a", "a");
    await program.engine.reload();
    expect(program.engine.failures).to.have.length(1);
    program.write("index.ts", source(`, image: "busybox"`));
    await program.engine.reload();
    expect(program.engine.failures).to.deep.equal([]);
  });

  it("has configuration, secrets, the region, and reads them again when a stack's file is saved", async () => {
    const program = made(
      await LocalProgram.up(
        {
          "Pulumi.dev.yaml": "config:\n  aws:region: eu-west-1\n  app:size: 3\n",
          "index.ts": `${imports}
            const config = new pulumi.Config();
            export const out = [config.requireNumber("size"), config.requireSecret("password"), aws.config.region, process.env.AWS_REGION,
              aws.getRegionOutput().region, new aws.sqs.Queue("q", { name: "q" }).arn];
            pulumi.runtime.setAllConfig({ "app:size": "9" });
            export const changed = new pulumi.Config().require("size");`,
        },
        { config: ["password=hush"] },
      ),
    );
    expect(program.outputs["out"]).to.deep.equal([
      3,
      "hush",
      "eu-west-1",
      "eu-west-1",
      "eu-west-1",
      "arn:aws:sqs:eu-west-1:000000000000:q",
    ]);
    expect(program.outputs["changed"]).to.equal("9");
    // The process that waits for the next run has the old configuration.
    program.write("Pulumi.dev.yaml", "config:\n  aws:region: eu-west-1\n  app:size: 4\n");
    await program.engine.reload();
    expect((program.outputs["out"] as unknown[])[0]).to.equal(4);
  });

  it("goes through transforms that see resources, and keeps aliases, nested components and invokes", async () => {
    const program = made(
      await LocalProgram.up({
        "index.ts": `${imports}
          pulumi.runtime.registerResourceTransform((args) => args.type === "aws:s3/bucketObject:BucketObject"
            ? { props: { ...args.props, key: "in/" + args.props.key }, opts: { ...args.opts, aliases: [{ name: "old" }] } } : undefined);
          pulumi.runtime.registerInvokeTransform(async (args) => ({ args: { ...args.args, serviceName: "s3" }, opts: args.opts }));
          class Inner extends pulumi.ComponentResource {
            public readonly bucket: aws.s3.Bucket;
            constructor(name: string, opts: pulumi.ComponentResourceOptions) {
              super("my:index:Inner", name, {}, opts);
              this.bucket = new aws.s3.Bucket(name + "-bucket", {}, { parent: this });
              new aws.s3.BucketObject(name + "-object", { bucket: this.bucket, key: "k", content: "hello" }, { parent: this });
              this.registerOutputs({ bucket: this.bucket });
            }
          }
          class Outer extends pulumi.ComponentResource {
            public readonly inner: Inner;
            constructor(name: string) { super("my:index:Outer", name); this.inner = new Inner(name + "-inner", { parent: this }); this.registerOutputs(); }
          }
          export const bucket = new Outer("outer").inner.bucket.id;
          export const service = aws.getServicePrincipalOutput({ serviceName: "sqs" }).name;`,
      }),
    );
    const bucket = String(program.outputs["bucket"]);
    expect((await program.read(bucket, "in/k")).toString()).to.equal("hello");
    expect(program.outputs["service"]).to.equal("s3.amazonaws.com");
    expect(program.resource("outer-inner-object", "BucketObject").options.aliases).to.deep.equal([
      "urn:pulumi:dev::app::my:index:Outer$my:index:Inner$aws:s3/bucketObject:BucketObject::old",
    ]);
  });
});
