// Renders one tile of a scene. It is told two addresses, signed by who started it: where the scene is, and where the tile
// is to go. It can read and write nothing else, and needs no credentials and no SDK.
import { renderTile } from "./tile.mjs";

const { SCENE_URL, TILE_URL, TILE } = process.env;

async function fetched(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) {
    throw new Error(
      `${options?.method ?? "GET"} ${new URL(url).pathname}: ${response.status} ${await response.text()}`,
    );
  }
  return response;
}

const started = performance.now();
const scene = await (await fetched(SCENE_URL)).json();
const pixels = renderTile(scene, Number(TILE));
await fetched(TILE_URL, { method: "PUT", body: pixels });
console.log(`tile ${TILE}: ${pixels.length / 3} pixels in ${Math.round(performance.now() - started)} ms`);
