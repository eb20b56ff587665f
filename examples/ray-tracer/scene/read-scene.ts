import { placeMesh, quad, type Placed } from "./place-mesh";
import { readObj } from "./read-obj";
import { readTexture, type Texture } from "./read-texture";
import { SceneError } from "./scene-error";
import { materialSchema, objectSchema, sceneSchema, check, type SceneMaterial, type SceneObject } from "./scene-schema";
import { unzip } from "./unzip";

export { SceneError } from "./scene-error";
export { tileCount } from "./tiles";

/** A scene as the renderer takes it: checked, with everything in it. */
export interface Scene {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly tileSize: number;
  /** Paths that are followed for each pixel: the more, the less grain. */
  readonly samples: number;
  readonly bounces: number;
  readonly exposure: number;
  readonly camera: object;
  readonly sky: object;
  readonly materials: readonly object[];
  readonly textures: readonly Texture[];
  readonly meshes: readonly (Placed & { readonly material: number })[];
}

/**
 * Reads and checks a scene's zip: `scene.json`, and the meshes (OBJ) and textures (PNG, JPEG) that it names.
 * @throws SceneError with what is wrong, for whoever made the scene
 */
export async function readScene(bytes: Buffer): Promise<Scene> {
  const files = await unzip(bytes);
  const file = (name: string): Buffer => {
    const found = files.get(name);
    if (found !== undefined) return found;
    throw new SceneError(`${name} is not in the zip; there is: ${[...files.keys()].join(", ") || "nothing"}`);
  };
  const scene = check(sceneSchema, "scene.json", parse(file("scene.json")));
  const textures: Texture[] = [];
  const names = Object.keys(scene.materials);
  const materials = Object.entries(scene.materials).map(([name, given]) => {
    const material: SceneMaterial = check(materialSchema, `scene.json: material "${name}"`, given);
    const { texture, ...others } = material;
    if (texture === undefined) return others;
    return { ...others, texture: textures.push(readTexture(texture, file(texture))) - 1 };
  });
  const meshes = scene.objects.map((given, index) => {
    const object: SceneObject = check(objectSchema, `scene.json: object ${index + 1}`, given);
    const material = names.indexOf(object.material);
    if (material < 0) {
      throw new SceneError(`scene.json: object ${index + 1} is of "${object.material}"; there is: ${names.join(", ")}`);
    }
    if (object.quad !== undefined) return { ...quad(object.quad, object.repeat), material };
    const name = object.mesh ?? "";
    return { ...placeMesh(readObj(name, file(name).toString("utf8")), object), material };
  });
  const { width, height, tileSize, samples, bounces, exposure, camera, sky } = scene;
  return { width, height, tileSize, samples, bounces, exposure, camera, sky, materials, textures, meshes };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new SceneError(`scene.json is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
