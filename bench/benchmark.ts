/** One number that a benchmark came to. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "s" | "MiB" | "KiB" | "MiB/s" | "/s" | "processes" | "×";
  /** What the value may be at most. */
  readonly target?: number;
}

/** One file in `bench/benchmarks`. */
export interface Benchmark {
  readonly name: string;
  /** What is measured, in a line. */
  readonly about: string;
  run(): Promise<readonly Measurement[]>;
}
