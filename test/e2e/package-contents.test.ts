import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import type { publint as checkManifest } from "publint";
import { repository } from "./command";
import { linksOf } from "../docs/links";
import { pack, run, temporaryFolder, type Tarball } from "./published";

/** In bytes. It has grown beyond what anybody meant where a test of it fails. */
const largest = 850_000;

/** All that may be in the package. What runs inside functions is JavaScript from the start, the rest is compiled. */
const allowed = [
  /^(package\.json|README\.md|CHANGELOG\.md|CONTRIBUTING\.md|LICENSE|NOTICE)$/,
  /^bin\/tandem\.js$/,
  /^dist\/(components|engine|cli|testing)\/[^.]+(\.[a-z]+)?\.js$/,
  /^dist\/(components|engine|testing)\/[^.]+(\.[a-z]+)?\.d\.ts$/,
  /^docs\/(adr\/)?[\w-]+\.md$/,
  // The arguments and their defaults, to which the pages refer.
  /^components\/[\w-]+\/(README\.md|[\w-]+\.args\.ts)$/,
  // Whole, but for the video.
  /^examples\/[\w-]+\/([\w.-]+|(ffmpeg|page|renderer|scene|test)\/([\w-]+\/)?[\w.-]+)$/,
];

describe("what is published", () => {
  const folder = temporaryFolder();
  let tarball: Tarball;

  before(async () => {
    tarball = await pack(folder);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Whether a file is in the package, or a folder with something in it. */
  const isPacked = (file: string): boolean => {
    const normal = path.posix.normalize(file).replace(/\/$/, "");
    return tarball.files.some((each) => each === normal || each.startsWith(`${normal}/`));
  };

  it("is only what is needed, and no more than it was", () => {
    expect(tarball.files.filter((file) => !allowed.some((pattern) => pattern.test(file)))).to.be.empty;
    expect(tarball.size).to.be.within(100_000, largest);
  });

  it("has every file that its manifest names", () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const exported = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    expect(exported.filter((file) => !isPacked(file))).to.be.empty;
  });

  it("has every file that its pages link to", () => {
    const pages = tarball.files.filter((file) => file.endsWith(".md"));
    const links = pages.flatMap((page) =>
      linksOf(fs.readFileSync(path.join(repository, page), "utf8")).map((to) => ({ page, to })),
    );
    expect(links.map(({ page }) => page)).to.include.members(["README.md", "docs/testing.md"]);
    const dead = links.filter(({ page, to }) => !isPacked(path.join(path.dirname(page), to)));
    expect(dead.map(({ page, to }) => `${page}: ${to}`)).to.be.empty;
  });

  it("is clean for publint", async () => {
    const { publint } = await importModule<{ publint: typeof checkManifest }>("publint");
    const bytes = new Uint8Array(fs.readFileSync(tarball.file));
    const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
    expect(messages).to.deep.equal([]);
  });

  it("has types that are right for CommonJS, for ES modules and for bundlers", async () => {
    const core = await importModule<{
      checkPackage: typeof checkPackage;
      createPackageFromTarballData: typeof createPackageFromTarballData;
    }>("@arethetypeswrong/core");
    const analysis = await core.checkPackage(
      core.createPackageFromTarballData(new Uint8Array(fs.readFileSync(tarball.file))),
    );
    if (analysis.types === false) throw new Error("there are no types");
    // "node10" knows no "exports": TypeScript's older way, which does not find tandem/testing, as of any such package.
    const problems = analysis.problems.filter(
      (problem) => !("resolutionKind" in problem && problem.resolutionKind === "node10"),
    );
    expect(problems).to.deep.equal([]);
  });

  it("loads nothing at its import but its components: no package that the AWS package has not loaded", async () => {
    const script = `
      require("@pulumi/aws");
      const before = new Set(Object.keys(require.cache));
      const { Bucket } = require("tandem");
      const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
      console.log(JSON.stringify({ loaded, type: typeof Bucket }));
    `;
    const output = await run(process.execPath, ["-e", script], path.join(repository, "examples", "video-thumbnailer"));
    const { loaded, type } = JSON.parse(output) as { loaded: string[]; type: string };
    const components = path.join(repository, "dist", "components") + path.sep;
    expect(type).to.equal("function");
    expect(loaded).to.include(path.join(components, "bucket", "bucket.js"));
    const others = loaded.filter((file) => !file.startsWith(components) || file.includes("closure"));
    // The versions that are installed.
    expect(others.filter((file) => path.basename(file) !== "package.json")).to.be.empty;
  });
});

/** Imports an ES module: an `import()` in this file would be compiled to `require`. */
async function importModule<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module;
}
