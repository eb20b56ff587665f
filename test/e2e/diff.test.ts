import { expect } from "chai";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as sinon from "sinon";
import { main } from "../../cli/main";
import { tandem } from "./command";
import { TemporaryProject } from "../engine/temporary-project";

const program = `
  import * as aws from "@pulumi/aws";
  import * as pulumi from "@pulumi/pulumi";
  new aws.s3.Bucket("media");
  new aws.sns.Topic("news", { displayName: new pulumi.Config().get("title") ?? "News" });
`;

describe("tandem diff of a repository", () => {
  let project: TemporaryProject;
  let temporary: string;
  const usual = process.env.TMPDIR;

  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", project.folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const commit = (message: string): void => {
    git("add", "--all");
    git("commit", "--quiet", "--message", message);
  };
  const diff = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const [out, err] = [sinon.stub(process.stdout, "write"), sinon.stub(process.stderr, "write")];
    try {
      const code = await main(["diff", ...args]);
      const text = (stub: typeof out): string => stub.args.map(([chunk]) => String(chunk)).join("");
      return { code, out: text(out), err: text(err) };
    } finally {
      out.restore();
      err.restore();
    }
  };

  beforeEach(() => {
    project = new TemporaryProject(program);
    // One of its own, to see what is left there.
    temporary = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-temporary-"));
    process.env.TMPDIR = temporary;
    project.write(".gitignore", "node_modules\n.tandem\n");
    git("init", "--quiet", "--initial-branch=main");
  });
  afterEach(() => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    fs.rmSync(temporary, { recursive: true, force: true });
    project.remove();
  });

  it("installs the earlier revision's packages where its lockfile is another, and runs its own prepare script", async () => {
    const locked = (version: string): void => {
      const manifest = { name: "proj", version, main: "index.ts", scripts: { prepare: "node prepare.cjs" } };
      project.write("package.json", JSON.stringify(manifest));
      const { name } = manifest;
      const lock = { name, version, lockfileVersion: 3, requires: true, packages: { "": { name, version } } };
      project.write("package-lock.json", JSON.stringify(lock));
    };
    // No packages are installed there, so it has to bring those of this repository itself.
    const packages = JSON.stringify(fs.realpathSync(path.join(project.folder, "node_modules")));
    project.write("prepare.cjs", `require("node:fs").symlinkSync(${packages}, "node_modules", "dir");`);
    locked("1.0.0");
    commit("first");
    locked("1.0.1");
    project.edit("News", "Novelties");
    const { code, out, err } = await diff("HEAD", project.folder);
    expect(code, out + err).to.equal(0);
    expect(out + err).to.include("package-lock.json is another at the earlier revision");
    expect(out).to.match(/displayName: "News" → "Novelties"/);
  });

  it("compares with the last commit by default, uncommitted changes included, and leaves nothing behind", async () => {
    commit("first");
    project.edit(`new aws.s3.Bucket("media");`, `new aws.s3.Bucket("media", { bucket: "ours" });`);
    const before = git("status", "--porcelain");
    const { code, out } = await diff("HEAD", project.folder, "--exit-code");
    expect(out).to.match(/^compared with HEAD, the last commit \(\w+ first\)$/m);
    expect(out).to.include("with what is not committed yet: 1 of the project's files");
    expect(out).to.include("! media Bucket is replaced, with what is in it");
    expect(code).to.equal(3);
    expect(git("status", "--porcelain")).to.equal(before);
    expect(git("worktree", "list").trim().split("\n")).to.have.length(1);
    expect(fs.readdirSync(temporary).filter((name) => name.startsWith("tandem-diff-"))).to.be.empty;
  });

  it("removes the worktree at Ctrl-C", async () => {
    const marks = fs.mkdtempSync(path.join(temporary, "marks-"));
    project.edit(
      `new aws.s3`,
      `require("node:fs").writeFileSync(process.env.MARKS + "/" + process.pid, "");
      setInterval(() => undefined, 1000); new aws.s3`,
    );
    commit("hangs");
    const seen = fs.promises.watch(marks);
    const running = tandem(["diff"], { cwd: project.folder, env: { MARKS: marks } });
    for await (const _change of seen) if (fs.readdirSync(marks).length === 2) break;
    expect(git("worktree", "list").trim().split("\n")).to.have.length(2);
    running.child.kill("SIGINT");
    expect((await running.ended).code).to.equal(130);
    expect(git("worktree", "list").trim().split("\n")).to.have.length(1);
    expect(fs.readdirSync(temporary).filter((name) => name.startsWith("tandem-diff-"))).to.be.empty;
  });

  it("says that nothing has changed of a commit and itself", async () => {
    commit("first");
    const { code, out } = await diff("main", project.folder, "--exit-code");
    expect(out).to.include("proj · dev: nothing has changed");
    expect(code).to.equal(0);
  });

  it("exits with 2 for a change without risk, only when it is asked to", async () => {
    commit("first");
    project.edit(`"News"`, `"All news"`);
    expect(await diff("HEAD", project.folder, "--exit-code")).to.include({ code: 2 });
    const { code, out } = await diff(project.folder, "--format", "json");
    expect(code).to.equal(0);
    expect((JSON.parse(out) as { changed: object[] }).changed).to.deep.equal([
      {
        name: "news",
        type: "aws:sns/topic:Topic",
        component: "news",
        consequence: "update or replacement",
        properties: [{ path: "displayName", before: "News", after: "All news" }],
      },
    ]);
  });

  it("needs no passphrase: what it cannot decrypt, it neither uses nor shows", async () => {
    const stack = (text: string): void =>
      project.write(
        "Pulumi.dev.yaml",
        `encryptionsalt: v1:AAAA:v1:BBBB\nconfig:\n  proj:title:\n    secure: ${text}\n`,
      );
    stack("v1:first");
    commit("first");
    stack("v1:second");
    const { code, out } = await diff("HEAD", project.folder, "--format", "json");
    expect(code).to.equal(0);
    expect((JSON.parse(out) as { changed: { properties: object[] }[] }).changed[0]?.properties).to.deep.equal([
      { path: "displayName", before: "(secret)", after: "(secret)" },
    ]);
    expect(out).not.to.match(/v1:first|v1:second|undecrypted/);
  });

  it("says where the program fails, with its error, and shows the other revision whole", async () => {
    project.edit(`new aws.s3`, `throw new Error("not yet"); new aws.s3`);
    commit("broken");
    project.edit(`throw new Error("not yet");`, "");
    const { code, out } = await diff("HEAD", project.folder);
    expect(code).to.equal(1);
    expect(out).to.include("the program fails at HEAD").and.include("Error: not yet").and.include("media Bucket");
  });

  it("takes everything for new where the project was not there yet", async () => {
    git("commit", "--quiet", "--allow-empty", "--message", "empty");
    const { code, out } = await diff("HEAD", project.folder);
    expect(code).to.equal(0);
    expect(out).to.include("the project was not there at HEAD: everything is new").and.include("+ media Bucket");
  });

  it("says that an earlier revision's packages cannot be installed", async () => {
    project.write("package-lock.json", "{ no json");
    commit("first");
    project.write("package-lock.json", "{}");
    const { code, out } = await diff("HEAD", project.folder);
    expect(code).to.equal(1);
    expect(out).to.include("package-lock.json is another at the earlier revision");
    expect(out).to.include("its packages cannot be installed: npm ci --prefer-offline --ignore-scripts");
  });

  it("refuses a folder without a repository, a repository without commits, and unknown revisions", async () => {
    expect((await diff("HEAD", project.folder)).err).to.include("the repository has no commit yet");
    commit("first");
    const unknown = await diff("--format", "text", "nowhere", project.folder);
    expect(unknown.code).to.equal(2);
    expect(unknown.err).to.include("ERR_DIFF_REF: git knows no such revision").and.include("got: nowhere");
    fs.rmSync(path.join(project.folder, ".git"), { recursive: true });
    const none = await diff("HEAD", project.folder);
    expect(none.code).to.equal(2);
    expect(none.err).to.include("ERR_DIFF_REPOSITORY: the folder is in no git repository");
  });

  it("says of a shallow clone how to get its history", async () => {
    commit("first");
    git("commit", "--quiet", "--allow-empty", "--message", "second");
    const clone = `${project.folder}-clone`;
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${project.folder}`, clone], { stdio: "ignore" });
    try {
      const { code, err } = await diff("HEAD~1", clone);
      expect(code).to.equal(2);
      expect(err).to.include("this is a shallow clone").and.include("fetch-depth: 0");
    } finally {
      fs.rmSync(clone, { recursive: true });
    }
  });

  it("checks submodules out with the revision, and says which it has not", async () => {
    const library = new TemporaryProject("export const title = 'From the library';");
    try {
      execFileSync("git", ["-C", library.folder, "init", "--quiet"]);
      execFileSync("git", ["-C", library.folder, "add", "index.ts"]);
      execFileSync("git", [
        "-C",
        library.folder,
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.c",
        "commit",
        "--quiet",
        "-m",
        "x",
      ]);
      git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.folder, "library");
      project.edit(`"News"`, `(require("./library") as { title: string }).title`);
      commit("with a submodule");
      expect((await diff("HEAD", project.folder)).out).to.include("nothing has changed");
      git("submodule", "--quiet", "deinit", "--force", "library");
      expect((await diff("HEAD", project.folder)).out).to.include("submodule library is left out");
    } finally {
      library.remove();
    }
  });
});
