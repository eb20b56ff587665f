import * as fs from "node:fs";
import * as path from "node:path";
import { BenchProject, repository } from "./project";

const example = path.join(repository, "examples", "video-thumbnailer");
const fixture = fs.readFileSync(path.join(repository, "bench", "fixtures", "thumbnailer-by-hand.ts"), "utf8");

/** How the thumbnailer can be written; each makes the same 37 resources. */
export const programs = {
  tandem: fs.readFileSync(path.join(example, "index.ts"), "utf8"),
  byHand: fixture,
  byHandDeep: deep(fixture),
};

/** The same program with `@pulumi/aws/s3` and the like in place of the whole of `@pulumi/aws`. */
function deep(program: string): string {
  const services = [...new Set([...program.matchAll(/\baws\.(\w+)\./g)].map(([, service]) => service ?? ""))];
  const functions = [...new Set([...program.matchAll(/\baws\.(get\w+)Output\b/g)].map(([, name]) => name ?? ""))];
  const imports = [
    ...services.map((service) => `import * as ${service} from "@pulumi/aws/${service}";`),
    ...functions.map((name) => `import { ${name}Output } from "@pulumi/aws/${name}";`),
  ];
  return program.replace('import * as aws from "@pulumi/aws";', imports.join("\n")).replace(/\baws\.(?=\w)/g, "");
}

/** A project of one of these programs, with the folder of its container. */
export function projectOf(program: string): BenchProject {
  const project = BenchProject.of(program);
  fs.cpSync(path.join(example, "ffmpeg"), path.join(project.folder, "ffmpeg"), { recursive: true });
  return project;
}

/** A ratio of the medians, where smaller is better for the library. */
export function ratio(what: string, ours: number, theirs: number, target?: number) {
  return { what, value: ours / theirs, unit: "×", ...(target === undefined ? {} : { target }) } as const;
}
