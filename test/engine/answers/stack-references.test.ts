import { expect } from "chai";
import fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as sinon from "sinon";
import { referencedOutputs } from "../../../engine/answers/stack-references";
import { EngineError } from "../../../engine/errors";
import { readProject } from "../../../engine/monitor/project";

describe("the search for another stack's project", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-references-"));
    for (const name of ["app", "network"]) {
      fs.mkdirSync(path.join(root, name));
      fs.writeFileSync(path.join(root, name, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
    }
    fs.mkdirSync(path.join(root, ".git"));
    fs.mkdirSync(path.join(root, "database"));
  });
  afterEach(() => {
    sinon.restore();
    fs.rmSync(root, { recursive: true, force: true });
  });

  it("passes over folders that cannot be read", () => {
    // Whoever runs the tests as root may read all folders.
    const read = sinon.stub(fs, "readdirSync").callThrough();
    const refused = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    for (const name of ["app", "database"]) read.withArgs(path.join(root, name)).throws(refused);
    const project = readProject(path.join(root, "app"), "dev");
    expect(() => referencedOutputs("acme/network/dev", project))
      .to.throw(EngineError)
      .with.property("summary")
      .that.includes("that stack has never been up on this machine");
  });
});
