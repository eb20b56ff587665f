// Shows a render and fills in each tile as soon as it is there.
const renders = document.querySelector("#renders");
const status = document.querySelector("#status");
const canvas = document.querySelector("#picture");
const download = document.querySelector("#download");
const context = canvas.getContext("2d");

/** Milliseconds between two looks. */
const pause = 500;
const drawn = new Set();
let shown = "";

async function json(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** A tile's pixels, red, green and blue, onto the canvas, which wants a fourth byte for each. */
async function drawTile({ id, width, height, tileSize }, tile) {
  const response = await fetch(`/renders/${id}/tiles/${tile}.rgb`);
  if (!response.ok) return;
  const pixels = new Uint8Array(await response.arrayBuffer());
  const columns = Math.ceil(width / tileSize);
  const left = (tile % columns) * tileSize;
  const top = Math.floor(tile / columns) * tileSize;
  const image = new ImageData(Math.min(tileSize, width - left), Math.min(tileSize, height - top));
  for (let i = 0; i < pixels.length / 3; i++) {
    image.data.set(pixels.subarray(i * 3, i * 3 + 3), i * 4);
    image.data[i * 4 + 3] = 255;
  }
  if (shown !== id) return;
  context.putImageData(image, left, top);
  drawn.add(tile);
}

function choose(id, { width = 320, height = 240 }) {
  shown = id;
  drawn.clear();
  canvas.width = width;
  canvas.height = height;
}

function words({ state, reason, done = [], tiles }) {
  if (state === "refused") return `refused: ${reason}`;
  const count = `${done.length} of ${tiles} tiles`;
  return state === "done" ? "done" : state === "failed" ? `failed after ${count}: ${reason}` : `rendering, ${count}`;
}

async function look() {
  const ids = await json("/renders");
  const known = [...renders.options].map(({ value }) => value);
  if (ids.join() !== known.join()) {
    const chosen = known.length > 0 && ids[0] !== known[0] ? ids[0] : renders.value;
    renders.replaceChildren(...ids.map((id) => new Option(id, id, false, id === chosen)));
  }
  if (ids.length === 0) return void (status.value = "Nothing yet: put a scene's zip into the bucket.");
  const progress = await json(`/renders/${renders.value}`);
  if (progress.id !== shown) choose(progress.id, progress);
  status.value = words(progress);
  download.hidden = progress.picture === undefined;
  if (progress.picture !== undefined) download.href = progress.picture;
  await Promise.all((progress.done ?? []).filter((tile) => !drawn.has(tile)).map((tile) => drawTile(progress, tile)));
}

for (;;) {
  await look().catch((error) => (status.value = String(error.message)));
  await new Promise((resolve) => setTimeout(resolve, pause));
}
