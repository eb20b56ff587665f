/** How a picture is cut, in pixels. */
export interface TileLayout {
  readonly width: number;
  readonly height: number;
  readonly tileSize: number;
}

/** How many tiles a picture is cut into. */
export function tileCount({ width, height, tileSize }: TileLayout): number {
  return Math.ceil(width / tileSize) * Math.ceil(height / tileSize);
}

/** Where a tile lies, counted from 0 and row by row; those at the right and at the bottom may be smaller. */
export function tileBounds({ width, height, tileSize }: TileLayout, tile: number) {
  const columns = Math.ceil(width / tileSize);
  const left = (tile % columns) * tileSize;
  const top = Math.floor(tile / columns) * tileSize;
  return { left, top, width: Math.min(tileSize, width - left), height: Math.min(tileSize, height - top) };
}
