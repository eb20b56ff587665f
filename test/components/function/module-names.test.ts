import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { portableNames } from "../../../components/function/packaging/module-names";

describe("the names of modules in a bundle", () => {
  let root: string;

  before(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-names-"));
    fs.mkdirSync(path.join(root, "linked", "lib"), { recursive: true });
    fs.writeFileSync(path.join(root, "linked", "package.json"), JSON.stringify({ name: "@our/linked" }));
  });

  after(() => fs.rmSync(root, { recursive: true }));

  const nameOf = (file: string): string | undefined =>
    /\{"(.*)"\(/.exec(portableNames(`var a=__commonJS({"${file}"(exports){}});`, path.join(root, "app")).code)?.[1];

  it("are those of their packages, wherever these are", () => {
    expect(nameOf("node_modules/zod/index.cjs")).to.equal("zod/index.cjs");
    expect(nameOf("../../node_modules/zod/index.cjs")).to.equal("zod/index.cjs");
    expect(nameOf("../store/zod@4.0.0_a1b2/node_modules/zod/index.cjs")).to.equal("zod/index.cjs");
    expect(nameOf("node_modules/a/node_modules/@b/c/d.js")).to.equal("@b/c/d.js");
    expect(nameOf("../linked/lib/x.js")).to.equal("@our/linked/lib/x.js");
    // As esbuild names what has no path from the project on.
    expect(nameOf(path.join(root, "linked", "lib", "x.js").replaceAll("\\", "/"))).to.equal("@our/linked/lib/x.js");
  });

  it("are paths for the project's own files, and for what belongs to no package", () => {
    expect(nameOf("scene/read-scene.ts")).to.equal("scene/read-scene.ts");
    expect(nameOf("../plain/x.js")).to.equal("../plain/x.js");
  });

  it("move what follows in their line, and nothing else", () => {
    const line = 'var a=__commonJS({"../linked/x.js"(e){}}),b=__esm({"node_modules/y/y.js"(){}});last()';
    const { code, columnOf } = portableNames(`first()\n${line}`, path.join(root, "app"));
    const [first, second = ""] = code.split("\n");
    expect(first).to.equal("first()");
    expect(second.slice(columnOf(2, line.indexOf("last")))).to.equal("last()");
    expect(second.slice(columnOf(2, line.indexOf("b=")))).to.match(/^b=__esm\(\{"y\/y\.js"/);
    expect(columnOf(2, 3)).to.equal(3);
    expect(columnOf(1, 3)).to.equal(3);
  });
});
