/** How close a hit counts: a ray must not hit the surface that it leaves. */
export const nearest = 1e-6;

/** Makes a function that finds what a ray hits first. */
export function createIntersector({ corners }, { boxes, firsts, counts, axes, order, empty }) {
  const stack = new Uint32Array(64);
  const hit = { triangle: -1, distance: Infinity, u: 0, v: 0 };

  /**
   * Finds the first triangle within `reach` from a point into a direction; with `any`, some triangle. The result is
   * overwritten by the next, and its triangle is -1 where there is none.
   */
  return (ox, oy, oz, dx, dy, dz, reach, any) => {
    hit.triangle = -1;
    hit.distance = reach;
    if (empty) return hit;
    const [ix, iy, iz] = [1 / dx, 1 / dy, 1 / dz];
    let depth = 0;
    let node = 0;
    for (;;) {
      if (entersBox(node, ox, oy, oz, ix, iy, iz)) {
        const count = counts[node];
        if (count === 0) {
          // First the child that the ray comes to first: what it hits there spares it much of the other.
          const axis = axes[node];
          const forwards = (axis === 0 ? dx : axis === 1 ? dy : dz) > 0;
          stack[depth++] = forwards ? firsts[node] : node + 1;
          node = forwards ? node + 1 : firsts[node];
          continue;
        }
        for (let i = firsts[node]; i < firsts[node] + count; i++) {
          testTriangle(order[i], ox, oy, oz, dx, dy, dz);
          if (any && hit.triangle >= 0) return hit;
        }
      }
      if (depth === 0) return hit;
      node = stack[--depth];
    }
  };

  function entersBox(node, ox, oy, oz, ix, iy, iz) {
    const at = node * 6;
    const x1 = (boxes[at] - ox) * ix;
    const x2 = (boxes[at + 3] - ox) * ix;
    const y1 = (boxes[at + 1] - oy) * iy;
    const y2 = (boxes[at + 4] - oy) * iy;
    const z1 = (boxes[at + 2] - oz) * iz;
    const z2 = (boxes[at + 5] - oz) * iz;
    const enter = Math.max(Math.min(x1, x2), Math.min(y1, y2), Math.min(z1, z2));
    const leave = Math.min(Math.max(x1, x2), Math.max(y1, y2), Math.max(z1, z2));
    return leave >= enter && leave > 0 && enter < hit.distance;
  }

  /** T. Möller and B. Trumbore, "Fast, Minimum Storage Ray/Triangle Intersection". */
  function testTriangle(triangle, ox, oy, oz, dx, dy, dz) {
    const at = triangle * 9;
    const ax = corners[at + 3];
    const ay = corners[at + 4];
    const az = corners[at + 5];
    const bx = corners[at + 6];
    const by = corners[at + 7];
    const bz = corners[at + 8];
    const px = dy * bz - dz * by;
    const py = dz * bx - dx * bz;
    const pz = dx * by - dy * bx;
    const determinant = ax * px + ay * py + az * pz;
    if (determinant > -1e-12 && determinant < 1e-12) return;
    const inverse = 1 / determinant;
    const tx = ox - corners[at];
    const ty = oy - corners[at + 1];
    const tz = oz - corners[at + 2];
    const u = (tx * px + ty * py + tz * pz) * inverse;
    if (u < 0 || u > 1) return;
    const qx = ty * az - tz * ay;
    const qy = tz * ax - tx * az;
    const qz = tx * ay - ty * ax;
    const v = (dx * qx + dy * qy + dz * qz) * inverse;
    if (v < 0 || u + v > 1) return;
    const distance = (bx * qx + by * qy + bz * qz) * inverse;
    if (distance < nearest || distance >= hit.distance) return;
    hit.triangle = triangle;
    hit.distance = distance;
    hit.u = u;
    hit.v = v;
  }
}
