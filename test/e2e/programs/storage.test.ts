import { expect } from "chai";
import { unzipSync } from "fflate";
import { imports, LocalProgram } from "./local-program";

describe("a program about storage", () => {
  let program: LocalProgram;
  afterEach(() => program?.close());

  it("puts a website's files, given a bucket, and allows everybody to read them", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}
        import * as fs from "fs";
        const site = new aws.s3.Bucket("site");
        const website = new aws.s3.BucketWebsiteConfiguration("web", { bucket: site.bucket, indexDocument: { suffix: "index.html" } });
        const access = new aws.s3.BucketPublicAccessBlock("access", { bucket: site.id, blockPublicAcls: false });
        for (const file of fs.readdirSync("www")) {
          new aws.s3.BucketObject(file, {
            bucket: site, source: new pulumi.asset.FileAsset("www/" + file), contentType: "text/html",
          }, { dependsOn: access });
        }
        const policy = aws.iam.getPolicyDocumentOutput({ statements: [{
          principals: [{ type: "*", identifiers: ["*"] }], actions: ["s3:GetObject"], resources: [pulumi.interpolate\`\${site.arn}/*\`],
        }] });
        new aws.s3.BucketPolicy("read", { bucket: site.id, policy: policy.json });
        export const bucket = site.id;
        export const url = pulumi.interpolate\`http://\${website.websiteEndpoint}\`;`,
      "www/index.html": "<h1>hello</h1>",
      "www/about.html": "<h1>about</h1>",
    });
    const bucket = String(program.outputs["bucket"]);
    expect((await program.read(bucket, "index.html")).toString()).to.equal("<h1>hello</h1>");
    expect(program.resource("index.html", "BucketObject").inputs["bucket"]).to.equal(bucket);
    expect(program.outputs["url"]).to.match(/^http:\/\/[\w.-]+\.invalid$/);
    const policy = JSON.parse(String(program.resource("read", "BucketPolicy").inputs["policy"])) as object;
    expect(policy).to.deep.equal({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*`, Principal: "*" }],
    });
  });

  it("puts archives of folders, of files and of texts, the same bytes each time", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}
        const bucket = new aws.s3.Bucket("packages");
        const { asset } = pulumi;
        new aws.s3.BucketObjectv2("folder", { bucket: bucket, key: "folder.zip", source: new asset.FileArchive("./src") });
        new aws.s3.BucketObjectv2("listed", { bucket: bucket, key: "listed.zip", source: new asset.AssetArchive({
          "a.txt": new asset.StringAsset("text"), "b.txt": new asset.FileAsset("./src/b.txt"), dir: new asset.FileArchive("./src"),
        }) });
        new aws.s3.BucketObjectv2("text", { bucket: bucket, key: "text.txt", source: new asset.StringAsset("só") });
        new aws.s3.BucketObjectv2("local", { bucket: bucket, key: "local", source: new asset.RemoteAsset("file://" + process.cwd() + "/src/b.txt") });
        new aws.s3.BucketObjectv2("remote", { bucket: bucket, key: "remote", source: new asset.RemoteAsset("https://example.com/x") });
        new aws.s3.BucketObjectv2("missing", { bucket: bucket, key: "missing", source: new asset.FileAsset("./nosuch") });
        export const name = bucket.bucket;`,
      "src/b.txt": "b",
      "src/deep/c.txt": "c",
    });
    const bucket = String(program.outputs["name"]);
    const names = async (key: string): Promise<string[]> =>
      Object.keys(unzipSync(await program.read(bucket, key))).sort();
    expect(await names("folder.zip")).to.deep.equal(["b.txt", "deep/c.txt"]);
    expect(await names("listed.zip")).to.deep.equal(["a.txt", "b.txt", "dir/b.txt", "dir/deep/c.txt"]);
    expect((await program.read(bucket, "text.txt")).toString()).to.equal("só");
    expect((await program.read(bucket, "local")).toString()).to.equal("b");
    const failures = program.engine.failures.map(({ message }) => message);
    expect(failures).to.have.length(2);
    expect(failures[0]).to.match(
      /^ERR_ASSET: remote \(aws:s3\/bucketObjectv2:BucketObjectv2\) does not come up: .*\n {2}got: https:\/\/example\.com\/x\n {2}fix: download it/,
    );
    expect(failures[1]).to.match(/^ERR_ASSET: missing .*\n {2}got: .*nosuch\n {2}fix: correct the path/);
  });

  it("tells functions of objects", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}
        const bucket = new aws.s3.Bucket("files");
        bucket.onObjectCreated("created", async (event) => {
          for (const { s3 } of event.Records ?? []) console.log("created", s3.object.key);
        }, { filterSuffix: ".txt" });
        bucket.onObjectRemoved("removed", async (event) => console.log("removed", event.Records?.[0]?.s3.object.key));
        export const name = bucket.id;`,
    });
    const bucket = String(program.outputs["name"]);
    await program.put(bucket, "a.txt", "a");
    await program.put(bucket, "b.md", "b");
    program.engine.services.objects.delete(bucket, "a.txt");
    await program.engine.idle();
    expect(program.lines).to.deep.equal(["created a.txt", "removed a.txt"]);
  });
});
