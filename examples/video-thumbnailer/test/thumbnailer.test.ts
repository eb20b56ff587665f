import { expect } from "chai";
import * as path from "node:path";
import { record, type Permission, type RecordedApp } from "tandem/testing";

/** All actions, and the resources without account and the suffixes that make names unique. */
function summary(permissions: Permission[]): string[] {
  return permissions.flatMap(({ actions, resources }) =>
    resources.map(
      (resource) => `${actions.join(" ")} on ${resource.replace(/-[0-9a-f]{7}\b/g, "").replace(/^arn:aws:/, "")}`,
    ),
  );
}

describe("the video thumbnailer", () => {
  const folder = process.cwd();
  let app: RecordedApp;

  before(async () => {
    // Paths in a program, like build: "./ffmpeg", start at its project's folder.
    process.chdir(path.resolve(__dirname, ".."));
    app = await record(() => import("../index.js"));
  });

  after(() => process.chdir(folder));

  it("lets onNewVideo start ffmpeg and pass its two roles, and touch nothing else", () => {
    const own = summary(app.permissions("onNewVideo")).filter((line) => !/ on (logs|sqs):/.test(line));
    expect(own).to.deep.equal([
      "ecs:RunTask on ecs:us-east-1:000000000000:task-definition/ffmpeg:1",
      "iam:PassRole on iam::000000000000:role/ffmpeg-execution-role",
      "iam:PassRole on iam::000000000000:role/ffmpeg-role",
    ]);
  });

  it("lets ffmpeg read and write objects of the bucket, and nothing else", () => {
    expect(summary(app.permissions("ffmpeg"))).to.deep.equal([
      "s3:AbortMultipartUpload s3:GetObject s3:PutObject on s3:::media/*",
    ]);
  });

  it("lets onNewThumbnail write its own log and dead letters only", () => {
    expect(summary(app.permissions("onNewThumbnail"))).to.deep.equal([
      "logs:CreateLogStream logs:PutLogEvents on logs:us-east-1:000000000000:log-group:onNewThumbnail-logs:*",
      "sqs:SendMessage on sqs:us-east-1:000000000000:onNewThumbnail-dead-letter",
    ]);
  });

  it("hears of videos with one handler and of pictures with the other", () => {
    const patterns = ["onNewVideo", "onNewThumbnail"].map((name) => {
      const { inputs } = app.component("Bucket", "media").child("aws:cloudwatch/eventRule:EventRule", `${name}-rule`);
      const { detail } = JSON.parse(String(inputs.eventPattern)) as { detail: { object: object } };
      return detail.object;
    });
    expect(patterns).to.deep.equal([{ key: [{ suffix: ".mp4" }] }, { key: [{ suffix: ".jpg" }] }]);
  });

  it("gives ffmpeg 1024 MB", () => {
    const definition = app.component("Task", "ffmpeg").child("aws:ecs/taskDefinition:TaskDefinition");
    expect(definition.inputs).to.include({ cpu: "256", memory: "1024" });
  });
});
