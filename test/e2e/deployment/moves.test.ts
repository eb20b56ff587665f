import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { changesOf } from "./deployed-example";
import { ExistingProject } from "./existing-project";

const head = `import { Api, Bucket, Function, Queue, Task } from "tandem";
`;

describe("a program that is edited", function () {
  this.timeout(300_000);
  let project: ExistingProject;

  const start = async (program: string): Promise<void> => {
    project = await ExistingProject.start(head + program);
    await project.pulumi.init("dev");
    await up();
  };
  const up = async (): Promise<string[]> => {
    const outcome = await project.pulumi.up();
    expect(outcome.code, outcome.output).to.equal(0);
    await project.expectKnown();
    return changesOf(outcome);
  };
  const become = (program: string): Promise<string[]> => {
    project.become(head + program);
    return up();
  };

  describe("with an API", () => {
    const api = `const api = new Api("web");\n`;
    const shared = `const shared = async () => "shared";\n`;
    const [a, b] = [`api.get("/a", shared);\n`, `api.get("/b", shared);\n`];
    const variable = `api.get("/users/{id}", async ({ params }) => params);\n`;
    const literal = `api.get("/users/id", async () => "the page of ids");\n`;

    before(() => start(api + shared + a + b + variable + literal));
    after(() => project.close());

    it("keeps everything where routes change places", async () => {
      const changes = await become(api + shared + b + a + literal + variable);
      expect(changes.filter((change) => !change.startsWith("update "))).to.deep.equal([]);
      expect(await up()).to.be.empty;
    });

    it("keeps a route whose variable is called something else", async () => {
      const renamed = variable.replace("{id}", "{name}");
      const changes = await become(api + shared + b + a + literal + renamed);
      expect(changes.filter((change) => change.endsWith("-route"))).to.deep.equal(["update web-get-users-id-route"]);
    });

    it("may answer a route in another way", async () => {
      await become(`${api}${shared}${b}${a}api.any("/old", shared);\n`);
      await become(`${api}${shared}${b}${a}api.proxy("/old", "https://example.com");\n`);
      await become(`${api}${shared}${b}${a}api.any("/old", async () => "here");\n`);
    });

    it("may have one handler on seventy routes", async () => {
      await become(`${api}${shared}for (let n = 0; n < 70; n++) api.get(\`/things\${n}\`, shared);\n`);
    });
  });

  describe("whose options are taken out again", () => {
    const handler = `async () => undefined`;
    const plain = `new Api("web").get("/", ${handler});\n`;
    const set = `new Api("web", { throttle: { rate: 1, burst: 2 }, cors: true }).get("/", ${handler}, { tracing: true, concurrency: 5 });\n`;

    before(() => start(set));
    after(() => project.close());

    it("has what a new deployment has", async () => {
      expect(await become(plain)).to.include.members(["update web-stage", "update web-get"]);
      const cloud = await project.pulumi.cloud();
      const [stage] = cloud.all("aws:apigatewayv2/stage:Stage");
      expect(stage?.inputs["defaultRouteSettings"]).to.deep.equal({
        throttlingRateLimit: 10_000,
        throttlingBurstLimit: 5000,
      });
      const [fn] = cloud.all("aws:lambda/function:Function");
      expect(fn?.inputs["tracingConfig"]).to.deep.equal({ mode: "PassThrough" });
      expect(fn?.inputs).not.to.have.property("reservedConcurrentExecutions");
    });
  });

  describe("whose handler gets another name", () => {
    const named = (name: string, aliases: string): string =>
      `const media = new Bucket("media");\nmedia.onPut("${name}", async ({ key }) => console.log(key), {}, {}, ${aliases});\n`;

    before(() => start(named("onVideo", "{}")));
    after(() => project.close());

    it("keeps its dead letters with an alias", async () => {
      const cloud = await project.pulumi.cloud();
      const ids = (): string[] => cloud.all("aws:sqs/queue:Queue").map(({ id }) => id);
      const before = ids();
      const changes = await become(named("onClip", '{ aliases: [{ name: "onVideo" }] }'));
      expect(changes.filter((change) => !change.startsWith("update "))).to.deep.equal([]);
      expect(ids()).to.deep.equal(before);
    });

    it("keeps a bucket's guards where the bucket cannot be destroyed, since it is full", async () => {
      const cloud = await project.pulumi.cloud();
      const [bucket] = cloud.all("aws:s3/bucket:Bucket");
      const object = { Bucket: bucket?.id ?? "", Key: "a.txt" };
      await cloud.s3().send(new PutObjectCommand({ ...object, Body: "a" }));
      const guards = (): string[] =>
        cloud.all().flatMap(({ type }) => /bucket(Policy|PublicAccessBlock):/.exec(type)?.[1] ?? []);
      const { code, output } = await project.pulumi.destroy();
      expect(code).not.to.equal(0);
      expect(output).to.include("BucketNotEmpty");
      expect(guards()).to.have.members(["Policy", "PublicAccessBlock"]);
      await up();
      await cloud.s3().send(new DeleteObjectCommand(object));
      expect((await project.pulumi.destroy()).code).to.equal(0);
      expect(cloud.all()).to.deep.equal([]);
    });
  });

  describe("with domains that are validated by one record", () => {
    before(() =>
      start(`const zoneId = "Z0123456789";
new Api("one", { domain: { name: "dev.example.com", zoneId } });
new Api("all", { domain: { name: "*.dev.example.com", zoneId } });
`),
    );
    after(() => project.close());

    it("deploys", async () => expect(await up()).to.be.empty);
  });
});
