import { expect } from "chai";
import * as path from "node:path";
import { TemporaryProject } from "../engine/temporary-project";
import { repository, tandem } from "./command";

describe("a project of ES modules", () => {
  it("runs its handlers, with what the file imports, and is told what it cannot capture", async () => {
    // In single quotes, so that it is the built library, as it would be installed.
    const project = new TemporaryProject(
      `import { Bucket } from 'tandem';
import { extname } from "node:path";
new Bucket("media").onPut("hello", async ({ key }) => console.log("got", key));`,
      { "package.json": JSON.stringify({ name: "proj", type: "module", main: "index.ts" }) },
    );
    const args = ["up", "--once", "--put", `media=${path.join(repository, "package.json")}`];
    const fine = await tandem(args, { cwd: project.folder }).ended;
    expect(fine.code, fine.output).to.equal(0);
    expect(fine.output).to.match(/^hello +got package\.json$/m);
    project.edit('"got", key', "extname(key)");
    const imported = await tandem(args, { cwd: project.folder }).ended;
    expect(imported.output).to.match(/^hello +\.json$/m);
    project.edit("extname(key)", "String(Bucket)");
    const refused = await tandem(args, { cwd: project.folder }).ended;
    expect(refused.code).to.equal(1);
    expect(refused.output).to.match(
      /ERR_CAPTURE_FAILED: handler "hello" \(index\.ts:3:\d+\)[\s\S]*Bucket of tandem, which exists while deploying only/,
    );
    project.remove();
  });
});
