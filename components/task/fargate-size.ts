/** A processor share in CPU units (1024 are one vCPU) and memory in MB. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
}

const gb = 1024;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
const sizes: readonly { readonly cpu: number; readonly memory: readonly number[] }[] = [
  { cpu: 256, memory: [512, gb, 2 * gb] },
  { cpu: 512, memory: steps(1, 4, 1) },
  { cpu: 1024, memory: steps(2, 8, 1) },
  { cpu: 2048, memory: steps(4, 16, 1) },
  { cpu: 4096, memory: steps(8, 30, 1) },
  { cpu: 8192, memory: steps(16, 60, 4) },
  { cpu: 16384, memory: steps(32, 120, 8) },
];

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => (from + index * by) * gb);
}

/** The largest that Fargate has. */
export const largestSize: TaskSize = { cpu: 16384, memory: 120 * gb };

/** The smallest Fargate size with at least this processor share and memory; undefined where none is large enough. */
export function fargateSize(asked: TaskSize): TaskSize | undefined {
  for (const { cpu, memory } of sizes) {
    const fits = cpu >= asked.cpu ? memory.find((size) => size >= asked.memory) : undefined;
    if (fits !== undefined) return { cpu, memory: fits };
  }
  return undefined;
}
