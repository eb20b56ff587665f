import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import sinon from "sinon";
import * as ts from "typescript";
import { TandemError } from "../../components";
import { record } from "../../testing";

const root = path.resolve(__dirname, "..", "..");
const page = fs.readFileSync(path.join(root, "docs/handlers.md"), "utf8");

interface Example {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly code: string | undefined;
  /** What the methods of components return. */
  readonly stubs: Readonly<Record<string, unknown>>;
  readonly calls: readonly { readonly handler: string; readonly event: unknown; readonly result: unknown }[];
}

const examples = page.split(/^## /m).flatMap((section) => {
  const [title = ""] = section.split("\n");
  return [...section.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text = ""], index) =>
    exampleOf(`${title.toLowerCase()} (${index + 1})`, text),
  );
});

function exampleOf(title: string, text: string): Example {
  const files: Record<string, string> = {};
  let file = "index.ts";
  for (const line of text.split("\n")) {
    const [, name] = /^\/\/ ([\w-]+\.ts)$/.exec(line) ?? [];
    if (name === undefined) files[file] = `${files[file] ?? ""}${line.replace('"tandem"', '"../../../components"')}\n`;
    else file = name;
  }
  return {
    title,
    files,
    code: /^\/\/ (ERR_\w+)$/m.exec(text)?.[1],
    stubs: Object.fromEntries(
      [...text.matchAll(/^\/\/ (\w+\.\w+) returns (.*)$/gm)].map(([, method = "", value]) => [method, parsed(value)]),
    ),
    calls: [...text.matchAll(/^\/\/ (\w+)\((.*)\) → (.*)$/gm)].map(([, handler = "", event, result]) => ({
      handler,
      event: parsed(event),
      result: parsed(result),
    })),
  };
}

function parsed(text: string | undefined): unknown {
  return text === undefined || text === "" ? undefined : (JSON.parse(text) as unknown);
}

describe("docs/handlers.md", () => {
  let folder: string;

  before(() => {
    fs.mkdirSync(path.join(root, ".tandem", "handlers"), { recursive: true });
    process.env.STAGE = "test";
  });
  after(() => Reflect.deleteProperty(process.env, "STAGE"));
  beforeEach(() => (folder = fs.mkdtempSync(path.join(root, ".tandem", "handlers", "example-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const write = (files: Readonly<Record<string, string>>, to: string): void => {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(to, name), text);
  };

  for (const { title, files, code, stubs, calls } of examples) {
    it(`says what the program does under ${title}`, async () => {
      expect(code ?? calls[0], "what it is to do").to.be.ok;
      write({ ...files, "greeting.txt": "hello\n" }, folder);
      const app = await record(() => import(path.join(folder, "index.ts")), {
        project: "page",
        config: { greeting: "hello" },
      }).catch((error: unknown) => error as Error);
      if (code !== undefined) {
        expect((app as TandemError).code, String(app)).to.equal(code);
        return;
      }
      if (app instanceof Error) throw app;
      for (const { handler, event, result } of calls) {
        const stubbed = Object.entries(stubs).map(([method, value]) => [method, sinon.stub().resolves(value)]);
        expect(await app.invoke(handler, event, Object.fromEntries(stubbed))).to.deep.equal(result);
      }
    }).timeout(30_000); // The heap is asked for "this".
  }

  it("has programs that strict TypeScript compiles", () => {
    const roots = examples.map(({ files }, index) => {
      const own = fs.mkdtempSync(path.join(root, ".tandem", "handlers", `compiled-${index}-`));
      write(files, own);
      return own;
    });
    try {
      const { options } = ts.parseJsonConfigFileContent(
        { extends: path.join(root, "tsconfig.json"), compilerOptions: { incremental: false, tsBuildInfoFile: null } },
        ts.sys,
        root,
      );
      const program = ts.createProgram(
        roots.map((own) => path.join(own, "index.ts")),
        options,
      );
      const problems = roots
        .flatMap((own) => fs.readdirSync(own).map((name) => program.getSourceFile(path.join(own, name))))
        .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
      expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).to.be.empty;
    } finally {
      for (const own of roots) fs.rmSync(own, { recursive: true, force: true });
    }
  }).timeout(60_000);
});
