import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import { record } from "../../testing";

const root = path.resolve(__dirname, "../..");
const page = fs.readFileSync(path.join(root, "docs", "handlers.md"), "utf8");
const examples = [...page.matchAll(/```ts\n([^]*?)\/\/ → (.*)\n```/g)].map(([, code = "", result = ""]) => ({
  code,
  result,
}));

describe("docs/handlers.md", () => {
  let folder: string;
  before(() => {
    fs.mkdirSync(path.join(root, ".tandem"), { recursive: true });
    folder = fs.mkdtempSync(path.join(root, ".tandem", "handlers-"));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const written = (code: string, index: number): string => {
    const file = path.join(folder, `example${index}.ts`);
    fs.writeFileSync(
      file,
      `import { Bucket, Function } from "../../components";\n${code}\nexport const kinds = [Bucket, Function];\n`,
    );
    return file;
  };

  it("has an example in each of its sections on what works", () => {
    expect(examples).to.have.length.of.at.least(7);
  });

  it("has examples that compile", function () {
    this.timeout(30_000);
    const files = examples.map(({ code }, index) => written(code, index));
    const program = ts.createProgram(files, {
      ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"], esModuleInterop: true },
      ...{
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
      },
    });
    const messages = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
    expect(messages.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).to.be.empty;
  });

  for (const [index, { code, result }] of examples.entries()) {
    it(`says what its example ${index + 1} returns`, async () => {
      const file = written(code, index);
      const app = await record(() => import(file), { project: "tandem" });
      expect(await app.invoke("h", {})).to.deep.equal(JSON.parse(result));
    });
  }
});
