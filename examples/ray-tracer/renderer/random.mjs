/** A generator of numbers from 0 to 1 that is always the same for the same sample (PCG, by M. O'Neill). */
export function seeded(x, y, sample) {
  let state = (Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77) ^ Math.imul(sample, 0xc2b2ae3d)) >>> 0;
  const next = () => {
    state = (Math.imul(state, 747796405) + 2891336453) >>> 0;
    const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737);
    return (((word >>> 22) ^ word) >>> 0) / 4294967296;
  };
  // The first numbers of neighbours are alike.
  next();
  next();
  return next;
}
