import { nearest } from "./intersect.mjs";

/** The lamps of a scene: every triangle of a material that gives light. */
export function createLights({ materials }, { count, corners, materials: materialOf }) {
  const lamps = [];
  let total = 0;
  for (let triangle = 0; triangle < count; triangle++) {
    const material = materials[materialOf[triangle]];
    if (material.type !== "light") continue;
    const [ax, ay, az, bx, by, bz] = corners.subarray(triangle * 9 + 3, triangle * 9 + 9);
    const [x, y, z] = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    const twice = Math.hypot(x, y, z);
    if (twice === 0) continue;
    total += twice / 2;
    lamps.push({ at: triangle * 9, until: total, normal: [x / twice, y / twice, z / twice], emit: material.emit });
  }

  /** Adds what one point of the lamps, chosen by chance, gives to a matt surface, unless something stands between. */
  const sample = (surface, random, intersect, add) => {
    if (lamps.length === 0) return;
    const chosen = random() * total;
    const { at, normal, emit } = lamps.find(({ until }) => chosen < until) ?? lamps[lamps.length - 1];
    let [u, v] = [random(), random()];
    if (u + v > 1) [u, v] = [1 - u, 1 - v];
    const { x, y, z, nx, ny, nz } = surface;
    const tx = corners[at] + corners[at + 3] * u + corners[at + 6] * v - x;
    const ty = corners[at + 1] + corners[at + 4] * u + corners[at + 7] * v - y;
    const tz = corners[at + 2] + corners[at + 5] * u + corners[at + 8] * v - z;
    const squared = tx * tx + ty * ty + tz * tz;
    const distance = Math.sqrt(squared);
    const [dx, dy, dz] = [tx / distance, ty / distance, tz / distance];
    const facing = nx * dx + ny * dy + nz * dz;
    const lampFacing = -(normal[0] * dx + normal[1] * dy + normal[2] * dz);
    if (facing <= 0 || lampFacing <= 0) return;
    if (intersect(x, y, z, dx, dy, dz, distance - 2 * nearest * distance - nearest, true).triangle >= 0) return;
    add(emit, (facing * lampFacing * total) / (squared * Math.PI));
  };

  return { sample };
}
