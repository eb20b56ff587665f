import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findProgram, HostPrograms } from "../../../../../engine/services/tasks/host/host-programs";

describe("The programs of a project", () => {
  let project: string;
  const link = (programs: Record<string, string>) => {
    write("package.json", JSON.stringify({ tandem: { programs } }));
    const problems = new HostPrograms(path.join(project)).link(path.join(project, "bin"));
    return { problems, bin: (name: string) => fs.realpathSync(path.join(project, "bin", name)) };
  };
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    fs.writeFileSync(path.join(project, name), text, { mode: 0o755 });
    return path.join(project, name);
  };
  beforeEach(() => (project = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tandem-programs-")))));
  afterEach(() => fs.rmSync(project, { recursive: true }));

  it("include the node that runs the engine", () =>
    expect(link({}).bin("node")).to.equal(fs.realpathSync(process.execPath)));

  for (const [how, files] of [
    [
      "exports { path }",
      { "package.json": "{}", "index.js": "exports.path = require('path').join(__dirname, 'tool')" },
    ],
    [
      "exports a path",
      { "package.json": "{}", "index.js": "module.exports = require('path').join(__dirname, 'tool')" },
    ],
    ["has a bin", { "package.json": `{ "bin": "tool" }` }],
    ["has a bin of that name", { "package.json": `{ "bin": { "other": "x", "encode": "./tool" } }` }],
  ] as const)
    it(`come from a package that ${how}`, () => {
      for (const [name, text] of Object.entries(files)) write(`node_modules/@scope/tools/${name}`, text);
      const tool = write("node_modules/@scope/tools/tool", "");
      expect(link({ encode: "@scope/tools" }).bin("encode")).to.equal(tool);
    });

  it("come from a file of the project", () => {
    const tool = write("tools/encode", "");
    expect(link({ encode: "./tools/encode" }).bin("encode")).to.equal(tool);
  });

  it("are told apart from what is wrongly declared", () => {
    write("node_modules/empty/package.json", "{}");
    write("node_modules/empty/index.js", "");
    const { problems } = link({ a: "./none", b: "not-installed", c: "empty", "../d": "./none", node: "./none" });
    expect([...problems.keys()]).to.deep.equal(["a", "b", "c"]);
    expect(problems.get("a")).to.match(/package.json says that a comes from .\/none, but there is no such file$/);
    expect(problems.get("b")).to.match(/that package is not installed$/);
    expect(problems.get("c")).to.match(/neither exports the path of a program nor has a bin$/);
    expect(fs.readdirSync(path.join(project, "bin"))).to.deep.equal(["node"]);
  });

  it("are found on a PATH if they can be run", () => {
    const tool = write("bin/tool", "");
    fs.mkdirSync(path.join(project, "other", "tool"), { recursive: true });
    fs.writeFileSync(path.join(project, "text"), "", { mode: 0o644 });
    const search = `${path.join(project, "other")}:${path.join(project, "bin")}`;
    expect(findProgram("tool", search, project)).to.equal(tool);
    expect(findProgram("./bin/tool", "", project)).to.equal(tool);
    expect(findProgram("text", project, project)).to.equal(undefined);
  });
});
