import { expect } from "chai";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { copyOfExample, example, repository, tandem } from "./command";
import { shownSecond } from "./picture";

const answers = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"]).status === 0;

if (answers || process.env.TANDEM_REQUIRE_DOCKER === "1") {
  describe("the examples with a Docker engine", () => {
    it("render a scene's tiles in containers, with addresses that were signed for them", async () => {
      expect(answers, "TANDEM_REQUIRE_DOCKER is set, but no Docker engine answers").to.equal(true);
      const folder = copyOfExample(path.join(repository, "examples", "ray-tracer"));
      expect(spawnSync(process.execPath, ["scene/pack.mjs"], { cwd: folder }).status).to.equal(0);
      const args = ["up", "--put", "scenes=.tandem/bunny.zip", "--expect", "renders=*/picture.png"];
      const { code, output } = await tandem(args, { cwd: folder }).ended;
      expect(code, output).to.equal(0);
      expect(output.match(/^renderer +started \(in Docker\)$/gm)).to.have.length(12);
      fs.rmSync(folder, { recursive: true });
    });

    it("builds its image and cuts the same frame in a container", async () => {
      expect(answers, "TANDEM_REQUIRE_DOCKER is set, but no Docker engine answers").to.equal(true);
      const folder = copyOfExample();
      const video = path.join(example, "big-buck-bunny_00-03.mp4");
      const args = ["up", "--put", `media=${video}`, "--expect", "media=*.jpg"];
      const { code, output } = await tandem(args, { cwd: folder }).ended;
      expect(code, output).to.equal(0);
      expect(output).to.match(/^ffmpeg +started \(in Docker\)$/m);
      const file = /put big-buck-bunny_00-03\.jpg .* → (\S+\.jpg)/.exec(output)?.[1] ?? "";
      expect(shownSecond(path.resolve(folder, file), video)).to.include({ width: 1280, height: 720, second: 3 });
      // Debian's ffmpeg signs its pictures with another version than the one that host mode uses.
      expect(fs.readFileSync(path.resolve(folder, file)).includes("Lavc59")).to.equal(true);
      fs.rmSync(folder, { recursive: true });
    });
  });
}
