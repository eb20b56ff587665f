import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { zipSync } from "fflate";
import { PackageStore } from "../../../../engine/services/functions/package-store";

describe("the store of unpacked packages", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-packages-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("links the SDK's clients of a project, without links that lead nowhere", async () => {
    const scope = path.join(folder, "project", "node_modules", "@aws-sdk");
    fs.mkdirSync(path.join(scope, "client-s3"), { recursive: true });
    fs.symlinkSync(path.join(folder, "nowhere"), path.join(scope, "client-sqs"), "dir");
    const zipFile = path.join(folder, "code.zip");
    fs.writeFileSync(zipFile, zipSync({ "index.js": Buffer.from("exports.handler = async () => 1;") }));
    const store = new PackageStore(path.join(folder, "code"), [path.dirname(scope)], folder);
    const { root } = await store.acquire(zipFile);
    expect(fs.readdirSync(path.join(root, "..", "node_modules", "@aws-sdk"))).to.deep.equal(["client-s3"]);
  });
});
