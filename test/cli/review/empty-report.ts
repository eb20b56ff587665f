import type { DiffReport } from "../../../cli/review/report";

/** What is said of a program in which nothing has changed. */
export const emptyReport: DiffReport = {
  version: 1,
  project: "app",
  stack: "dev",
  permissions: [],
  exposures: { opened: [], closed: [] },
  dataAtRisk: [],
  added: [],
  removed: [],
  renamed: [],
  likelyRenames: [],
  changed: [],
  code: [],
  images: [],
};
