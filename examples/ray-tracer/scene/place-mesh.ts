import type { Mesh } from "./read-obj";
import type { SceneObject } from "./scene-schema";

/** A mesh where it stands in the scene. */
export interface Placed extends Mesh {
  /** Three numbers for each corner: the surface's direction; without them triangles are flat. */
  readonly normals: number[] | undefined;
}

type Vector = readonly [number, number, number];

/** Scales a mesh, turns it about the upright axis, and moves it. */
export function placeMesh(mesh: Mesh, { scale, turn, position, smooth }: SceneObject): Placed {
  const [sine, cosine] = [Math.sin((turn * Math.PI) / 180), Math.cos((turn * Math.PI) / 180)];
  const positions: number[] = [];
  for (let i = 0; i < mesh.positions.length; i += 3) {
    const [x, y, z] = vectorAt(mesh.positions, i);
    positions.push(
      rounded(position[0] + scale * (x * cosine + z * sine)),
      rounded(position[1] + scale * y),
      rounded(position[2] + scale * (z * cosine - x * sine)),
    );
  }
  const placed = { ...mesh, positions };
  return { ...placed, normals: smooth ? normalsOf(placed) : undefined };
}

/** A flat surface with four corners. */
export function quad([corner, right, up]: NonNullable<SceneObject["quad"]>, repeat: number): Placed {
  const sum = (...vectors: Vector[]): number[] =>
    [0, 1, 2].map((i) => vectors.reduce((total, v) => total + (v[i] ?? 0), 0));
  return {
    positions: [...corner, ...sum(corner, right), ...sum(corner, right, up), ...sum(corner, up)],
    places: [0, 0, repeat, 0, repeat, repeat, 0, repeat],
    normals: undefined,
    indices: [0, 1, 2, 0, 2, 3],
  };
}

/** At each corner, the mean of the directions of its triangles, the larger ones counting more. */
function normalsOf({ positions, indices }: Pick<Mesh, "positions" | "indices">): number[] {
  const normals = new Array<number>(positions.length).fill(0);
  for (let i = 0; i < indices.length; i += 3) {
    const corners = [indices[i] ?? 0, indices[i + 1] ?? 0, indices[i + 2] ?? 0];
    const [a, b, c] = corners.map((index) => vectorAt(positions, index * 3)) as [Vector, Vector, Vector];
    const [u, v] = [difference(b, a), difference(c, a)];
    const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    for (const index of corners)
      for (let k = 0; k < 3; k++) normals[index * 3 + k] = (normals[index * 3 + k] ?? 0) + (normal[k] ?? 0);
  }
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.hypot(...vectorAt(normals, i)) || 1;
    for (let k = 0; k < 3; k++) normals[i + k] = rounded((normals[i + k] ?? 0) / length);
  }
  return normals;
}

const difference = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

function vectorAt(numbers: readonly number[], at: number): Vector {
  return [numbers[at] ?? 0, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0];
}

/** Six digits are enough for a picture, and make the scene's file half as large. */
const rounded = (value: number): number => Number(value.toFixed(6));
