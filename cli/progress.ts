/** Milliseconds before anything is shown: what is over by then needs no words. */
const grace = 1000;

/** A line that says how far something is, on a terminal that can take it back. In a pipe nothing is shown. */
export function progressLine(
  output: Pick<NodeJS.WriteStream, "isTTY" | "write">,
  now: () => number = Date.now,
): { show(text: string): void; clear(): void } {
  const started = now();
  let shown = false;
  return {
    show(text) {
      if (!output.isTTY || now() - started < grace) return;
      output.write(`\r\u001b[K${text}`);
      shown = true;
    },
    clear() {
      if (shown) output.write("\r\u001b[K");
      shown = false;
    },
  };
}
