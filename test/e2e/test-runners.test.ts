import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "./command";
import { dependenciesOn, newest, npmInstall, pack, readmeProgram, run, runWhole, temporaryFolder } from "./published";

/** What the page's sections need besides the library; both versions of TypeScript that people have. */
const packages = {
  "@types/chai": "*",
  "@types/jest": "*",
  "@types/mocha": "*",
  "@types/node": "^24",
  "@types/sinon": "*",
  chai: "*",
  jest: "*",
  mocha: "*",
  sinon: "*",
  "ts-jest": "*",
  typescript: "^6",
  "typescript-5": "npm:typescript@^5",
  vitest: "*",
};

/** The files that a section of docs/testing.md shows, by their names. */
function shownFiles(section: string): [name: string, text: string][] {
  const page = fs.readFileSync(path.join(repository, "docs", "testing.md"), "utf8");
  const [, text = ""] = new RegExp(`^### ${section}\\n([^]*?)^##`, "m").exec(page) ?? [];
  const found = [...text.matchAll(/^`([^`]+)`:\n\n```\w+\n([^]*?)^```$/gm)];
  return found.map(([, name = "", content = ""]) => [name, content]);
}

describe("tests of a program, as docs/testing.md shows them", () => {
  const folder = temporaryFolder();

  before(async () => {
    const dependencies = { ...dependenciesOn(await pack(folder), newest), ...packages };
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
    await npmInstall(folder);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const runner of ["mocha", "node:test", "vitest", "jest"]) {
    it(`run with ${runner}, and are right for TypeScript 5 and 6`, async () => {
      const project = path.join(folder, runner.replace(":", "-"));
      const files = [
        ...shownFiles(runner),
        ["index.ts", readmeProgram()] as const,
        ["Pulumi.yaml", "name: thumbnailer\nruntime: nodejs\n"] as const,
        ["ffmpeg/Dockerfile", "FROM scratch\n"] as const,
      ];
      for (const [name, text] of files) {
        fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
        fs.writeFileSync(path.join(project, name), text);
      }
      const { output } = await runWhole("npm", ["test"], project);
      expect(output).not.to.match(/warning/i);
      for (const typescript of ["typescript", "typescript-5"]) {
        const tsc = path.join(folder, "node_modules", typescript, "bin", "tsc");
        await run(process.execPath, [tsc, "-p", "tsconfig.json"], project);
      }
    });
  }
});
