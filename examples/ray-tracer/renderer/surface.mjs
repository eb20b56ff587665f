/** Makes a function that tells what a ray has hit: where, which way it faces, of which material and colour. */
export function createSurface({ materials, textures }, { corners, normals, places, materials: materialOf }) {
  const images = textures.map(({ width, height, rgb }) => ({ width, height, bytes: Buffer.from(rgb, "base64") }));
  const surface = {
    material: materials[0],
    front: true,
    x: 0,
    y: 0,
    z: 0,
    nx: 0,
    ny: 0,
    nz: 0,
    red: 0,
    green: 0,
    blue: 0,
  };

  /** The result is overwritten by the next. */
  return ({ triangle, distance, u, v }, ox, oy, oz, dx, dy, dz) => {
    const at = triangle * 9;
    const w = 1 - u - v;
    surface.x = ox + dx * distance;
    surface.y = oy + dy * distance;
    surface.z = oz + dz * distance;
    surface.material = materials[materialOf[triangle]];
    setNormal(at, u, v, w, dx, dy, dz);
    setColor(triangle * 6, u, v, w);
    return surface;
  };

  /** Points against the ray. Between the corners it is interpolated, so that flat triangles look round. */
  function setNormal(at, u, v, w, dx, dy, dz) {
    const fx = corners[at + 4] * corners[at + 8] - corners[at + 5] * corners[at + 7];
    const fy = corners[at + 5] * corners[at + 6] - corners[at + 3] * corners[at + 8];
    const fz = corners[at + 3] * corners[at + 7] - corners[at + 4] * corners[at + 6];
    surface.front = fx * dx + fy * dy + fz * dz < 0;
    let x = normals[at] * w + normals[at + 3] * u + normals[at + 6] * v;
    let y = normals[at + 1] * w + normals[at + 4] * u + normals[at + 7] * v;
    let z = normals[at + 2] * w + normals[at + 5] * u + normals[at + 8] * v;
    // At the rim an interpolated direction may point away from the ray: the triangle's own then has to do.
    if (x * dx + y * dy + z * dz < 0 !== surface.front) [x, y, z] = [fx, fy, fz];
    const length = (surface.front ? 1 : -1) / (Math.sqrt(x * x + y * y + z * z) || 1);
    surface.nx = x * length;
    surface.ny = y * length;
    surface.nz = z * length;
  }

  function setColor(at, u, v, w) {
    const { color, texture } = surface.material;
    [surface.red, surface.green, surface.blue] = color;
    if (texture === undefined) return;
    const { width, height, bytes } = images[texture];
    const column = wrapped(places[at] * w + places[at + 2] * u + places[at + 4] * v, width);
    const row = wrapped(-(places[at + 1] * w + places[at + 3] * u + places[at + 5] * v), height);
    const pixel = (row * width + column) * 3;
    surface.red *= linear[bytes[pixel]];
    surface.green *= linear[bytes[pixel + 1]];
    surface.blue *= linear[bytes[pixel + 2]];
  }
}

/** A place in a texture that repeats without end, in pixels. */
const wrapped = (place, size) => Math.min(size - 1, Math.floor((place - Math.floor(place)) * size));

/** How much light a byte of a picture stands for. */
const linear = Float64Array.from({ length: 256 }, (_, byte) => (byte / 255) ** 2.2);
