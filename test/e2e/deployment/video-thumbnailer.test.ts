import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { copyOfExample, example, repository } from "../command";
import type { Cloud } from "../provider/cloud";
import { Pulumi } from "../provider/pulumi";
import { changesOf, emptyBuckets } from "./deployed-example";
import { livesAndEnds, replaced } from "./example-life";

const video = path.join(example, "big-buck-bunny_00-03.mp4");

async function cutsThumbnails(cloud: Cloud, { bucketName }: Readonly<Record<string, unknown>>): Promise<void> {
  const s3 = cloud.s3();
  const bucket = String(bucketName);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "clip_00-03.mp4", Body: fs.readFileSync(video) }));
  await cloud.services.activity.whenIdle();
  const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "clip_00-03.jpg" }));
  expect(ContentLength).to.be.above(10_000);
}

livesAndEnds({
  name: "video-thumbnailer",
  runs: cutsThumbnails,
  changes: {
    "a line of a handler": {
      edits: [{ file: "index.ts", from: "*** New thumbnail", to: "+++ New thumbnail" }],
      changes: ["update onNewThumbnail"],
    },
    "the Dockerfile's folder": {
      edits: [{ file: "ffmpeg/Dockerfile", from: "FROM", to: "# As small as it gets.\nFROM" }],
      changes: [...replaced("ffmpeg-task"), "update ffmpeg-image"],
    },
    "a task's memory": {
      edits: [{ file: "index.ts", from: "memory: 1024", to: "memory: 2048" }],
      changes: replaced("ffmpeg-task"),
    },
  },
  renamed: [
    { file: "index.ts", from: 'new Bucket("media")', to: 'new Bucket("videos", {}, { aliases: [{ name: "media" }] })' },
    { file: "index.ts", from: 'new Task("ffmpeg", {', to: 'new Task("cutter", {' },
    {
      file: "index.ts",
      from: "// what the container may do, no more\n}",
      to: '\n}, { aliases: [{ name: "ffmpeg" }] }',
    },
  ],
  renamedWithoutAlias: [
    { file: "index.ts", from: 'new Bucket("videos", {}, { aliases: [{ name: "media" }] })', to: 'new Bucket("clips")' },
  ],
  lost: [
    "create clips",
    "create clips",
    "create clips-encryption",
    "create clips-lifecycle",
    "create clips-notification",
    "create clips-policy",
    "create clips-public-access-block",
    "delete videos",
    "delete videos",
    "delete videos-encryption",
    "delete videos-lifecycle",
    "delete videos-notification",
    "delete videos-policy",
    "delete videos-public-access-block",
  ],
  replacing: {
    before: emptyBuckets,
    edits: [
      {
        file: "index.ts",
        from: 'new Bucket("videos", {}, {',
        to: 'new Bucket("videos", { transform: { bucket: (args) => ({ ...args, bucket: "our-videos" }) } }, {',
      },
    ],
    changes: [
      ...replaced("videos"),
      ...replaced("videos-encryption"),
      ...replaced("videos-lifecycle"),
      ...replaced("videos-notification"),
      ...replaced("videos-policy"),
      ...replaced("videos-public-access-block"),
      "update cutter-policy",
      "update onNewThumbnail-rule",
      "update onNewVideo",
      "update onNewVideo-rule",
    ],
    order: ["create videos", "update onNewVideo-rule", "delete videos"],
  },
});

describe("the repository's own Pulumi.yaml", () => {
  it("deploys the video thumbnailer from the top", async () => {
    const top = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-top-"));
    fs.copyFileSync(path.join(repository, "Pulumi.yaml"), path.join(top, "Pulumi.yaml"));
    fs.mkdirSync(path.join(top, "examples"));
    fs.renameSync(copyOfExample(), path.join(top, "examples", "video-thumbnailer"));
    const pulumi = await Pulumi.start({ project: top });
    await pulumi.init("dev");
    expect(changesOf(await pulumi.up())).to.include("create ffmpeg-image");
    await cutsThumbnails(await pulumi.cloud(), await pulumi.outputs());
    expect(changesOf(await pulumi.up())).to.be.empty;
    await pulumi.close();
    for (const folder of [top, pulumi.home]) fs.rmSync(folder, { recursive: true, force: true });
  });
});
