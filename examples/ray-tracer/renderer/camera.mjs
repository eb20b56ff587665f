import { cross, normalize, scale, subtract } from "./vector.mjs";

/**
 * Makes the rays of a thin lens: what lies at the distance `focus` is sharp, the rest the less so the wider `aperture` is.
 * @param {any} scene
 */
export function cameraOf({ width, height, camera }) {
  const { from, at, fov, aperture, focus } = camera;
  const back = normalize(subtract(from, at));
  const right = normalize(cross([0, 1, 0], back));
  const up = cross(back, right);
  const halfHeight = Math.tan((fov * Math.PI) / 360) * focus;
  const halfWidth = (halfHeight * width) / height;
  const ray = { origin: new Float64Array(3), direction: new Float64Array(3) };
  /** The ray through a point of the picture, in pixels; it is overwritten by the next. */
  return (x, y, random) => {
    const radius = (aperture / 2) * Math.sqrt(random());
    const angle = 2 * Math.PI * random();
    const shift = [scale(right, radius * Math.cos(angle)), scale(up, radius * Math.sin(angle))];
    const horizontal = ((2 * x) / width - 1) * halfWidth;
    const vertical = (1 - (2 * y) / height) * halfHeight;
    let length = 0;
    for (let i = 0; i < 3; i++) {
      ray.origin[i] = from[i] + shift[0][i] + shift[1][i];
      ray.direction[i] = from[i] - back[i] * focus + right[i] * horizontal + up[i] * vertical - ray.origin[i];
      length += ray.direction[i] ** 2;
    }
    length = Math.sqrt(length);
    for (let i = 0; i < 3; i++) ray.direction[i] /= length;
    return ray;
  };
}
