import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { decode } from "jpeg-js";
import * as path from "node:path";
import { example } from "./command";

export const width = 1280;
export const height = 720;

/** A frame of a video as ffmpeg decodes it: red, green and blue of each pixel. */
function frame(video: string, second: number): Buffer {
  const { path: ffmpeg } = createRequire(path.join(example, "package.json"))("@ffmpeg-installer/ffmpeg") as {
    path: string;
  };
  const args = [
    "-loglevel",
    "error",
    "-ss",
    String(second),
    "-i",
    video,
    "-frames:v",
    "1",
    "-f",
    "rawvideo",
    "-pix_fmt",
    "rgb24",
    "-",
  ];
  return execFileSync(ffmpeg, args, { maxBuffer: 16 * 1024 * 1024 });
}

/** The mean difference of two pictures' channels, 0 to 255. */
function difference(rgba: Uint8Array, rgb: Uint8Array): number {
  let sum = 0;
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      sum += Math.abs((rgba[pixel * 4 + channel] ?? 0) - (rgb[pixel * 3 + channel] ?? 0));
    }
  }
  return sum / (width * height * 3);
}

/** The second of the video whose frame a JPEG shows, and how far it is from it. */
export function shownSecond(
  jpeg: string,
  video: string,
): { second: number; difference: number; width: number; height: number } {
  const picture = decode(fs.readFileSync(jpeg), { useTArray: true });
  const differences = [0, 1, 2, 3, 4, 5].map((second) => difference(picture.data, frame(video, second)));
  const least = Math.min(...differences);
  return { second: differences.indexOf(least), difference: least, width: picture.width, height: picture.height };
}
