// Reads a video from the bucket, cuts out one frame with ffmpeg, and writes it back as a picture.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getObject, putObject } from "./s3.mjs";

const { S3_BUCKET, INPUT_VIDEO, TIME_OFFSET, OUTPUT_FILE } = process.env;
const folder = mkdtempSync(join(tmpdir(), "thumbnail-"));
const video = join(folder, "video.mp4");
const picture = join(folder, "picture.jpg");

console.log(`reading ${INPUT_VIDEO}`);
writeFileSync(video, await getObject(S3_BUCKET, INPUT_VIDEO));

console.log(`cutting out the frame at ${TIME_OFFSET}`);
const options = ["-loglevel", "error", "-y", "-ss", TIME_OFFSET, "-i", video, "-frames:v", "1", "-q:v", "2", picture];
execFileSync("ffmpeg", options, { stdio: "inherit" });

console.log(`writing ${OUTPUT_FILE}`);
await putObject(S3_BUCKET, OUTPUT_FILE, readFileSync(picture), "image/jpeg");
