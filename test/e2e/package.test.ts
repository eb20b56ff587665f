import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import * as library from "../../components";
import {
  dependenciesOn,
  flavours,
  makeProject,
  newest,
  npmInstall,
  oldest,
  pack,
  pnpmInstall,
  preview,
  pulumiPreview,
  readPreview,
  run,
  temporaryFolder,
  type Flavour,
  type Preview,
  type Tarball,
} from "./published";

const commonJsTypeScript = { language: "typescript", modules: "commonjs" } as const;

describe("the package as it is published", () => {
  const folder = temporaryFolder();
  const project = path.join(folder, "project");
  const npmRoot = path.join(folder, "npm-workspaces");
  const appOf = ({ language, modules }: Flavour): string => path.join(npmRoot, "apps", `${language}-${modules}`);
  const pnpmRoot = path.join(folder, "pnpm-workspaces");
  const pnpmApp = path.join(pnpmRoot, "apps", "thumbnailer");
  let tarball: Tarball;
  /** What `tandem preview` of the README's program shows: the same, whatever is installed. */
  let expected: Preview;
  /** What `pulumi preview` shows of it. */
  let deployed: string[];

  before(async () => {
    tarball = await pack(folder);
    makeProject(project, commonJsTypeScript, dependenciesOn(tarball, newest));
    for (const flavour of flavours) makeProject(appOf(flavour), flavour, dependenciesOn(tarball, oldest));
    fs.writeFileSync(path.join(npmRoot, "package.json"), '{ "private": true, "workspaces": ["apps/*"] }');
    makeProject(pnpmApp, commonJsTypeScript, dependenciesOn(tarball, { ...newest, pulumi: oldest.pulumi }));
    fs.writeFileSync(path.join(pnpmRoot, "package.json"), '{ "private": true }');
    fs.writeFileSync(path.join(pnpmRoot, "pnpm-workspace.yaml"), "packages: [apps/*]\n");
    await Promise.all([npmInstall(project), npmInstall(npmRoot), pnpmInstall(pnpmRoot)]);
    expected = await preview(project);
    deployed = await pulumiPreview(project);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("shows what the README's program makes", () => {
    expect(expected.tree.map(({ name, type }) => `${type} ${name}`)).to.have.members([
      "tandem:index:Bucket media",
      "tandem:index:Task ffmpeg",
    ]);
  });

  describe(`in a project with the newest packages of Pulumi (${newest.pulumi}, AWS ${newest.aws})`, () => {
    it("is installed beside them, and brings no second copy", () => {
      expect(copiesOf("@pulumi/pulumi", project)).to.deep.equal([newest.pulumi]);
      expect(copiesOf("@pulumi/aws", project)).to.deep.equal([newest.aws]);
      expect(copiesOf("typescript", project)).to.have.length(1);
    });

    for (const flavour of flavours) {
      it(`previews the README's program in ${flavour.language}, ${flavour.modules}`, async () => {
        for (const main of ["index.ts", "index.js"]) fs.rmSync(path.join(project, main), { force: true });
        makeProject(project, flavour, dependenciesOn(tarball, newest));
        expect(await preview(project)).to.deep.equal(expected);
        expect(await pulumiPreview(project)).to.deep.equal(deployed);
        if (flavour.language === "typescript") await typeCheck(project, project);
      });
    }
  });

  describe(`in workspaces of npm with the oldest packages (${oldest.pulumi}, AWS ${oldest.aws})`, () => {
    it("is installed beside them, in the parent folder", () => {
      expect(copiesOf("@pulumi/pulumi", npmRoot)).to.deep.equal([oldest.pulumi]);
      expect(copiesOf("@pulumi/aws", npmRoot)).to.include(oldest.aws);
      expect(fs.existsSync(path.join(appOf(commonJsTypeScript), "node_modules", "tandem"))).to.equal(false);
    });

    for (const flavour of flavours) {
      it(`previews the README's program in ${flavour.language}, ${flavour.modules}`, async () => {
        expect(await preview(appOf(flavour), npmRoot)).to.deep.equal(expected);
        expect(await pulumiPreview(appOf(flavour))).to.deep.equal(deployed);
        if (flavour.language === "typescript") await typeCheck(appOf(flavour), npmRoot);
      });
    }

    it("is found by npx", async () => {
      const output = await run("npx", ["tandem", "preview", "--json"], appOf(commonJsTypeScript));
      expect(readPreview(output)).to.deep.equal(expected);
    });
  });

  it("can be imported by name from ES modules, and required: the library, its tests' half, and its loader", async () => {
    const names = Object.keys(library);
    const module = [
      `import { ${names.join(", ")} } from "tandem";`,
      `import { record, start, tandemChai, FakeClock } from "tandem/testing";`,
      `import "tandem/register";`,
      `console.log([${names.join(", ")}, record, start, tandemChai, FakeClock].every(Boolean));`,
    ].join("\n");
    const required = module.replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = require($2);");
    const script = required.replace('import "tandem/register"', 'require("tandem/register")');
    fs.writeFileSync(path.join(project, "names.mjs"), module);
    fs.writeFileSync(path.join(project, "names.cjs"), script);
    expect(await run(process.execPath, ["names.mjs"], project)).to.equal("true\n");
    expect(await run(process.execPath, ["names.cjs"], project)).to.equal("true\n");
  });

  it("previews in workspaces of pnpm, with an older SDK", async () => {
    const store = path.join("node_modules", ".pnpm");
    const sdks = fs.readdirSync(path.join(pnpmRoot, store)).filter((name) => name.startsWith("@pulumi+pulumi@"));
    expect(sdks)
      .to.have.length(1)
      .and.to.match(new RegExp(`@${oldest.pulumi}`));
    expect(await preview(pnpmApp)).to.deep.equal(expected);
    expect(await pulumiPreview(pnpmApp)).to.deep.equal(deployed);
  });

  it("says so where a package was forced that it does not work with", async () => {
    const packageJson = path.join(project, "node_modules", "@pulumi", "aws", "package.json");
    const text = fs.readFileSync(packageJson, "utf8");
    fs.writeFileSync(packageJson, text.replace(`"version": "${newest.aws}"`, '"version": "6.83.4"'));
    const failure = await preview(project).catch((error: Error) => error.message);
    fs.writeFileSync(packageJson, text);
    expect(failure).to.match(/ERR_PEER_VERSION: .*@pulumi\/aws[^]*got: @pulumi\/aws 6\.83\.4/);
  });
});

/** The versions of a package in a folder's node_modules: one where all share it. */
function copiesOf(name: string, folder: string): string[] {
  return fs
    .globSync(`node_modules/**/${name}/package.json`, { cwd: folder })
    .map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as { name?: string; version: string })
    .filter((manifest) => manifest.name === name)
    .map(({ version }) => version);
}

/** Has the project's own compiler check the program, which must not cost it the whole of AWS. */
async function typeCheck(folder: string, installedIn: string): Promise<void> {
  const tsc = path.join(installedIn, "node_modules", "typescript", "bin", "tsc");
  const output = await run(process.execPath, [tsc, "--noEmit", "--listFiles", "-p", "tsconfig.json"], folder);
  const files = output.trim().split("\n");
  expect(files.filter((file) => file.includes("@pulumi/aws/s3/"))).not.to.be.empty;
  expect(files.filter((file) => /@pulumi\/(awsx|aws\/index|aws\/rds)|@aws-sdk|@smithy|esbuild|dockerode/.test(file))).to
    .be.empty;
}
