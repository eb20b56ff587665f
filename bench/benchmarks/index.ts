import type { Benchmark } from "../benchmark";
import { events } from "./events";
import { http } from "./http";
import { imports } from "./import";
import { invocations } from "./invocations";
import { memory } from "./memory";
import { objects } from "./objects";
import { packages } from "./package";
import { queue } from "./queue";
import { record } from "./record";
import { reload } from "./reload";
import { start } from "./start";
import { transfer } from "./transfer";
import { types } from "./types";

/** All benchmarks, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  start,
  reload,
  events,
  invocations,
  http,
  queue,
  objects,
  transfer,
  memory,
  record,
  packages,
  imports,
  types,
];
