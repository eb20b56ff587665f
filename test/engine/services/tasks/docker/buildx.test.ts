import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Readable } from "node:stream";
import { Buildx } from "../../../../../engine/services/tasks/docker/buildx";

describe("The docker command's buildx", () => {
  const searchPath = process.env["PATH"];
  let folder: string;
  const build = { context: "/c", dockerfile: "/c/D", target: "final", args: { A: "1" }, secrets: { key: "opened" } };
  const run = (abort = new AbortController()) => {
    const lines: string[] = [];
    const archive = Readable.from(["archive"]);
    const onLine = (line: string) => void lines.push(line);
    const code = new Buildx("unix:///x", abort.signal).build({ build, archive, dockerfile: "D", tag: "t:1", onLine });
    return code.then((exitCode) => ({ exitCode, lines }));
  };
  /** Puts a program named docker at the head of PATH. */
  const command = (script: string): void => {
    fs.writeFileSync(path.join(folder, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env["PATH"] = `${folder}:${searchPath ?? ""}`;
  };
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-buildx-"))));
  afterEach(() => {
    process.env["PATH"] = searchPath;
    fs.rmSync(folder, { recursive: true });
  });

  it("gets the context as an archive, and secrets in its environment only", async () => {
    command(`echo "$@"; echo "$DOCKER_HOST $TANDEM_BUILD_SECRET_0"; cat; exit 3`);
    const { exitCode, lines } = await run();
    expect(exitCode).to.equal(3);
    expect(lines).to.deep.equal([
      "buildx build --load --progress=plain --tag t:1 --file D --target final --build-arg A=1 --secret id=key,env=TANDEM_BUILD_SECRET_0 -",
      "unix:///x opened",
      "archive",
    ]);
  });

  it("is known to be there or not", async () => {
    const buildx = new Buildx(undefined, new AbortController().signal);
    command("exit 1");
    expect(await buildx.isThere()).to.equal(false);
    command('test "$*" = "buildx version"');
    expect(await buildx.isThere()).to.equal(true);
    process.env["PATH"] = folder;
    fs.rmSync(path.join(folder, "docker"));
    expect(await buildx.isThere()).to.equal(false);
  });

  it("ends when nobody waits for it any more", async () => {
    command("echo begun; exec sleep 60");
    const abort = new AbortController();
    const ended = run(abort);
    setImmediate(() => abort.abort());
    expect((await ended).exitCode).not.to.equal(0);
  });
});
