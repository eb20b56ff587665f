import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes that may pass before what held them is freed: a collection takes about a millisecond. */
const interval = 8 * 1024 * 1024;

let passed = 0;
let collect: ((options: { type: "minor" }) => void) | undefined;

/**
 * Tells that `bytes` of a body were passed on, so that the buffers which held them are freed soon. By itself V8 lets
 * some 70 MB of them pile up, since they are not part of its heap.
 */
export function spend(bytes: number): void {
  passed += bytes;
  if (passed < interval) return;
  passed = 0;
  collect ??= exposeCollector();
  collect({ type: "minor" });
}

/** The collector is a global of contexts that are made while the flag is set. */
function exposeCollector(): NonNullable<typeof collect> {
  setFlagsFromString("--expose-gc");
  const collector = runInNewContext("gc") as NonNullable<typeof collect>;
  setFlagsFromString("--no-expose-gc");
  return collector;
}
