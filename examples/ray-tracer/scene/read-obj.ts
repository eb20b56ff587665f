import { SceneError } from "./scene-error";

/** A surface made of triangles. */
export interface Mesh {
  /** Three numbers for each corner. */
  readonly positions: number[];
  /** Two numbers for each corner: its place in the texture. */
  readonly places: number[] | undefined;
  /** Three numbers for each triangle: its corners, counted from 0. */
  readonly indices: number[];
}

const mostTriangles = 200_000;

/**
 * Reads a mesh in Wavefront's OBJ format: `v`, `vt` and `f`, as far as they shape it; other lines are passed over.
 * @throws SceneError with the line that cannot be read
 */
export function readObj(name: string, text: string): Mesh {
  const vertices: number[][] = [];
  const texels: number[][] = [];
  const corners = new Map<string, number>();
  const mesh = { positions: [] as number[], places: [] as number[], indices: [] as number[] };

  const numbers = (words: readonly string[], count: number, line: number): number[] => {
    const values = words.slice(0, count).map(Number);
    if (values.length === count && values.every(Number.isFinite)) return values;
    throw new SceneError(`${name}:${line}: ${count} numbers are expected, not "${words.join(" ")}"`);
  };

  /** A corner by its numbers, `7/3` for the seventh vertex with the third place; a new one only where it is new. */
  const corner = (word: string, line: number): number => {
    const known = corners.get(word);
    if (known !== undefined) return known;
    const [vertex, texel] = word.split("/");
    const position = pick(vertices, vertex);
    const place = texel === undefined || texel === "" ? [0, 0] : pick(texels, texel);
    if (position === undefined || place === undefined) {
      throw new SceneError(`${name}:${line}: the face names "${word}", which is not there`);
    }
    mesh.positions.push(...position);
    mesh.places.push(...place);
    corners.set(word, corners.size);
    return corners.size - 1;
  };

  text.split(/\r?\n/).forEach((content, index) => {
    const line = index + 1;
    const [kind, ...words] = content.trim().split(/\s+/);
    if (kind === "v") vertices.push(numbers(words, 3, line));
    else if (kind === "vt") texels.push(numbers(words, 2, line));
    else if (kind === "f") {
      if (words.length < 3) throw new SceneError(`${name}:${line}: a face has at least three corners`);
      const [first = 0, ...others] = words.map((word) => corner(word, line));
      // A face of more corners is a fan of triangles.
      for (let i = 1; i < others.length; i++) mesh.indices.push(first, others[i - 1] ?? 0, others[i] ?? 0);
      if (mesh.indices.length > mostTriangles * 3)
        throw new SceneError(`${name} has more than ${mostTriangles} triangles`);
    }
  });
  if (mesh.indices.length === 0) throw new SceneError(`${name} has no faces`);
  return { ...mesh, places: texels.length === 0 ? undefined : mesh.places };
}

/** OBJ counts from 1, and backwards from the newest with negative numbers. */
function pick(list: readonly number[][], word: string | undefined): number[] | undefined {
  const number = Number(word);
  return list[number < 0 ? list.length + number : number - 1];
}
