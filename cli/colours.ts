import { createColors } from "picocolors";

/** Colours on a terminal that wants them: not in a pipe, not with NO_COLOR. */
const colours = createColors(
  process.env.NO_COLOR === undefined && (process.stdout.isTTY === true || process.env.FORCE_COLOR !== undefined),
);

export const { red, green, yellow, cyan, dim, bold } = colours;
