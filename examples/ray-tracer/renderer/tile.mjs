import { cameraOf } from "./camera.mjs";
import { seeded } from "./random.mjs";
import { createTracer } from "./trace.mjs";

/** One path's light at most: a lamp found by chance through glass would be a white dot. */
const brightest = 4;

/**
 * Where a tile lies in the picture, in pixels. Those at the right and at the bottom may be smaller.
 * @param {{ width: number, height: number, tileSize: number }} scene
 * @param {number} tile counted from 0, row by row
 */
export function tileBounds({ width, height, tileSize }, tile) {
  const columns = Math.ceil(width / tileSize);
  const left = (tile % columns) * tileSize;
  const top = Math.floor(tile / columns) * tileSize;
  return { left, top, width: Math.min(tileSize, width - left), height: Math.min(tileSize, height - top) };
}

/**
 * Renders a tile: three bytes (red, green, blue) for each pixel, row by row. Each sample of each pixel has random numbers
 * of its own, so that the picture is the same however it is cut into tiles.
 * @param {any} scene a checked scene
 * @param {number} tile
 */
export function renderTile(scene, tile) {
  const bounds = tileBounds(scene, tile);
  const ray = cameraOf(scene);
  const { trace } = createTracer(scene);
  const pixels = new Uint8Array(bounds.width * bounds.height * 3);
  const light = new Float64Array(3);
  const sum = new Float64Array(3);
  let at = 0;
  for (let y = bounds.top; y < bounds.top + bounds.height; y++) {
    for (let x = bounds.left; x < bounds.left + bounds.width; x++) {
      sum.fill(0);
      for (let sample = 0; sample < scene.samples; sample++) {
        const random = seeded(x, y, sample);
        trace(ray(x + random(), y + random(), random), random, light);
        for (let c = 0; c < 3; c++) sum[c] += Math.min(brightest, light[c]);
      }
      for (let c = 0; c < 3; c++) pixels[at++] = toByte((sum[c] / scene.samples) * scene.exposure);
    }
  }
  return pixels;
}

/** What a screen shows for so much light: brightness levels off towards white, and is encoded with a gamma of 2.2. */
function toByte(light) {
  const mapped = (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14);
  return Math.round(255 * Math.min(1, Math.max(0, mapped)) ** (1 / 2.2));
}
