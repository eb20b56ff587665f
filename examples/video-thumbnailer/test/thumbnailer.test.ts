import * as chai from "chai";
import sinon from "sinon";
import { record, tandemChai, type RecordedApp } from "tandem/testing";

chai.use(tandemChai);
const { expect } = chai;

describe("the video thumbnailer", () => {
  let app: RecordedApp;

  before(async () => {
    app = await record(() => import("../index.js"), { folder: ".." });
  });

  it("starts ffmpeg for a new video, at the time that the file's name says", async () => {
    const run = sinon.stub().resolves({ id: "run-1" });
    await app.invoke("onNewVideo", { key: "clip_01-05.mp4" }, { "ffmpeg.run": run });
    const { environment } = run.firstCall.args[0] as { environment: Record<string, string> };
    expect(environment).to.deep.equal({
      S3_BUCKET: app.outputs.bucketName,
      INPUT_VIDEO: "clip_01-05.mp4",
      TIME_OFFSET: "00:01:05",
      OUTPUT_FILE: "clip_01-05.jpg",
    });
  });

  it("takes the first picture where the name says no time", async () => {
    const run = sinon.stub().resolves({ id: "run-1" });
    await app.invoke("onNewVideo", { key: "holiday.mp4" }, { "ffmpeg.run": run });
    sinon.assert.calledWithMatch(run, { environment: { TIME_OFFSET: "00:00:00", OUTPUT_FILE: "holiday.jpg" } });
  });

  it("says where a new thumbnail is", async () => {
    const log = sinon.stub(console, "log");
    try {
      await app.invoke("onNewThumbnail", { key: "clip.jpg", size: 12 });
    } finally {
      log.restore();
    }
    sinon.assert.calledOnceWithExactly(log, "*** New thumbnail: clip.jpg (12 bytes)");
  });

  it("lets each part do what it needs, and no more", () => {
    expect(app).to.allow("onNewVideo", "ecs:RunTask", "ffmpeg").and.to.deny("onNewVideo", "s3:*");
    expect(app).to.allow("ffmpeg", "s3:GetObject", "media/*").and.to.allow("ffmpeg", "s3:PutObject", "media/*");
    expect(app).to.deny("ffmpeg", "s3:DeleteObject").and.to.deny("ffmpeg", "ecs:RunTask");
    expect(app).to.deny("onNewThumbnail", "ecs:RunTask").and.to.deny("onNewThumbnail", "s3:*");
  });

  it("hears of videos with one handler and of pictures with the other", () => {
    const patterns = ["onNewVideo", "onNewThumbnail"].map((name) => {
      const { inputs } = app.component("Bucket", "media").child("aws:cloudwatch/eventRule:EventRule", `${name}-rule`);
      const { detail } = JSON.parse(inputs.eventPattern ?? "{}") as { detail: { object: object } };
      return detail.object;
    });
    expect(patterns).to.deep.equal([{ key: [{ suffix: ".mp4" }] }, { key: [{ suffix: ".jpg" }] }]);
  });

  it("gives ffmpeg 1024 MB", () => {
    const definition = app.component("Task", "ffmpeg").child("aws:ecs/taskDefinition:TaskDefinition");
    expect(definition.inputs).to.include({ cpu: "256", memory: "1024" });
  });

  it("is what was reviewed", () => {
    expect(app).to.matchGraph("thumbnailer");
  });
});
