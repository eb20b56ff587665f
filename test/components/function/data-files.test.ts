import { expect } from "chai";
import { unzipSync } from "fflate";
import * as fs from "node:fs";
import * as path from "node:path";
import { codeWithData } from "../../../components/function/packaging/data-files";
import { Function, TandemError } from "../../../components";
import { record } from "../../../testing";
import { unpack } from "./run-package";

describe("code that reads files beside itself", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(fs.realpathSync("."), ".tandem", "data-"));
    const write = (name: string, text: string): void => {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    };
    write("page.html", "<b>page</b>");
    write("sql/one.sql", "select 1");
    write("sql/code.js", "");
    write("node_modules/reads/package.json", '{ "name": "reads", "main": "index.js" }');
    write("node_modules/reads/data/list.txt", "a b");
    write(
      "node_modules/reads/index.js",
      `"use strict";const fs=require("fs"),path=require("path");exports.list=()=>fs.readFileSync(path.join(__dirname,"data","list.txt"),"utf8");`,
    );
    write(
      "program.js",
      `const { list } = require("reads"); const fs = require("fs");
exports.handler = async () => [list(), fs.readFileSync(__dirname + "/page.html", "utf8"), fs.readFileSync(\`\${__dirname}/sql/one.sql\`, "utf8")];`,
    );
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const found = (text: string): string[] => [
    ...(codeWithData(text, path.join(folder, "a.js"), "own/a.js")?.files.keys() ?? []),
  ];

  it("is seen by its paths, in every form that names a file", () => {
    expect(found('readFileSync(path.join(__dirname, "sql", "one.sql"))')).to.deep.equal(["own/sql/one.sql"]);
    expect(found("resolve(__dirname, './page.html')")).to.deep.equal(["own/page.html"]);
    expect(found('__dirname + "/page.html"')).to.deep.equal(["own/page.html"]);
    expect(found("`${__dirname}/page.html`")).to.deep.equal(["own/page.html"]);
    expect(found('new URL("./page.html", import.meta.url)')).to.deep.equal(["own/page.html"]);
    expect(found('path.join(__dirname, "sql")'), "a folder, without its code").to.deep.equal(["own/sql/one.sql"]);
  });

  it("is left as it is where no such file exists, or it lies outside the package", () => {
    expect(found('path.join(__dirname, "none.txt")')).to.be.empty;
    expect(found('path.join(__dirname, "..", "..", "package.json")')).to.be.empty;
    expect(found("path.join(__dirname, name)")).to.be.empty;
  });

  it("finds what it is told to copy at its place", async () => {
    const app = await record(() => {
      new Function("read", async () => "", { bundle: { copy: ["./docs/adr"] } });
    });
    const { path: zip = "" } = app.component("aws:lambda/function:Function", "read").inputs.code as { path?: string };
    expect(Object.keys(unzipSync(fs.readFileSync(zip)))).to.include.members([
      "index.js",
      "docs/adr/0001-record-then-apply.md",
    ]);
  });

  it("is refused what is not there, or not the project's", async () => {
    const refused = (bundle: object): string => {
      try {
        new Function("read", async () => "", { bundle });
      } catch (error) {
        return String(error);
      }
      return "";
    };
    expect(refused({ copy: ["./none"] }))
      .to.include("a path that does not exist")
      .and.include('"./none"');
    expect(refused({ copy: ["../outside"] })).to.include("a path outside the project");
    expect(refused({ copies: [] })).to.include("something other than copy");
  });

  it("finds its files in the package", async () => {
    const { handler } = (await import(path.join(folder, "program.js"))) as { handler: () => Promise<unknown> };
    const { files, bytes } = await unpack(handler);
    const inside = path.relative(process.cwd(), folder);
    expect([...files].sort()).to.deep.equal(
      [`${inside}/page.html`, `${inside}/sql/one.sql`, "index.js", "reads/data/list.txt"].sort(),
    );
    const target = path.join(folder, "unpacked");
    for (const [name, content] of Object.entries(unzipSync(bytes))) {
      fs.mkdirSync(path.dirname(path.join(target, name)), { recursive: true });
      fs.writeFileSync(path.join(target, name === "index.js" ? "index.cjs" : name), content);
    }
    const packaged = (await import(path.join(target, "index.cjs"))) as { handle: () => Promise<unknown> };
    expect(await packaged.handle()).to.deep.equal(["a b", "<b>page</b>", "select 1"]);
  });

  it("is refused native code, by the package that the program knows and the one that has it", async () => {
    const write = (name: string, text: string): void => {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    };
    write("node_modules/image/package.json", '{ "name": "image", "main": "index.js" }');
    write("node_modules/image/index.js", 'exports.resize = () => require("@img/image-linux/image.node");');
    write("node_modules/@img/image-linux/image.node", "native");
    write("images.js", 'const { resize } = require("image"); exports.handler = async () => resize();');
    const { handler } = (await import(path.join(folder, "images.js"))) as { handler: () => Promise<unknown> };
    const error: unknown = await unpack(handler).catch((thrown: unknown) => thrown);
    expect((error as TandemError).problems[0]).to.include({
      code: "ERR_BUNDLE_NATIVE_ADDON",
      got: "image, in @img/image-linux",
    });
  });
});
