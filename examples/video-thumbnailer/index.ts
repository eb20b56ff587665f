import { Bucket, Task } from "tandem";

const bucket = new Bucket("media");

const ffmpeg = new Task("ffmpeg", {
  build: "./ffmpeg", // a folder with a Dockerfile
  memory: 1024,
  grants: [bucket.can("get", "put")], // what the container may do, no more
});

bucket.onPut("onNewVideo", async (video) => {
  const [, minutes = "00", seconds = "00"] = /_(\d\d)-(\d\d)\.mp4$/.exec(video.key) ?? [];
  await ffmpeg.run({ environment: {
    S3_BUCKET: bucket.id.get(),
    INPUT_VIDEO: video.key,
    TIME_OFFSET: `00:${minutes}:${seconds}`, // clip_00-05.mp4 -> 00:00:05
    OUTPUT_FILE: video.key.replace(/\.mp4$/, ".jpg"),
  } });
}, { keySuffix: ".mp4" });

bucket.onPut("onNewThumbnail", async (image) => {
  console.log(`*** New thumbnail: ${image.key} (${image.size} bytes)`);
}, { keySuffix: ".jpg" });

export const bucketName = bucket.id;
