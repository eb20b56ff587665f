// Packs the sample scene: its scene.json, the Stanford bunny (from the npm package of that name) as an OBJ file, and a
// texture for the floor. Always the same bytes.
import bunny from "bunny";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PNG } from "pngjs";
import { zipSync } from "fflate";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const obj = [
  "# The Stanford bunny, from the Stanford Computer Graphics Laboratory",
  ...bunny.positions.map(([x, y, z]) => `v ${x} ${y} ${z}`),
  ...bunny.cells.map(([a, b, c]) => `f ${a + 1} ${b + 1} ${c + 1}`),
].join("\n");

/** Four tiles of two colours, with a joint around each. */
function tiles(size = 64) {
  const image = new PNG({ width: size, height: size });
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const half = size / 2;
      const joint = x % half < 1 || y % half < 1;
      const shade = joint ? 90 : x < half === y < half ? 205 : 120;
      image.data.set([shade, shade, joint ? shade : shade + 8, 255], (y * size + x) * 4);
    }
  }
  return PNG.sync.write(image);
}

mkdirSync(here("../.tandem"), { recursive: true });
writeFileSync(
  here("../.tandem/bunny.zip"),
  zipSync(
    { "scene.json": readFileSync(here("bunny/scene.json")), "bunny.obj": Buffer.from(obj), "tiles.png": tiles() },
    { mtime: new Date(2000, 0, 1) },
  ),
);
console.log("packed .tandem/bunny.zip");
