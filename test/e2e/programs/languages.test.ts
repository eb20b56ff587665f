import { expect } from "chai";
import { LocalProgram, type ProjectFiles } from "./local-program";

const manifest = (fields: object): string => JSON.stringify({ name: "app", ...fields });
const tsconfig = (compilerOptions: object, others: object = {}): string =>
  JSON.stringify({ ...others, compilerOptions });

describe("a program in any way that Pulumi loads one", () => {
  const cases: Readonly<Record<string, ProjectFiles>> = {
    "JavaScript with exports": {
      "package.json": manifest({ main: "index.js" }),
      "index.js": `const pulumi = require("@pulumi/pulumi"); exports.out = pulumi.output("x").apply((x) => x + "y");`,
    },
    "JavaScript that exports an async function": {
      "package.json": manifest({ main: "src/main.js" }),
      "src/main.js": `module.exports = async () => ({ out: await Promise.resolve("xy") });`,
    },
    "JavaScript in ES modules, with await at its top": {
      "package.json": manifest({ type: "module", main: "index.js" }),
      "index.js": `import { x } from "./x.js"; const y = await Promise.resolve("y"); export const out = x + y;`,
      "x.js": `export const x = "x";`,
    },
    "TypeScript with export =": {
      "index.ts": `import * as pulumi from "@pulumi/pulumi";
        async function program() { return { out: pulumi.interpolate\`x\${"y"}\` }; }
        export = program;`,
    },
    "TypeScript with getters": {
      "index.ts": `class Names { public get out() { return "xy"; } } export const out = new Names().out;`,
    },
    "TypeScript in ES modules, with enums, parameter properties and .js for .ts": {
      "package.json": manifest({ type: "module", main: "index.ts" }),
      "tsconfig.json": tsconfig({ target: "ES2022", module: "nodenext", moduleResolution: "nodenext", strict: true }),
      "index.ts": `import { Letter } from "./letter.ts"; import { Pair } from "./pair.js";
        export const out = await Promise.resolve(new Pair(Letter.X, "y").text);`,
      "letter.ts": `export enum Letter { X = "x" }`,
      "pair.ts": `export class Pair { constructor(private a: string, private b: string) {} get text() { return this.a + this.b; } }`,
    },
    "an entry that package.json exports": {
      "package.json": manifest({ exports: { ".": "./app.js" } }),
      "app.js": `exports.out = "xy";`,
    },
    "an entry that Pulumi.yaml names": {
      "Pulumi.yaml": "name: app\nruntime: nodejs\nmain: infra/\n",
      "infra/package.json": manifest({ main: "index.ts" }),
      "infra/index.ts": `export const out: string = "xy";`,
    },
    "namespace imports where esModuleInterop is off": {
      "tsconfig.json": tsconfig({
        module: "commonjs",
        moduleResolution: "node",
        esModuleInterop: false,
        ignoreDeprecations: "6.0",
      }),
      "index.ts": `import * as path from "path"; export const out = Object.keys(path).includes("default") ? "interop" : "xy";`,
    },
    "default imports where the tsconfig.json that is extended has esModuleInterop": {
      "base.json": tsconfig({ esModuleInterop: true }),
      "tsconfig.json": tsconfig({ module: "commonjs" }, { extends: "./base.json" }),
      "index.ts": `import path from "path"; export const out = path.posix.join("xy");`,
    },
    "a tsconfig.json that Pulumi.yaml names": {
      "Pulumi.yaml": "name: app\nruntime:\n  name: nodejs\n  options:\n    tsconfig: tsconfig.pulumi.json\n",
      "tsconfig.json": tsconfig({ experimentalDecorators: false }),
      "tsconfig.pulumi.json": tsconfig({ experimentalDecorators: true, emitDecoratorMetadata: false }),
      "index.ts": `let seen = ""; function mark(target: object, key: string) { seen = typeof key === "string" ? "x" + key : "new"; }
        class Marked { @mark public y = 1; }
        void Marked; export const out = seen;`,
    },
    "arguments of Node.js in Pulumi.yaml": {
      "Pulumi.yaml": `name: app\nruntime:\n  name: nodejs\n  options:\n    nodeargs: "--require './with space.cjs'"\n`,
      "with space.cjs": `globalThis.out = "xy";`,
      "index.ts": `export const out = (globalThis as unknown as { out: string }).out;`,
    },
    "without TypeScript where Pulumi.yaml turns it off": {
      "Pulumi.yaml": "name: app\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
      "package.json": manifest({ main: "index.js" }),
      "index.js": `exports.out = require.extensions[".ts"]?.name === "load" ? "loaded" : "xy";`,
    },
  };

  for (const [name, files] of Object.entries(cases)) {
    it(`runs: ${name}`, async () => {
      const program = await LocalProgram.up(files);
      try {
        expect(program.outputs).to.deep.equal({ out: "xy" });
      } finally {
        await program.close();
      }
    });
  }

  it("is watched, also in files of ES modules and in folders that are packed", async () => {
    const program = await LocalProgram.up({
      "package.json": manifest({ type: "module", main: "index.ts" }),
      "index.ts": `import { out } from "./other.js"; import * as aws from "@pulumi/aws"; import * as pulumi from "@pulumi/pulumi";
        const bucket = new aws.s3.Bucket("b");
        new aws.s3.BucketObject("o", { bucket, source: new pulumi.asset.FileArchive("./packed") });
        export { out };`,
      "other.ts": `export const out: string = "x";`,
      "packed/a.txt": "a",
    });
    try {
      const { engine, folder } = program;
      expect(engine.files).to.include.members([`${folder}/index.ts`, `${folder}/other.ts`, `${folder}/packed`]);
      expect(engine.isNews(`${folder}/other.ts`)).to.equal(true);
      expect(engine.isNews(`${folder}/packed/a.txt`), "saved without a change").to.equal(false);
      program.write("packed/a.txt", "b");
      expect(engine.isNews(`${folder}/packed/a.txt`)).to.equal(true);
    } finally {
      await program.close();
    }
  });
});
