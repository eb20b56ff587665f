import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { HostImageBuilder, type HostImage } from "../../../../../engine/services/tasks/host/host-image";
import { BuildContexts } from "../../../../../engine/services/tasks/images/build-context";
import { parseDockerfile } from "../../../../../engine/services/tasks/images/dockerfile";

describe("A Dockerfile in host mode", () => {
  let folder: string;
  const root = () => path.join(folder, "root");

  const interpret = async (dockerfile: string, changes: object = {}): Promise<HostImage> => {
    const context = path.join(folder, "context");
    fs.writeFileSync(path.join(context, "Dockerfile"), dockerfile);
    const build = { context, dockerfile: path.join(context, "Dockerfile"), args: {}, secrets: {}, ...changes };
    const read = await new BuildContexts().read(build);
    const builder = new HostImageBuilder(
      parseDockerfile(dockerfile, build.args),
      read,
      build,
      path.join(folder, "stages"),
    );
    return builder.write(root());
  };
  /** All files of the image with their text, links with their target. */
  const files = (): Record<string, string> => {
    const found: Record<string, string> = {};
    for (const entry of fs.readdirSync(root(), { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(root(), file);
      if (entry.isSymbolicLink()) found[name] = `-> ${fs.readlinkSync(file)}`;
      else if (entry.isFile()) found[name] = fs.readFileSync(file, "utf8");
    }
    return found;
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-host-image-"));
    fs.mkdirSync(path.join(folder, "stages"));
    for (const [name, text] of Object.entries({
      "a.js": "a",
      "b.js": "b",
      "sub/c.js": "c",
      "sub/deep/d.txt": "d",
      "x y": "s",
    })) {
      fs.mkdirSync(path.dirname(path.join(folder, "context", name)), { recursive: true });
      fs.writeFileSync(path.join(folder, "context", name), text);
    }
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  for (const [steps, expected] of [
    ["COPY a.js /app/", { "app/a.js": "a" }],
    ["COPY a.js /app/main.js", { "app/main.js": "a" }],
    ["WORKDIR /app\nCOPY a.js .", { "app/a.js": "a" }],
    ["WORKDIR /app\nWORKDIR lib\nCOPY a.js b.js ./", { "app/lib/a.js": "a", "app/lib/b.js": "b" }],
    ["COPY *.js /app/", { "app/a.js": "a", "app/b.js": "b" }],
    ["COPY [ab].j? /", { "a.js": "a", "b.js": "b" }],
    ["COPY sub /app", { "app/c.js": "c", "app/deep/d.txt": "d" }],
    ["COPY sub/deep /app/", { "app/d.txt": "d" }],
    ["COPY ./sub/../sub/c.js /", { "c.js": "c" }],
    ['COPY ["x y", "/app/"]', { "app/x y": "s" }],
    ['COPY "x y" /app/', { "app/x y": "s" }],
    ["COPY /a.js ../../../up.js", { "up.js": "a" }],
    ["COPY --chown=node:node --chmod=755 a.js /", { "a.js": "a" }],
    ["ADD a.js /app/", { "app/a.js": "a" }],
    ["COPY a.js /app\nCOPY b.js /app", { app: "b" }],
    ["ENV DIR=/e\nCOPY a.js $DIR/", { "e/a.js": "a" }],
    ["ARG DIR=/g\nCOPY a.js ${DIR}/", { "g/a.js": "a" }],
  ] as const)
    it(`copies with ${JSON.stringify(steps)}`, async () => {
      await interpret(`FROM scratch\n${steps}`);
      expect(files()).to.deep.equal(expected);
    });

  for (const [instruction, expected, skipped] of [
    ["RUN chmod +x a b", [0o755, 0o755], []],
    ["RUN chmod 700 a && chmod u=rwx,g-r,o+x /b", [0o700, 0o705], []],
    ['RUN ["/bin/chmod", "-R", "a+x", "/"]', [0o755, 0o755], []],
    ["RUN apt-get install -y x && chmod +x a && make", [0o755, 0o644], ["RUN"]],
    ["RUN test -e x || chmod +x a", [0o644, 0o644], ["RUN"]],
    ["RUN chmod +x $FILES", [0o644, 0o644], ["RUN"]],
    ["RUN chmod +x absent ../../../../etc/passwd", [0o644, 0o644], []],
  ] as const) {
    it(`carries out what ${instruction} says of permissions`, async () => {
      for (const name of ["a.js", "b.js"]) fs.chmodSync(path.join(folder, "context", name), 0o644);
      const image = await interpret(`FROM scratch\nCOPY a.js /a\nCOPY b.js /b\n${instruction}`);
      const modes = ["a", "b"].map((name) => fs.statSync(path.join(root(), name)).mode & 0o777);
      expect(modes.map((mode) => mode.toString(8))).to.deep.equal(expected.map((mode) => mode.toString(8)));
      expect(image.skipped).to.deep.equal(skipped);
    });
  }

  it("gives a file the mode of the context, or of --chmod", async () => {
    fs.chmodSync(path.join(folder, "context", "a.js"), 0o700);
    await interpret("FROM scratch\nCOPY a.js /a\nCOPY --chmod=640 b.js /b");
    expect(["a", "b"].map((name) => fs.statSync(path.join(root(), name)).mode & 0o777)).to.deep.equal([0o700, 0o640]);
  });

  it("builds only the stages that the last one needs, from each other", async () => {
    const image = await interpret(
      [
        "FROM node:24 AS base",
        "WORKDIR /base",
        "ENV LEVEL=base",
        'CMD ["node"]',
        "FROM base AS build",
        "COPY a.js .",
        "FROM base AS unused",
        "COPY nothing .",
        "FROM base",
        "COPY --from=build /base/*.js ./out/",
        "COPY --from=0 /base /empty",
        "ENV LEVEL=$LEVEL-final",
      ].join("\n"),
    );
    expect(files()).to.deep.equal({ "base/out/a.js": "a" });
    expect(image).to.deep.include({ workingDirectory: "/base", command: ["node"], baseImage: "node:24" });
    expect(image.environment["LEVEL"]).to.equal("base-final");
  });

  it("stops at the stage that is asked for", async () => {
    await interpret("FROM a AS one\nCOPY a.js /\nFROM a AS two\nCOPY b.js /", { target: "One" });
    expect(files()).to.deep.equal({ "a.js": "a" });
  });

  for (const [steps, args, expected] of [
    ["ENV A=1 B='two words'\nENV C=$A-$B", {}, { A: "1", B: "two words", C: "1-two words" }],
    ["ENV OLD style  value", {}, { OLD: "style  value" }],
    ["ENV A=1\nENV A=2 B=$A", {}, { A: "2", B: "1" }],
    ["ARG V=1\nENV A=$V", {}, { A: "1" }],
    ["ARG V=1\nENV A=$V", { V: "2" }, { A: "2" }],
    ["ENV A=$V\nARG V=1", { V: "2" }, { A: "" }],
    ["ARG GLOBAL\nENV A=$GLOBAL", {}, { A: "everywhere" }],
    ["ENV A=$GLOBAL", {}, { A: "" }],
    ["ARG V=1\nENV V=2\nENV A=$V", {}, { A: "2", V: "2" }],
    ["ENV P=/x:$PATH", {}, { P: "/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }],
  ] as const)
    it(`sets the environment with ${JSON.stringify(steps)} and ${JSON.stringify(args)}`, async () => {
      const { environment } = await interpret(`ARG GLOBAL=everywhere\nFROM scratch\n${steps}`, { args });
      const { PATH, ...others } = environment;
      expect(PATH).to.match(/\/usr\/bin/);
      expect(others).to.deep.equal(expected);
    });

  for (const [steps, entryPoint, command] of [
    ['CMD ["a", "$B"]', undefined, ["a", "$B"]],
    ["CMD a $B", undefined, ["/bin/sh", "-c", "a $B"]],
    ['ENTRYPOINT ["a"]\nCMD ["b"]', ["a"], ["b"]],
    ['CMD ["b"]\nENTRYPOINT ["a"]', ["a"], ["b"]],
    ['CMD ["a"]\nCMD ["b"]', undefined, ["b"]],
  ] as const)
    it(`starts with ${JSON.stringify(steps)}`, async () => {
      const image = await interpret(`FROM scratch\n${steps}`);
      expect([image.entryPoint, image.command]).to.deep.equal([entryPoint, command]);
    });

  it("drops the base's CMD with a new ENTRYPOINT", async () => {
    const image = await interpret('FROM a AS base\nCMD ["b"]\nFROM base\nENTRYPOINT ["a"]');
    expect([image.entryPoint, image.command]).to.deep.equal([["a"], undefined]);
  });

  it("says what it skips, and passes over what only describes", async () => {
    const image = await interpret(
      'FROM a\nRUN true\nRUN false\nUSER node\nLABEL a=b\nEXPOSE 80\nVOLUME /x\nHEALTHCHECK NONE\nSTOPSIGNAL INT\nSHELL ["bash"]',
    );
    expect(image.skipped).to.deep.equal(["RUN", "USER", "SHELL"]);
    expect(image.stopSignal).to.equal("INT");
  });

  it("writes nothing outside the image, whatever links say", async () => {
    const outside = path.join(folder, "outside");
    fs.mkdirSync(outside);
    fs.symlinkSync(outside, path.join(folder, "context", "absolute"));
    fs.symlinkSync("../../../outside", path.join(folder, "context", "sub", "relative"));
    await interpret("FROM scratch\nCOPY . /app/\nCOPY a.js /app/absolute/\nCOPY b.js /app/sub/relative/").catch(
      () => undefined,
    );
    expect(fs.readdirSync(outside)).to.deep.equal([]);
  });

  it("keeps links inside the image, as they would be in a container", async () => {
    fs.symlinkSync("/etc/passwd", path.join(folder, "context", "sub", "passwd"));
    fs.symlinkSync("../c.js", path.join(folder, "context", "sub", "deep", "c"));
    await interpret("FROM scratch\nCOPY sub /app");
    expect(files()).to.include({ "app/passwd": "-> ../etc/passwd", "app/deep/c": "-> ../c.js" });
  });

  for (const [steps, message] of [
    ["COPY none /", /^line 2: COPY none: no such file in the build's context/],
    ["COPY ../outside /", /^line 2: COPY \.\.\/outside: no such file/],
    ["COPY a.js b.js /app", /^line 2: COPY of several files needs a destination that ends in \//],
    ["COPY a.js", /^line 2: COPY needs a source and a destination/],
    ["COPY --from=nginx:1 /etc /", /^line 2: COPY --from=nginx:1 takes files of another image, which needs Docker/],
    ["COPY --parents a.js /", /^line 2: COPY --parents needs Docker/],
    ["COPY --chmod=u+x a.js /", /^line 2: --chmod=u\+x needs Docker/],
    ["COPY <<EOF /f\nx\nEOF", /^line 2: COPY with a here-document needs Docker/],
    ["ADD https://example.com/x /", /^line 2: ADD of https:\/\/example\.com\/x downloads or unpacks/],
    ["ADD files.tar.gz /", /^line 2: ADD of files\.tar\.gz downloads or unpacks/],
    ["ENV A", /^line 2: ENV|line 2: line 2: ENV/],
    [
      "FROM scratch AS b\nRUN make\nFROM scratch\nCOPY --from=b /out /",
      /--from=b \/out: there is no such file without RUN/,
    ],
  ] as const)
    it(`refuses ${JSON.stringify(steps)}`, async () => {
      const error = await interpret(`FROM scratch\n${steps}`).then(
        () => expect.fail("it succeeded"),
        (reason: Error) => reason,
      );
      expect(error.message).to.match(message);
    });

  it("refuses a stage that there is not", async () => {
    const error = await interpret("FROM a", { target: "x" }).catch((reason: Error) => reason);
    expect((error as Error).message).to.equal("the Dockerfile has no stage x");
  });
});
