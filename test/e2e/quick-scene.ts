/** A quick scene: a lamp above a floor. */
export const quickScene = {
  width: 64,
  height: 32,
  tileSize: 64,
  samples: 2,
  camera: { from: [0, 2, 6], at: [0, 0, 0], focus: 6, aperture: 0.1 },
  sky: { horizon: [0.3, 0.3, 0.3], zenith: [0.1, 0.1, 0.4] },
  materials: { floor: { type: "lambert", color: [0.7, 0.6, 0.5] }, lamp: { type: "light", emit: [9, 9, 9] } },
  objects: [
    {
      material: "floor",
      quad: [
        [-4, 0, 4],
        [8, 0, 0],
        [0, 0, -8],
      ],
    },
    {
      material: "lamp",
      quad: [
        [-1, 4, -1],
        [2, 0, 0],
        [0, 0, 2],
      ],
    },
  ],
};
