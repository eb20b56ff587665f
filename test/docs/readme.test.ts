import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { linksOf } from "./links";

const root = path.resolve(__dirname, "..", "..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

describe("README.md", () => {
  it("opens with the program of the video thumbnailer, word for word", () => {
    const [, code] = /^```\w*\n([^]*?)^```$/m.exec(read("README.md")) ?? [];
    expect(code).to.equal(read("examples/video-thumbnailer/index.ts"));
  });

  it("names the two commands that a newcomer types", () => {
    expect(read("README.md")).to.match(/^ {4}npm ci && npm start\b/m);
    expect(read("README.md")).to.match(/^ {4}npm ci && npm test\b/m);
  });

  it("names every package with an install script that is installed with the library", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { name?: string; hasInstallScript?: boolean; dev?: boolean; devOptional?: boolean }>;
    };
    const installed = Object.entries(packages).filter(
      ([folder, { hasInstallScript, dev, devOptional }]) =>
        hasInstallScript === true && dev !== true && devOptional !== true && folder.startsWith("node_modules/"),
    );
    const names = installed.map(([folder, { name }]) => name ?? folder.replace(/^.*node_modules\//, ""));
    const [, shown = ""] = /^"allowScripts": (\{[^]*?^\})/m.exec(read("README.md")) ?? [];
    const decided = JSON.parse(shown) as Record<string, boolean>;
    expect(decided).to.deep.equal(Object.fromEntries([...new Set(names)].map((name) => [name, false])));
  });

  it("lists every command of the command line, and every option of tandem up", () => {
    const commands = fs.readdirSync(path.join(root, "cli/commands")).map((file) => read(`cli/commands/${file}`));
    const names = commands.flatMap((text) => [...text.matchAll(/\.command\("(\w+)"\)/g)].map(([, name]) => name ?? ""));
    const options = [...read("cli/commands/up.ts").matchAll(/"(--[\w-]+)[ "]/g)].map(([, option]) => option ?? "");
    expect(names).to.include("up");
    expect(options).to.include("--fresh");
    const readme = read("README.md");
    expect(names.filter((name) => !readme.includes(`| \`tandem ${name} `))).to.be.empty;
    expect(options.filter((option) => !new RegExp(`\\| \`${option}[ \`]`).test(readme))).to.be.empty;
  });
});

describe("the project's pages", () => {
  const pages = fs
    .globSync("{*.md,docs/**/*.md,components/**/*.md,examples/*/*.md}", { cwd: root })
    .filter((page) => !page.includes("node_modules"));

  for (const page of pages) {
    it(`${page} links to files that are there`, () => {
      const broken = linksOf(read(page)).filter((to) => !fs.existsSync(path.resolve(root, path.dirname(page), to)));
      expect(broken).to.be.empty;
    });
  }
});
