import { PNG } from "pngjs";
import { tileBounds, type TileLayout } from "./tiles";

/** What is read of the bucket. */
interface Store {
  getText(key: string): Promise<string>;
  get(key: string): Promise<Buffer>;
  list(prefix?: string): AsyncIterable<{ readonly key: string }>;
}

/** The picture of a render as a PNG, once all its tiles are there; undefined until then. */
export async function assemble(render: string, store: Store): Promise<Buffer | undefined> {
  const layout = JSON.parse(await store.getText(`${render}/status.json`)) as TileLayout & { readonly tiles: number };
  let there = 0;
  for await (const { key } of store.list(`${render}/tiles/`)) if (key.endsWith(".rgb")) there++;
  if (there < layout.tiles) return undefined;
  const read = async (tile: number): Promise<Buffer> => store.get(`${render}/tiles/${tile}.rgb`);
  return pictureOf(layout, await Promise.all(Array.from({ length: layout.tiles }, (_, tile) => read(tile))));
}

/** Puts tiles together. The last two may do so at the same time, and come to the same bytes. */
export function pictureOf(layout: TileLayout, tiles: readonly Uint8Array[]): Buffer {
  const { width, height } = layout;
  const picture = new PNG({ width, height, colorType: 2 });
  picture.data.fill(255);
  tiles.forEach((pixels, tile) => {
    const bounds = tileBounds(layout, tile);
    for (let pixel = 0; pixel < bounds.width * bounds.height; pixel++) {
      const x = bounds.left + (pixel % bounds.width);
      const y = bounds.top + Math.floor(pixel / bounds.width);
      picture.data.set(pixels.subarray(pixel * 3, pixel * 3 + 3), (y * width + x) * 4);
    }
  });
  return PNG.sync.write(picture, { colorType: 2 });
}
