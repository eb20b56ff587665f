import { execFileSync } from "node:child_process";
import * as path from "node:path";
import type { Benchmark } from "../benchmark";
import { programs, projectOf, ratio } from "../by-hand";
import { median, now } from "../measure";
import { repository } from "../project";

const rounds = 21;
const scripts = {
  aws: `require("@pulumi/aws");`,
  tandem: `require("@pulumi/aws"); require("tandem");`,
};

/** What the library adds to the start of a program. Each round is one process of each kind, in turn. */
export const imports: Benchmark = {
  name: "import",
  about: `import "tandem" beside @pulumi/aws alone, and preview of the thumbnailer by hand; median of ${rounds}`,
  run() {
    const project = projectOf(programs.tandem);
    const byHand = projectOf(programs.byHand);
    try {
      const times = { aws: [], tandem: [], cachedAws: [], cachedTandem: [], ours: [], theirs: [] } as Times;
      const preview = [path.join(repository, "bin", "tandem.js"), "preview", "--json"];
      const cache = path.join(project.folder, "compile-cache");
      // The first round fills the caches.
      for (let round = 0; round <= rounds; round++) {
        const measured = {
          aws: timed(["-e", scripts.aws], project.folder),
          tandem: timed(["-e", scripts.tandem], project.folder),
          cachedAws: timed(["-e", scripts.aws], project.folder, cache),
          cachedTandem: timed(["-e", scripts.tandem], project.folder, cache),
          ours: timed(preview, project.folder),
          theirs: timed(preview, byHand.folder),
        };
        if (round > 0) for (const [name, value] of Object.entries(measured)) times[name as keyof Times].push(value);
      }
      const { aws, tandem, cachedAws, cachedTandem, ours, theirs } = times;
      return Promise.resolve([
        { what: "@pulumi/aws alone", value: median(aws), unit: "ms" },
        { what: "tandem adds", value: median(differences(tandem, aws)), unit: "ms", target: 60 },
        { what: "@pulumi/aws alone, with Node's compile cache", value: median(cachedAws), unit: "ms" },
        {
          what: "tandem adds, with the cache",
          value: median(differences(cachedTandem, cachedAws)),
          unit: "ms",
          target: 60,
        },
        { what: "tandem preview of the thumbnailer", value: median(ours), unit: "ms" },
        { what: "the same, of its resources by hand", value: median(theirs), unit: "ms" },
        ratio("preview to that by hand", median(ours), median(theirs)),
      ]);
    } finally {
      project.remove();
      byHand.remove();
    }
  },
};

type Times = Record<"aws" | "tandem" | "cachedAws" | "cachedTandem" | "ours" | "theirs", number[]>;

/** What each round's second process took more than its first. */
function differences(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, round) => value - (others[round] ?? NaN));
}

/** Milliseconds that a process takes. */
function timed(args: readonly string[], cwd: string, compileCache = ""): number {
  const started = now();
  const env = { ...process.env, TANDEM_DOCKER: "off", NODE_COMPILE_CACHE: compileCache };
  execFileSync(process.execPath, args, { cwd, env, stdio: "ignore" });
  return now() - started;
}
