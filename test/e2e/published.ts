import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repository, Running } from "./command";
import { changesOf } from "./deployment/deployed-example";
import { Pulumi } from "./provider/pulumi";

/** What a project of a user's has installed. */
export interface Versions {
  readonly pulumi: string;
  readonly aws: string;
}

/** What a program is written in. */
export interface Flavour {
  readonly language: "typescript" | "javascript";
  readonly modules: "commonjs" | "module";
}

export const flavours: readonly Flavour[] = [
  { language: "typescript", modules: "commonjs" },
  { language: "typescript", modules: "module" },
  { language: "javascript", modules: "commonjs" },
  { language: "javascript", modules: "module" },
];

interface Manifest {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as Manifest;
const lowest = (name: string): string => /\d+\.\d+\.\d+/.exec(manifest.peerDependencies[name] ?? "")?.[0] ?? "";
const developed = (name: string): string => manifest.devDependencies[name] ?? "";

/** The oldest versions that the library says it works with, and those that it is developed with. */
export const oldest: Versions = { pulumi: lowest("@pulumi/pulumi"), aws: lowest("@pulumi/aws") };
export const newest: Versions = { pulumi: developed("@pulumi/pulumi"), aws: developed("@pulumi/aws") };

/** The library as `npm publish` would send it. */
export interface Tarball {
  readonly file: string;
  readonly files: readonly string[];
  /** In bytes, as it is downloaded. */
  readonly size: number;
}

/** Packs what was built into `folder`. */
export async function pack(folder: string): Promise<Tarball> {
  const output = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], repository);
  const packed = JSON.parse(output) as PackedTarball[] | Record<string, PackedTarball>;
  const [tarball] = Object.values(packed);
  if (tarball === undefined) throw new Error(`npm packed nothing:\n${output}`);
  return {
    file: path.join(folder, tarball.filename),
    files: tarball.files.map((file) => file.path),
    size: tarball.size,
  };
}

interface PackedTarball {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** The README's first program, which is written so that it is JavaScript as well. */
export function readmeProgram(): string {
  const program = /```ts\n([^]*?)```/.exec(fs.readFileSync(path.join(repository, "README.md"), "utf8"))?.[1];
  if (program === undefined) throw new Error("README.md shows no program");
  return program;
}

/** The same program with what Node's older modules have in place of `import` and `export`. */
function withRequire(program: string): string {
  return program
    .replace(/^import (\{.*\}) from "(.*)";$/gm, 'const $1 = require("$2");')
    .replace(/^export const (\w+) =/gm, "exports.$1 =");
}

/** Makes `folder` a Pulumi project with the README's program, in one of the ways in which projects are written. */
export function makeProject(folder: string, { language, modules }: Flavour, dependencies: object): void {
  const main = language === "typescript" ? "index.ts" : "index.js";
  const program = language === "javascript" && modules === "commonjs" ? withRequire(readmeProgram()) : readmeProgram();
  const compilerOptions = { module: "node16", target: "es2022", strict: true, skipLibCheck: true, types: [] };
  const files = {
    "package.json": JSON.stringify({ name: path.basename(folder), private: true, type: modules, main, dependencies }),
    "Pulumi.yaml": "name: thumbnailer\nruntime: nodejs\n",
    "tsconfig.json": JSON.stringify({ compilerOptions, files: [main] }),
    "ffmpeg/Dockerfile": 'FROM scratch\nCMD ["/thumbnail"]\n',
    [main]: program,
  };
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
}

/** What a project names that uses the library as a user would. */
export function dependenciesOn(tarball: Tarball, { pulumi, aws }: Versions): Record<string, string> {
  return { "@pulumi/aws": aws, "@pulumi/pulumi": pulumi, tandem: `file:${tarball.file}` };
}

/** Installs with npm, without the scripts of packages: those of Pulumi's download programs that nothing here runs. */
export async function npmInstall(folder: string): Promise<void> {
  await run("npm", ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], folder);
}

/** Installs with pnpm, with a store of its own beside the projects. */
export async function pnpmInstall(folder: string): Promise<void> {
  const pnpm = path.join(repository, "node_modules", "pnpm", "bin", "pnpm.cjs");
  const store = path.join(folder, "..", "pnpm-store");
  const args = [
    pnpm,
    "install",
    "--ignore-scripts",
    "--prefer-offline",
    "--no-frozen-lockfile",
    `--store-dir=${store}`,
  ];
  await run(process.execPath, args, folder);
}

/**
 * Runs the project's own `tandem preview --json`, and reads what it prints: all but how many bytes of code a handler
 * has, which depend on how the program was compiled.
 * @param installedIn where the packages are: a workspace has them in its root
 */
export async function preview(folder: string, installedIn = folder): Promise<Preview> {
  const command = path.join(installedIn, "node_modules", ".bin", "tandem");
  return readPreview(await run(command, ["preview", "--json"], folder));
}

/** What Pulumi's own engine would do in a new stack of the project: `create onNewVideo`, sorted. */
export async function pulumiPreview(folder: string): Promise<string[]> {
  const pulumi = await Pulumi.start({ project: folder });
  try {
    await pulumi.init("dev");
    return changesOf(await pulumi.preview());
  } finally {
    await pulumi.close();
    fs.rmSync(pulumi.home, { recursive: true, force: true });
  }
}

/** What is read of docs/preview-json.md; the rest is compared as it is. */
export interface Preview {
  readonly tree: readonly { readonly name: string; readonly type: string }[];
}

export function readPreview(json: string): Preview {
  return JSON.parse(json, (key, value: unknown) => (key === "bytes" ? undefined : value)) as Preview;
}

/** Runs a program to its end. @returns its standard output. @throws an Error with all that it printed where it fails */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return (await runWhole(command, args, cwd)).stdout;
}

/** The same, with all that it printed, in `output`. */
export async function runWhole(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ stdout: string; output: string }> {
  // Not those that npm sets for the process that runs these tests: they would have its child think of this repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)));
  const child = spawn(command, args, { cwd, env: { ...env, NO_COLOR: "1", CI: "1" }, stdio: "pipe" });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  const { code, output } = await new Running(child).ended;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return { stdout, output };
}

/** A folder for projects, outside of this repository: what is installed in it must not be found. */
export function temporaryFolder(): string {
  return fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tandem-published-")));
}
