import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { copyOfExample, example, npm, repository, tandem } from "./command";
import { shownSecond } from "./picture";

const video = path.join(example, "big-buck-bunny_00-03.mp4");
const hostMode = { TANDEM_DOCKER: "off" };

describe("what a newcomer does", () => {
  it("sees a real picture of a real video after npm start, with no Docker, and the pipe ends with 0", async () => {
    fs.rmSync(path.join(example, ".tandem"), { recursive: true, force: true });
    const { code, output } = await npm(["start"], hostMode).ended;
    expect(code, output).to.equal(0);
    expect(output).to.match(/media Bucket[\s\S]*onNewVideo Subscription[\s\S]*ffmpeg Task/);
    expect(output).to.match(/^onNewThumbnail +\*\*\* New thumbnail: big-buck-bunny_00-03\.jpg \(\d+ bytes\)$/m);
    expect(output).to.match(/drop a file in, or: tandem put media <file> --folder examples\/video-thumbnailer/);
    expect(output).to.match(/host mode .*RUN of its Dockerfile is skipped/);
    const file = /put big-buck-bunny_00-03\.jpg .* → (\S+\.jpg)/.exec(output)?.[1] ?? "";
    const shown = shownSecond(path.resolve(repository, file), video);
    expect(shown).to.include({ width: 1280, height: 720, second: 3 });
    expect(shown.difference).to.be.below(4);
  });

  it("sees why no thumbnail came, with 1 as the exit code", async () => {
    const folder = copyOfExample();
    const manifest = path.join(folder, "package.json");
    const { tandem: _programs, ...rest } = JSON.parse(fs.readFileSync(manifest, "utf8")) as Record<string, unknown>;
    fs.writeFileSync(manifest, JSON.stringify(rest));
    const args = ["up", "--put", `media=${video}`, "--expect", "media=*.jpg"];
    const { code, output } = await tandem(args, {
      cwd: folder,
      env: { ...hostMode, PATH: path.dirname(process.execPath) },
    }).ended;
    expect(code, output).to.equal(1);
    expect(output).to.match(/ffmpeg.*(tandem\.programs|"programs")/s);
    expect(output).to.match(/nothing like \*\.jpg was put into media/);
    fs.rmSync(folder, { recursive: true });
  });

  it("keeps it up until Ctrl-C, drops in another video, and looks at what there is", async () => {
    const folder = copyOfExample();
    const up = tandem(["up"], { cwd: folder, env: hostMode });
    await up.prints(/^bucket media: .*\n/m);
    const media = /^bucket media: (\S+)/m.exec(up.output)?.[1] ?? "";
    fs.copyFileSync(video, path.join(folder, media, "dropped_00-01.mp4"));
    await up.prints(/\*\*\* New thumbnail: dropped_00-01\.jpg/);
    const run = async (...args: string[]) => tandem(args, { cwd: folder }).ended;
    expect((await run("ls")).output).to.match(/bucket +media[\s\S]*task +ffmpeg[\s\S]*function +onNewVideo/);
    expect((await run("ls", "media")).output).to.match(/dropped_00-01\.jpg/);
    expect((await run("get", "media", "dropped_00-01.jpg", "got.jpg")).code).to.equal(0);
    expect(shownSecond(path.join(folder, "got.jpg"), video).second).to.equal(1);
    expect((await run("logs", "onNewThumbnail")).output).to.include("*** New thumbnail: dropped_00-01.jpg");
    expect((await run("put", "media", "nothing.mp4")).code).to.equal(2);
    expect((await run("ls", "meda")).output).to.match(/did you mean media\?/);
    up.child.kill("SIGINT");
    expect((await up.ended).code).to.equal(130);
    const again = await run("ls");
    expect([again.code, again.output]).to.satisfy(
      ([code, output]: [number, string]) => code === 2 && /is not up/.test(output),
    );
    fs.rmSync(folder, { recursive: true });
  });

  it("loses nothing when the engine is killed: the stack comes up again with its objects, and the lock is free", async () => {
    const folder = copyOfExample();
    const first = tandem(["up"], { cwd: folder, env: hostMode });
    await first.prints(/^ready in/m);
    const put = await tandem(["put", "media", path.join(repository, "package.json"), "kept.json"], { cwd: folder })
      .ended;
    expect(put.code, put.output).to.equal(0);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = tandem(["up"], { cwd: folder, env: hostMode });
    await second.prints(/^ready in/m);
    expect(/127\.0\.0\.1:(\d+)/.exec(second.output)?.[1]).to.equal(/127\.0\.0\.1:(\d+)/.exec(first.output)?.[1]);
    const got = await tandem(["get", "media", "kept.json", "-"], { cwd: folder }).ended;
    expect(got.output).to.equal(fs.readFileSync(path.join(repository, "package.json"), "utf8"));
    second.child.kill("SIGTERM");
    await second.ended;
    fs.rmSync(folder, { recursive: true });
  });

  it("prints one JSON object a line when asked", async () => {
    const { code, output } = await tandem(["up", "--json", "--once", "--put", `media=${video}`], { env: hostMode })
      .ended;
    expect(code, output).to.equal(0);
    const types = output
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).to.include.members([
      "program",
      "resource",
      "ready",
      "up",
      "event",
      "invocation",
      "task",
      "log",
      "end",
    ]);
  });

  it("is told what was wrong when used wrongly, with 2 as the exit code", async () => {
    const wrong = async (...args: string[]) => tandem(args, { cwd: path.join(repository, "docs") }).ended;
    for (const [args, words] of [
      [["up"], /ERR_PROJECT_MISSING/],
      [["up", "--port", "abc"], /whole number from 1 to 65535/],
      [["up", "--onse"], /unknown option '--onse'[\s\S]*--once/],
      [["upp"], /unknown command 'upp'[\s\S]*up/],
      [["ls"], /ERR_PROJECT_MISSING/],
    ] as const) {
      const { code, output } = await wrong(...args);
      expect(code, output).to.equal(2);
      expect(output).to.match(words);
    }
    expect((await wrong("--help")).code).to.equal(0);
  });
});
