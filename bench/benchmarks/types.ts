import { execFileSync } from "node:child_process";
import * as path from "node:path";
import type { Benchmark } from "../benchmark";
import { programs, projectOf, ratio } from "../by-hand";
import { median } from "../measure";
import { repository, type BenchProject } from "../project";

const rounds = 7;
const compilerOptions = {
  module: "node16",
  target: "es2022",
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

/** What a program costs the compiler, in turn with the same resources by hand. */
export const types: Benchmark = {
  name: "types",
  about: `tsc of the thumbnailer beside the same resources by hand; median of ${rounds}`,
  run() {
    const projects = Object.entries(programs).map(([name, program]) => {
      const project = projectOf(program);
      project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["index.ts"] }));
      return { name: name as keyof typeof programs, project, checks: [] as Check[] };
    });
    try {
      for (let round = 0; round < rounds; round++) {
        for (const { project, checks } of projects) checks.push(check(project));
      }
      const of = (program: keyof typeof programs, what: keyof Check): number =>
        median(projects.find(({ name }) => name === program)?.checks.map((each) => each[what]) ?? []);
      return Promise.resolve([
        { what: "tsc, thumbnailer", value: of("tandem", "seconds"), unit: "s" },
        { what: "tsc, by hand with @pulumi/aws", value: of("byHand", "seconds"), unit: "s" },
        { what: "tsc, by hand with @pulumi/aws/s3 and the like", value: of("byHandDeep", "seconds"), unit: "s" },
        ratio("time to that by hand", of("tandem", "seconds"), of("byHand", "seconds"), 1.3),
        ratio("time to that with deep imports", of("tandem", "seconds"), of("byHandDeep", "seconds"), 1.3),
        { what: "memory, thumbnailer", value: of("tandem", "mebibytes"), unit: "MiB" },
        { what: "memory, by hand with @pulumi/aws", value: of("byHand", "mebibytes"), unit: "MiB" },
        { what: "memory, by hand with deep imports", value: of("byHandDeep", "mebibytes"), unit: "MiB" },
        ratio("memory to that by hand", of("tandem", "mebibytes"), of("byHand", "mebibytes"), 1.3),
        ratio("memory to that with deep imports", of("tandem", "mebibytes"), of("byHandDeep", "mebibytes"), 1.3),
      ]);
    } finally {
      for (const { project } of projects) project.remove();
    }
  },
};

interface Check {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** One run of the compiler, as it measures itself. */
function check(project: BenchProject): Check {
  const tsc = path.join(repository, "node_modules", "typescript", "bin", "tsc");
  const args = [tsc, "-p", "tsconfig.json", "--diagnostics"];
  const output = execFileSync(process.execPath, args, { cwd: project.folder, encoding: "utf8" });
  const seconds = /^Total time:\s+([\d.]+)s$/m.exec(output)?.[1];
  const kibibytes = /^Memory used:\s+(\d+)K$/m.exec(output)?.[1];
  if (seconds === undefined || kibibytes === undefined) throw new Error(`tsc measured nothing:\n${output}`);
  return { seconds: Number(seconds), mebibytes: Number(kibibytes) / 1024 };
}
