import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { BuildContexts } from "../../../../../engine/services/tasks/images/build-context";

describe("A build's context", () => {
  let folder: string;
  const contexts = new BuildContexts();
  const read = (changes = {}) =>
    contexts.read({
      ...{ context: folder, dockerfile: path.join(folder, "Dockerfile"), args: {}, secrets: {} },
      ...changes,
    });
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-context-"));
    write("Dockerfile", "FROM a");
    write("src/a.js", "a");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("leaves out what .dockerignore names, but for its exceptions", async () => {
    write(".dockerignore", "# no\nsecret*\nnode_modules\n!node_modules/kept.js\n");
    for (const name of ["secret.txt", "node_modules/x.js", "node_modules/kept.js"]) write(name, "");
    const names = [...(await read()).entries.keys()];
    expect(names).to.deep.equal([".dockerignore", "Dockerfile", "node_modules/kept.js", "src", "src/a.js"]);
  });

  it("prefers the Dockerfile's own ignore file", async () => {
    write(".dockerignore", "Dockerfile");
    write("Dockerfile.dockerignore", "src");
    expect([...(await read()).entries.keys()]).to.deep.equal([
      ".dockerignore",
      "Dockerfile",
      "Dockerfile.dockerignore",
    ]);
  });

  it("has the same hash as long as nothing changes", async () => {
    const { hash } = await read();
    expect((await read()).hash).to.equal(hash);
    expect(
      (
        await new BuildContexts().read({
          context: folder,
          dockerfile: path.join(folder, "Dockerfile"),
          args: {},
          secrets: {},
        })
      ).hash,
    ).to.equal(hash);
  });

  for (const [what, change] of [
    ["a file's content", () => write("src/a.js", "b")],
    ["a file's mode", () => fs.chmodSync(path.join(folder, "src/a.js"), 0o755)],
    ["a file's name", () => fs.renameSync(path.join(folder, "src/a.js"), path.join(folder, "src/b.js"))],
    ["the Dockerfile", () => write("Dockerfile", "FROM b")],
    ["a link", () => fs.symlinkSync("src", path.join(folder, "link"))],
  ] as const)
    it(`has another hash after a change of ${what}`, async () => {
      const { hash } = await read();
      change();
      expect((await read()).hash).not.to.equal(hash);
    });

  it("has another hash for other arguments, another stage or platform, but not for ignored files", async () => {
    write(".dockerignore", "log");
    const { hash } = await read();
    write("log", "line");
    expect((await read()).hash).to.equal(hash);
    for (const changes of [{ args: { A: "1" } }, { target: "x" }, { platform: "linux/arm64" }])
      expect((await read(changes)).hash).not.to.equal(hash);
  });
});
