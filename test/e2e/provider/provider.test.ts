import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repository } from "../command";
import { changesOf } from "../deployment/deployed-example";
import { Pulumi } from "./pulumi";

const bucketType = "aws:s3/bucket:Bucket";
const program = `
const aws = require("@pulumi/aws");
const media = new aws.s3.Bucket("media", { tags: { team: "video" } });
new aws.s3.BucketCorsConfiguration("media-cors", {
  bucket: media.id,
  corsRules: [{ allowedMethods: ["GET"], allowedOrigins: ["*"] }],
});
exports.name = media.id;
exports.arn = media.arn;
`;

describe("the provider that these tests deploy with", () => {
  let project: string;
  let pulumi: Pulumi;
  const write = (text: string): void => fs.writeFileSync(path.join(project, "index.js"), text);

  before(async () => {
    project = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-provider-"));
    fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: plain\nruntime: nodejs\nmain: index.js\n");
    fs.symlinkSync(path.join(repository, "node_modules"), path.join(project, "node_modules"), "dir");
    write(program);
    pulumi = await Pulumi.start({ project });
    await pulumi.init("dev");
  });

  after(async () => {
    await pulumi.close();
    fs.rmSync(pulumi.home, { recursive: true, force: true });
    fs.rmSync(project, { recursive: true, force: true });
  });

  it("knows no id and no ARN before there is a resource, but the name that it will have", async () => {
    const { output: shown } = await pulumi.diff();
    expect(shown).to.match(/arn : \[unknown\]\n +name: \[unknown\]/);
    expect(shown).to.match(/bucket {2,}: "media-[0-9a-f]{7}"/);
  });

  const refused = {
    "an input that no twin knows": [
      `new aws.s3.BucketCorsConfiguration("x", { bucket: media.id, corsRules: [{ allowedHosts: ["*"] }] });`,
      "unsupported argument: corsRules.allowedHosts of aws:s3/bucketCorsConfiguration",
    ],
    "a type that nothing stands for": [
      `new aws.glacier.Vault("vault", {});`,
      "there is no resource of type aws:glacier/vault:Vault",
    ],
  } as const;
  for (const [what, [statement, error]] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      write(program + statement);
      const { code, output } = await pulumi.preview();
      write(program);
      expect(code).not.to.equal(0);
      expect(output).to.include(error);
    });
  }

  it("keeps what it made in a folder: another process finds it", async () => {
    expect(changesOf(await pulumi.up())).to.deep.equal(["create media", "create media-cors"]);
    const { home } = pulumi;
    await pulumi.close();
    pulumi = await Pulumi.start({ project, home });
    expect(changesOf(await pulumi.up())).to.be.empty;
    const cloud = await pulumi.cloud();
    expect(cloud.all(bucketType).map(({ id }) => id)).to.deep.equal([(await pulumi.outputs())["name"]]);
  });

  it("tells of what somebody changed in AWS, which a deployment takes back", async () => {
    const cloud = await pulumi.cloud();
    const { name } = await pulumi.outputs();
    cloud.drift(bucketType, String(name), { tags: { team: "audio" } });
    const refreshed = await pulumi.refresh();
    expect(refreshed.output).to.match(/~ +1 updated/);
    expect(changesOf(await pulumi.up())).to.deep.equal(["update media"]);
    expect(cloud.find(bucketType, String(name), {})?.inputs["tags"]).to.deep.equal({ team: "video" });
  });

  it("deletes no bucket with objects in it", async () => {
    const s3 = (await pulumi.cloud()).s3();
    const object = { Bucket: String((await pulumi.outputs())["name"]), Key: "a.txt" };
    await s3.send(new PutObjectCommand({ ...object, Body: "a" }));
    const refused = await pulumi.destroy();
    expect(refused.code).not.to.equal(0);
    expect(refused.output).to.include("BucketNotEmpty");
    await s3.send(new DeleteObjectCommand(object));
    expect((await pulumi.destroy()).code).to.equal(0);
    expect((await pulumi.cloud()).all()).to.be.empty;
  });
});
