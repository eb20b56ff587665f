/** A scene's meshes as one set of triangles, in arrays that are quick to read. */
export function trianglesOf({ meshes }) {
  const count = meshes.reduce((sum, { indices }) => sum + indices.length / 3, 0);
  const triangles = {
    count,
    /** Nine numbers for each triangle: a corner, and the two edges from there. */
    corners: new Float64Array(count * 9),
    /** Nine numbers: the surface's direction at each corner. */
    normals: new Float64Array(count * 9),
    /** Six numbers: the place in the texture of each corner. */
    places: new Float64Array(count * 6),
    materials: new Uint16Array(count),
  };
  let at = 0;
  for (const { positions, normals, places, indices, material } of meshes) {
    for (let i = 0; i < indices.length; i += 3, at++) {
      const [a, b, c] = [indices[i], indices[i + 1], indices[i + 2]];
      const flat = [];
      for (let axis = 0; axis < 3; axis++) {
        const start = positions[a * 3 + axis];
        triangles.corners[at * 9 + axis] = start;
        triangles.corners[at * 9 + 3 + axis] = flat[axis] = positions[b * 3 + axis] - start;
        triangles.corners[at * 9 + 6 + axis] = flat[3 + axis] = positions[c * 3 + axis] - start;
      }
      const [x, y, z] = faceNormal(flat);
      [a, b, c].forEach((vertex, corner) => {
        triangles.normals.set(normals ? normals.slice(vertex * 3, vertex * 3 + 3) : [x, y, z], at * 9 + corner * 3);
        if (places) triangles.places.set(places.slice(vertex * 2, vertex * 2 + 2), at * 6 + corner * 2);
      });
      triangles.materials[at] = material;
    }
  }
  return triangles;
}

function faceNormal([ux, uy, uz, vx, vy, vz]) {
  const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}
