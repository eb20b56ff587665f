import { z } from "zod";
import { SceneError } from "./scene-error";

const vector = z.tuple([z.number(), z.number(), z.number()]);
/** Red, green and blue, from 0 to 1. */
const color = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1), z.number().min(0).max(1)]);
const light = z.tuple([z.number().min(0), z.number().min(0), z.number().min(0)]);
const fileName = z.string().min(1).max(200);

/** A scene without the parts of its lists, which are checked one by one. */
export const sceneSchema = z.strictObject({
  width: z.int().min(16).max(1920).default(320),
  height: z.int().min(16).max(1080).default(240),
  tileSize: z.int().min(8).max(512).default(80),
  samples: z.int().min(1).max(4096).default(32),
  bounces: z.int().min(0).max(32).default(6),
  exposure: z.number().positive().max(100).default(1),
  camera: z.strictObject({
    from: vector,
    at: vector,
    /** Degrees that the picture is high. */
    fov: z.number().min(1).max(150).default(40),
    /** How wide the lens is; 0 is sharp everywhere. */
    aperture: z.number().min(0).default(0),
    /** The distance that is sharp. */
    focus: z.number().positive().default(1),
  }),
  sky: z.strictObject({ horizon: light, zenith: light }).default({ horizon: [0, 0, 0], zenith: [0, 0, 0] }),
  materials: z.record(z.string(), z.unknown()),
  objects: z.array(z.unknown()).min(1).max(1000),
});

export const materialSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("lambert"), color: color.default([1, 1, 1]), texture: fileName.optional() }),
  z.strictObject({
    type: z.literal("metal"),
    color: color.default([1, 1, 1]),
    /** 0 is a mirror. */
    roughness: z.number().min(0).max(1).default(0),
    texture: fileName.optional(),
  }),
  z.strictObject({
    type: z.literal("glass"),
    color: color.default([1, 1, 1]),
    /** How much it refracts: 1.33 is water, 1.5 glass, 2.4 diamond. */
    ior: z.number().min(1).max(4).default(1.5),
    texture: z.undefined().optional(),
  }),
  z.strictObject({
    type: z.literal("light"),
    emit: light,
    color: color.default([1, 1, 1]),
    texture: z.undefined().optional(),
  }),
]);
export type SceneMaterial = z.infer<typeof materialSchema>;

export const objectSchema = z
  .strictObject({
    material: z.string(),
    /** An OBJ file of the zip. */
    mesh: fileName.optional(),
    /** A corner, and the two edges from there. A lamp shines to the side on which they turn anticlockwise. */
    quad: z.tuple([vector, vector, vector]).optional(),
    /** How often a quad's texture is repeated. */
    repeat: z.number().positive().default(1),
    scale: z.number().positive().default(1),
    /** Degrees about the upright axis. */
    turn: z.number().default(0),
    position: vector.default([0, 0, 0]),
    /** Whether the surface is round between its corners. */
    smooth: z.boolean().default(true),
  })
  .refine(({ mesh, quad }) => (mesh === undefined) !== (quad === undefined), "exactly one of mesh and quad is needed");
export type SceneObject = z.infer<typeof objectSchema>;

/**
 * Checks a part of a scene, and fills in its defaults.
 * @throws SceneError with all that is wrong in it
 */
export function check<Schema extends z.ZodType>(schema: Schema, where: string, value: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  throw new SceneError(`${where}: ${problems.join("; ")}`);
}
