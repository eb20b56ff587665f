import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { previewOf, type Preview } from "../../../cli/review/preview";
import { previewText } from "../../../cli/review/preview-text";
import { recordProgram } from "../../../engine/record";
import { TemporaryProject } from "../../engine/temporary-project";

const program = `
  import * as pulumi from "@pulumi/pulumi";
  import { Bucket, Task } from "tandem";
  const media = new Bucket("media");
  const ffmpeg = new Task("ffmpeg", { build: "./ffmpeg", grants: [media.can("get")] });
  media.onPut("onNewVideo", async () => void (await ffmpeg.run()), { keySuffix: ".mp4" });
  const old = new Bucket("renamed", {}, { aliases: [{ name: "former" }], protect: true });
  console.log(new pulumi.Config().require("word"));
  export const secret = pulumi.secret("hunter2");
`;

describe("tandem preview", () => {
  let project: TemporaryProject;
  let preview: Preview;
  let aliases: string[];
  const printed: string[] = [];

  before(async () => {
    project = new TemporaryProject(program, { "ffmpeg/Dockerfile": "FROM scratch\n" });
    const recorded = await recordProgram({
      projectFolder: project.folder,
      config: ["word=configured"],
      onLine: (line) => printed.push(line),
    });
    preview = previewOf(recorded);
    const renamed = [...recorded.resources.values()].find(({ name }) => name === "renamed");
    aliases = [...(renamed?.options.aliases ?? [])];
    expect(renamed?.options.protect).to.equal(true);
  });
  after(() => project.remove());

  const text = (all = false): string[] => stripVTControlCharacters(previewText(preview, all)).split("\n");

  it("draws components, and folds what they consist of", () => {
    expect(text().slice(0, 6)).to.deep.equal([
      "proj · dev: 5 components, 32 resources",
      "",
      "├─ + ffmpeg Task, 11 resources",
      "├─ + media Bucket, 16 resources",
      "│  └─ + onNewVideo Subscription, 10 resources",
      "└─ + renamed Bucket, 5 resources",
    ]);
  });

  it("shows every resource when it is asked to", () => {
    expect(text(true))
      .to.include("│  ├─ + ffmpeg-cluster Cluster")
      .and.include("   └─ + renamed-public-access-block BucketPublicAccessBlock");
  });

  it("says who may do what, by the names of the program", () => {
    expect(text()).to.include("  ffmpeg may s3:GetObject on media/*");
    expect(text()).to.include("  onNewVideo may ecs:RunTask on ffmpeg when ecs:cluster = ffmpeg");
  });

  it("tells of images, packages and exports", () => {
    expect(preview.images).to.deep.equal([
      { name: "ffmpeg", context: "ffmpeg", dockerfile: "ffmpeg/Dockerfile", platforms: ["linux/amd64"] },
    ]);
    expect(preview.functions).to.have.length(1);
    expect(preview.functions[0]).to.include({ name: "onNewVideo", memory: 512, timeout: 30, runtime: "nodejs24.x" });
    expect(preview.functions[0]?.bytes).to.be.greaterThan(500);
    expect(preview.outputs).to.deep.equal(["secret"]);
  });

  it("shows no id, no ARN, no path of this machine and no secret", () => {
    const all = JSON.stringify(preview) + text(true).join("\n");
    expect(all).not.to.match(/arn:aws|000000000000|-[0-9a-f]{7}\b|hunter2/);
    expect(all).not.to.include(project.folder);
  });

  it("has the properties of its page", () => {
    const page = fs.readFileSync(path.resolve(__dirname, "../../../docs/preview-json.md"), "utf8");
    const listed = /interface Preview \{\n([^]*?)\n\}/.exec(page)?.[1]?.match(/^ {2}(\w+)/gm) ?? [];
    expect(listed.map((name) => name.trim())).to.deep.equal(Object.keys(preview));
  });

  it("records the URNs that aliases mean", () => {
    expect(aliases).to.deep.equal(["urn:pulumi:dev::proj::tandem:index:Bucket::former"]);
  });

  it("runs the program with its configuration, and passes on what it prints", () => {
    expect(printed).to.deep.equal(["configured"]);
  });
});
