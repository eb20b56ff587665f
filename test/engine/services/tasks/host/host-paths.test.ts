import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { mapPaths } from "../../../../../engine/services/tasks/host/host-paths";

describe("Paths of a container", () => {
  let root: string;
  before(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-paths-"));
    fs.mkdirSync(path.join(root, "app"));
    for (const name of ["main.js", "a b"]) fs.writeFileSync(path.join(root, "app", name), "");
  });
  after(() => fs.rmSync(root, { recursive: true }));

  for (const [text, expected] of [
    ["/app/main.js", "ROOT/app/main.js"],
    ["/app/a b", "ROOT/app/a b"],
    ["/app/none.js", "/app/none.js"],
    ["--config=/app/main.js", "--config=ROOT/app/main.js"],
    ["/app:/usr/bin", "ROOT/app:/usr/bin"],
    ["node /app/main.js && echo '/app'", "node ROOT/app/main.js && echo 'ROOT/app'"],
    ["http://127.0.0.1:4566/app", "http://127.0.0.1:4566/app"],
    ["relative/app", "relative/app"],
    ["/", "/"],
    ["/../../etc/passwd", "/../../etc/passwd"],
  ] as const)
    it(`are found in ${text}`, () => expect(mapPaths(text, root).replaceAll(root, "ROOT")).to.equal(expected));
});
