import * as jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { SceneError } from "./scene-error";

/** A picture that covers a surface. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  /** Three bytes for each pixel, row by row, in base64. */
  readonly rgb: string;
}

const widest = 2048;

/**
 * Reads a PNG or JPEG.
 * @throws SceneError where it is neither, or too large
 */
export function readTexture(name: string, bytes: Buffer): Texture {
  const { width, height, data } = decode(name, bytes);
  if (width > widest || height > widest) throw new SceneError(`${name} is wider or higher than ${widest} pixels`);
  const rgb = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgb[pixel * 3 + channel] = data[pixel * 4 + channel] ?? 0;
  }
  return { width, height, rgb: rgb.toString("base64") };
}

function decode(name: string, bytes: Buffer): { width: number; height: number; data: Uint8Array } {
  try {
    if (bytes.subarray(0, 2).equals(Buffer.from([0xff, 0xd8]))) {
      return jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: 5, maxMemoryUsageInMB: 128 });
    }
    // What a PNG says of its size comes first: no more is unpacked than that.
    if (bytes.length > 24 && (bytes.readUInt32BE(16) > widest || bytes.readUInt32BE(20) > widest)) {
      throw new SceneError(`${name} is wider or higher than ${widest} pixels`);
    }
    return PNG.sync.read(bytes);
  } catch (error) {
    if (error instanceof SceneError) throw error;
    throw new SceneError(
      `${name} is no PNG or JPEG that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
