import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import { unpack } from "./run-package";

/** A program with what compilers to older JavaScript write anew. */
const program = {
  "index.ts": `import fs, { existsSync } from "node:fs";
import * as lib from "./lib";
import read, { Counter, next, type Options } from "./lib";
const options: Options = { step: 2 };
class Double extends Counter { #twice = 2; static made = 0; constructor(n: number) { super(n); Double.made++; } override value(): number { return super.value() * this.#twice; } }
const double = new Double(4);
async function* pages() { yield 1; yield* [2, 3]; }
const make = (start: number) => { let count = start; return async (event: number) => {
  const seen: number[] = []; for await (const page of pages()) seen.push(page);
  const { step, ...rest } = { ...options, other: event };
  count += step; next();
  return [seen, count, rest, double.value(), Double.made, Double.name, lib.next(), read?.() ?? "none", existsSync("/"), typeof fs.statSync, [...new Set([1])], 2 ** 3];
}; };
export const handler = make(1);
export const looped = [1, 2].map((n) => async () => n * options.step)[1];
`,
  "lib.ts": `export interface Options { step: number }
let n = 0;
export const next = (): number => ++n;
export class Counter { constructor(protected readonly n: number) {} value(): number { return this.n; } }
export default (): string | undefined => undefined;
`,
};

const compilations: Readonly<Record<string, ts.CompilerOptions>> = {
  "ES5, with downlevel iteration": { target: ts.ScriptTarget.ES5, downlevelIteration: true },
  ES2015: { target: ts.ScriptTarget.ES2015 },
  ES2017: { target: ts.ScriptTarget.ES2017 },
  ES2020: { target: ts.ScriptTarget.ES2020 },
  ES2022: { target: ts.ScriptTarget.ES2022 },
  ESNext: { target: ts.ScriptTarget.ESNext, useDefineForClassFields: true },
};

describe("the package of a program that tsc has compiled", () => {
  let folder: string;
  const packages = new Map<string, { readonly bytes: Buffer; readonly results: unknown }>();
  const call = async (name: string, handler: () => unknown): Promise<void> => {
    const unpacked = await unpack(handler);
    const start = unpacked.start();
    packages.set(name, { bytes: Buffer.from(unpacked.bytes), results: [await start(7), await start(8)] });
  };

  before(async function () {
    this.timeout(30_000);
    fs.mkdirSync(path.resolve(".tandem"), { recursive: true });
    folder = fs.mkdtempSync(path.resolve(".tandem", "compiled-"));
    for (const [name, text] of Object.entries(program)) fs.writeFileSync(path.join(folder, name), text);
    type Compiled = { readonly handler: () => unknown };
    await call("as it is written", ((await import(path.join(folder, "index.ts"))) as Compiled).handler);
    for (const [name, options] of Object.entries(compilations)) {
      for (const isMapped of [true, false]) {
        const out = fs.mkdtempSync(path.join(folder, "out-"));
        for (const [file, text] of Object.entries(program)) {
          const { outputText } = ts.transpileModule(text, {
            fileName: file,
            compilerOptions: {
              ...options,
              module: ts.ModuleKind.CommonJS,
              esModuleInterop: true,
              inlineSourceMap: isMapped,
              ...(isMapped ? { sourceRoot: ".." } : {}),
            },
          });
          fs.writeFileSync(path.join(out, file.replace(".ts", ".js")), outputText);
        }
        const { handler } = require(path.join(out, "index.js")) as Compiled;
        await call(isMapped ? name : `${name} without a map`, handler);
      }
    }
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("does what its source says", () => {
    const all = [[1, 2, 3], 3, { other: 7 }, 8, 1, "Double", 2, "none", true, "function", [1], 8];
    const again = [[1, 2, 3], 5, { other: 8 }, 8, 1, "Double", 4, "none", true, "function", [1], 8];
    expect(packages.get("as it is written")?.results).to.deep.equal([all, again]);
  });

  for (const name of Object.keys(compilations)) {
    it(`does the same for ${name} without a source map, from the compiled code`, () => {
      const [own, written] = [packages.get(`${name} without a map`), packages.get("as it is written")];
      expect(own?.results).to.deep.equal(written?.results);
    });

    it(`has the same bytes for ${name}`, () => {
      const [own, written] = [packages.get(name), packages.get("as it is written")];
      expect(own?.results).to.deep.equal(written?.results);
      expect(own?.bytes.equals(written?.bytes ?? Buffer.alloc(0))).to.equal(true);
    });
  }
});
