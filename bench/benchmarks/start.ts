import type { Benchmark } from "../benchmark";
import { median } from "../measure";
import { BenchProject } from "../project";
import { RunningUp } from "../running-up";

const runs = 5;

/** From the start of the command's process to `ready`. */
export const start: Benchmark = {
  name: "start",
  about: "tandem up of the thumbnailer to `ready`: without caches, without data, and a second time",
  async run() {
    const project = BenchProject.ofThumbnailer();
    try {
      const cold = await repeat(project, () => project.cool());
      const fresh = await repeat(project, () => project.forget());
      const warm = await repeat(project, () => undefined);
      return [
        { what: "cold: no caches, no data", value: cold, unit: "ms", target: 1500 },
        { what: "fresh: caches, no data", value: fresh, unit: "ms" },
        { what: "warm: caches and data", value: warm, unit: "ms" },
      ];
    } finally {
      project.remove();
    }
  },
};

async function repeat(project: BenchProject, prepare: () => void): Promise<number> {
  const taken: number[] = [];
  for (let run = 0; run < runs; run++) {
    prepare();
    const { up, milliseconds } = await RunningUp.start(project);
    taken.push(milliseconds);
    await up.stop();
  }
  return median(taken);
}
