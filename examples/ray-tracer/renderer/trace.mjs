import { buildBvh } from "./bvh.mjs";
import { createIntersector } from "./intersect.mjs";
import { createLights } from "./lights.mjs";
import { createSurface } from "./surface.mjs";
import { trianglesOf } from "./triangles.mjs";

/** Bounces after which a path that carries little light may end. */
const sure = 3;

/**
 * Makes a path tracer for a scene: it follows light backwards from the camera, over every bounce, to the lights and the
 * sky (J. Kajiya, "The rendering equation").
 * @param {any} scene
 */
export function createTracer(scene) {
  const triangles = trianglesOf(scene);
  const intersect = createIntersector(triangles, buildBvh(triangles));
  const lights = createLights(scene, triangles);
  const surfaceOf = createSurface(scene, triangles);
  const { sky } = scene;

  /** Writes the light that comes in along a ray into `light`. */
  const trace = (ray, random, light) => {
    let [ox, oy, oz] = ray.origin;
    let [dx, dy, dz] = ray.direction;
    let [red, green, blue] = [1, 1, 1];
    // Lamps are looked for at every matt surface; what a path then hits by chance was counted there already.
    let countsLamps = true;
    light.fill(0);
    const add = (color, factor) => {
      light[0] += red * color[0] * factor;
      light[1] += green * color[1] * factor;
      light[2] += blue * color[2] * factor;
    };
    for (let bounce = 0; bounce <= scene.bounces; bounce++) {
      const hit = intersect(ox, oy, oz, dx, dy, dz, Infinity, false);
      if (hit.triangle < 0) return addSky(add, dy);
      const surface = surfaceOf(hit, ox, oy, oz, dx, dy, dz);
      if (surface.material.type === "light") {
        if (countsLamps && surface.front) add(surface.material.emit, 1);
        return;
      }
      if (surface.material.type === "lambert") {
        red *= surface.red;
        green *= surface.green;
        blue *= surface.blue;
        lights.sample(surface, random, intersect, add);
        [dx, dy, dz] = scatter(surface, random);
        countsLamps = false;
      } else {
        const turned = surface.material.type === "metal" ? mirror : refract;
        const direction = turned(surface, dx, dy, dz, random);
        if (direction === undefined) return;
        [dx, dy, dz] = direction;
        red *= surface.red;
        green *= surface.green;
        blue *= surface.blue;
        countsLamps = true;
      }
      [ox, oy, oz] = [surface.x, surface.y, surface.z];
      if (bounce >= sure) {
        // Russian roulette: few of the weak paths go on, and count for those that do not.
        const chance = Math.min(0.95, Math.max(red, green, blue));
        if (random() >= chance) return;
        red /= chance;
        green /= chance;
        blue /= chance;
      }
    }
  };

  const addSky = (add, dy) => {
    const height = Math.max(0, dy);
    add(sky.horizon, 1 - height);
    add(sky.zenith, height);
  };

  return { trace };
}

/** A direction from a matt surface: the flatter, the rarer (Lambert's cosine law). */
function scatter({ nx, ny, nz }, random) {
  const angle = 2 * Math.PI * random();
  const height = 2 * random() - 1;
  const radius = Math.sqrt(1 - height * height);
  return unit(nx + radius * Math.cos(angle), ny + radius * Math.sin(angle), nz + height);
}

/** The direction in which metal reflects, spread by its roughness; none where that leads into it. */
function mirror({ nx, ny, nz, material }, dx, dy, dz, random) {
  const facing = 2 * (dx * nx + dy * ny + dz * nz);
  const angle = 2 * Math.PI * random();
  const height = 2 * random() - 1;
  const spread = material.roughness * Math.cbrt(random());
  const radius = Math.sqrt(1 - height * height) * spread;
  const [x, y, z] = unit(
    dx - facing * nx + radius * Math.cos(angle),
    dy - facing * ny + radius * Math.sin(angle),
    dz - facing * nz + height * spread,
  );
  return x * nx + y * ny + z * nz > 0 ? [x, y, z] : undefined;
}

/** The direction in which glass reflects or refracts, by chance as Fresnel says (Schlick's approximation). */
function refract({ nx, ny, nz, front, material }, dx, dy, dz, random) {
  const ratio = front ? 1 / material.ior : material.ior;
  const cosine = Math.min(1, -(dx * nx + dy * ny + dz * nz));
  const sineSquared = ratio * ratio * (1 - cosine * cosine);
  const straight = ((1 - material.ior) / (1 + material.ior)) ** 2;
  const reflected =
    sineSquared > 1 ? 1 : straight + (1 - straight) * (1 - (front ? cosine : Math.sqrt(1 - sineSquared))) ** 5;
  if (random() < reflected) return unit(dx + 2 * cosine * nx, dy + 2 * cosine * ny, dz + 2 * cosine * nz);
  const inwards = ratio * cosine - Math.sqrt(1 - sineSquared);
  return unit(ratio * dx + inwards * nx, ratio * dy + inwards * ny, ratio * dz + inwards * nz);
}

function unit(x, y, z) {
  const length = Math.sqrt(x * x + y * y + z * z) || 1;
  return [x / length, y / length, z / length];
}
