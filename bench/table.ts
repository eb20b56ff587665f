import type { Measurement } from "./benchmark";

/** Measurements in columns, for people. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ what, value, unit, target }) => [
    what,
    `${shown(value)} ${unit}`,
    target === undefined ? "" : `at most ${target} ${unit}`,
    target === undefined ? "" : value <= target ? "met" : "MISSED",
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([what = "", value = "", target = "", verdict = ""]) =>
      `  ${what.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${target.padEnd(widths[2] ?? 0)}  ${verdict}`.trimEnd(),
    )
    .join("\n");
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
