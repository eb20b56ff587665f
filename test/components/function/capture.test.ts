import { S3Client } from "@aws-sdk/client-s3";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { strFromU8, zipSync } from "fflate";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { HttpError, TandemError } from "../../../components";
import { greet } from "./captured";
import { unpack } from "./run-package";

const settings = { list: [1, 2, 3], nested: { deep: "value" } };
const double = (value: number): number => value * 2;

class Counter {
  public constructor(protected count: number) {}
  public next(): number {
    return ++this.count;
  }
}
class StepCounter extends Counter {
  public constructor(count: number) {
    super(count);
  }
  public override next(): number {
    return super.next() + 10;
  }
}

class CodedError extends RangeError {
  public constructor(
    message: string,
    public readonly code: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CodedError";
  }
}
class DeepError extends CodedError {
  public constructor(message: string) {
    super(message, 1);
  }
}

describe("a handler's package", () => {
  it("works with captured data, sibling functions, classes and modules of the project", async () => {
    const { invoke } = await unpack(async (event: { by: number }) => ({
      sum: settings.list.reduce((a, b) => a + b) * double(event.by),
      greeting: greet("you"),
      count: new StepCounter(event.by).next(),
    }));
    expect(await invoke({ by: 3 })).to.deep.equal({ sum: 36, greeting: "hello you", count: 14 });
  });

  it("works with generators, async generators, regular expressions, BigInt and built-in modules", async () => {
    const pattern = /(\d+)/g;
    const big = 2n ** 70n;
    function* count() {
      yield 1;
      yield 2;
    }
    const { invoke } = await unpack(async () => {
      const seen: number[] = [];
      for await (const value of (async function* () {
        yield* count();
      })()) {
        seen.push(value);
      }
      return { seen, digits: "a1b22".match(pattern), big: String(big), eol: os.EOL };
    });
    expect(await invoke()).to.deep.equal({ seen: [1, 2], digits: ["1", "22"], big: String(2n ** 70n), eol: os.EOL });
  });

  it("throws captured classes of errors with message, cause and stack, and as errors", async () => {
    const { invoke } = await unpack(async (how: string) => {
      try {
        throw how === "deep" ? new DeepError("deep down") : new CodedError("too wide", 7, { cause: "the lens" });
      } catch (error) {
        const { message, name, cause, stack, code } = error as CodedError;
        return {
          message,
          name,
          cause,
          code,
          isError: error instanceof Error,
          isCoded: error instanceof CodedError,
          stack,
        };
      }
    });
    const coded = { message: "too wide", name: "CodedError", cause: "the lens", code: 7, isError: true, isCoded: true };
    expect(await invoke("coded")).to.deep.include(coded);
    expect(await invoke("coded"))
      .to.have.property("stack")
      .that.includes("too wide");
    expect(await invoke("deep")).to.deep.include({ message: "deep down", code: 1, isError: true, isCoded: true });
  });

  it("imports files of the project while it runs, relative to where it was written", async () => {
    const { invoke } = await unpack(async () => {
      const { greet: imported } = await import("./captured.js");
      return imported("you");
    });
    expect(await invoke()).to.equal("hello you");
  });

  it("throws errors that the library gives to handlers, without the rest of the library", async () => {
    const { invoke, code } = await unpack(async (status: number): Promise<void> => {
      throw new HttpError(status, "no such scene");
    });
    const error: unknown = await invoke(404).catch((thrown: unknown) => thrown);
    expect(error).to.include({ name: "HttpError", status: 404, message: "no such scene" });
    expect(code).not.to.include("pulumi");
  });

  it("works with captured Outputs, which answer get()", async () => {
    const address = pulumi.output(Promise.resolve("https://example.com"));
    const { invoke } = await unpack(async () => address.get());
    expect(await invoke()).to.equal("https://example.com");
  });

  it("carries npm packages with it, and nothing that is not used", async () => {
    const { invoke, files } = await unpack(
      async () => Object.keys(zipSync({ a: new Uint8Array([1]) })).length > 0 && strFromU8(new Uint8Array([104, 105])),
    );
    expect(await invoke()).to.equal("hi");
    expect(files).to.deep.equal(["index.js"]);
  });

  it("leaves the AWS SDK to Lambda's runtime", async () => {
    const { code } = await unpack(async () => new S3Client({}).config.region);
    expect(code).to.include('require("@aws-sdk/client-s3")');
    expect(code.length).to.be.below(10 * 1024);
  });

  it("is one file under 10 KiB for a trivial handler, whatever the project depends on", async () => {
    const { files, code } = await unpack(async () => "ok");
    expect(files).to.deep.equal(["index.js"]);
    expect(code.length).to.be.below(10 * 1024);
  });

  it("has the same bytes every time", async () => {
    const handler = async (): Promise<string> => greet("again");
    const [first, second] = [await unpack(handler), await unpack(handler)];
    expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).to.equal(true);
    expect(first.code).not.to.include(process.cwd());
  });

  it("takes a file handler through the same bundler", async () => {
    const { invoke } = await unpack("./test/components/function/resize.handler");
    expect(await invoke({ name: "file" })).to.deep.equal({ text: "hello file", function: "test" });
  });

  it("names the line of the user's source in a stack trace: counted from the handler's, and on this machine from the file's", async () => {
    const line = Number(/capture\.test\.ts:(\d+)/.exec(new Error().stack ?? "")?.[1]);
    const { code, map } = await unpack(async () => {
      const value: unknown = undefined;
      throw new Error(`failed with ${String(value)}`); // three lines below the one that `line` was taken on
    });
    const { TraceMap, originalPositionFor } = await import("@jridgewell/trace-mapping");
    const lines = code.split("\n");
    const at = lines.findIndex((text) => text.includes("failed with"));
    const needle = { line: at + 1, column: (lines[at] ?? "").indexOf("throw new Error(`failed") };
    const deployed = Buffer.from(/base64,(\S+)/.exec(code)?.[1] ?? "", "base64").toString();
    expect(originalPositionFor(new TraceMap(deployed), needle)).to.include({
      source: "test/components/function/capture.test.ts@handler",
      line: 3,
    });
    expect(originalPositionFor(new TraceMap(map ?? ""), needle)).to.include({
      source: "test/components/function/capture.test.ts",
      line: line + 3,
    });
  });

  it("has the same bytes wherever it stands in its file, and whatever stands above", async () => {
    const folder = fs.mkdtempSync(path.join(__dirname, ".moved-"));
    try {
      const write = (name: string, text: string): string => {
        fs.writeFileSync(path.join(folder, name), text);
        return path.join(folder, name);
      };
      const closure = "exports.handler = async () => {\n  throw new Error('no luck');\n};\n";
      const helper = "\nexport const help = (): string => {\n  return 'help';\n};\n";
      const file = 'import { help } from "./helper";\nexport const handler = async () => help();\n';
      const packaged = async (above: string): Promise<Buffer[]> => {
        const module = write("program.js", above + closure);
        write("helper.ts", above + helper);
        write("file.ts", above + file);
        Reflect.deleteProperty(require.cache, module);
        const { handler } = require(module) as { handler: () => Promise<unknown> };
        const relative = path.relative(process.cwd(), path.join(folder, "file"));
        const both = [await unpack(handler), await unpack(`./${relative}.handler`)];
        return both.map(({ bytes }) => Buffer.from(bytes));
      };
      const before = await packaged("");
      const after = await packaged("// A line\n// and another one.\n\n");
      expect(after.map((bytes, index) => bytes.equals(before[index] ?? Buffer.alloc(0)))).to.deep.equal([true, true]);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a handler that captures what cannot be carried", () => {
  const refuses = async (
    handler: () => unknown,
    code: string,
    variable: string | undefined,
    words: RegExp,
  ): Promise<void> => {
    let error: unknown;
    try {
      await unpack(handler);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.be.instanceOf(TandemError);
    const problem = (error as TandemError).problems[0];
    expect(problem?.code).to.equal(code);
    expect(problem?.got).to.equal(variable);
    expect(problem?.message).to.match(/^handler "test" \(test\/components\/function\/capture\.test\.ts:\d+:\d+\)/);
    expect(`${problem?.message}\n${problem?.fix}`).to.match(words);
  };

  // Parameters: what is made in the function itself is made again by its source.
  const handlerOf = (value: unknown) => () => value;
  const cases: [name: string, value: unknown, words: RegExp][] = [
    ["WeakMap", new WeakMap(), /a WeakMap.*create the WeakMap inside the handler/s],
    ["generator", (function* () {})(), /a generator that was started/],
    ["Promise that is pending", new Promise(() => undefined), /a Promise that is not resolved/],
    ["Proxy", new Proxy({}, {}), /a Proxy/],
  ];
  for (const [name, value, words] of cases) {
    it(`refuses a ${name}, naming the variable`, async () => {
      await refuses(handlerOf(value), "ERR_CAPTURE_VALUE", "value", words);
      await refuses(handlerOf({ inside: { list: [value] } }), "ERR_CAPTURE_VALUE", "value.inside.list[0]", words);
    });
  }

  it("refuses an object with private members that a function was given", async () => {
    class Hidden {
      readonly #secret = 1;
      public read(): number {
        return this.#secret;
      }
    }
    await refuses(handlerOf(new Hidden()), "ERR_CAPTURE_CLASS", "value", /the class Hidden.*new Hidden/s);
    await refuses(handlerOf(new S3Client({})), "ERR_CAPTURE_CLASS", "value", /the class S3Client/);
  });

  it("names everything that it refuses at once", async () => {
    const [first, second] = [new WeakMap(), new WeakSet()];
    const make = (one: object, other: object) => () => [one, other];
    const error: unknown = await unpack(make(first, second)).catch((thrown: unknown) => thrown);
    expect((error as TandemError).problems.map(({ got }) => got)).to.deep.equal(["one", "other"]);
  });

  it("refuses a whole resource, and takes its outputs and methods", async () => {
    await pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) });
    const component = new pulumi.ComponentResource("test:index:Thing", "thing");
    const helper = (thing: pulumi.Resource): string => String(thing);
    await refuses(() => helper(component), "ERR_CAPTURE_RESOURCE", "component", /test:index:Thing/);
  });

  it("refuses a secret", async () => {
    const token = pulumi.secret("hush");
    await refuses(() => token.get(), "ERR_CAPTURE_SECRET", "token", /environment/);
  });

  it("refuses Pulumi itself, and what an Output does while deploying only", async () => {
    await refuses(() => pulumi.getStack(), "ERR_CAPTURE_FAILED", "pulumi", /@pulumi\/pulumi.*outside the handler/s);
    const address = pulumi.output("a");
    await refuses(() => address.apply(String), "ERR_CAPTURE_VALUE", "address", /apply of an Output.*\.get\(\)/s);
  });

  it("refuses the parts of import.meta that packages do not have", async () => {
    const { resolver } = await import("./es-module.mjs");
    const error: unknown = await unpack(resolver).catch((thrown: unknown) => thrown);
    expect((error as TandemError).problems[0]).to.include({
      code: "ERR_CAPTURE_IMPORT_META",
      got: "import.meta.resolve",
    });
  });

  it("refuses a native function that no module exports", async () => {
    const make = (format: (value: number) => string) => () => format(1);
    await refuses(make(new Intl.NumberFormat("en").format), "ERR_CAPTURE_VALUE", "format", /native code/);
  });

  it("refuses a file handler whose file or export is missing", async () => {
    const missing = await unpack("./test/nothing.handler").catch((error: unknown) => error);
    expect((missing as TandemError).code).to.equal("ERR_HANDLER_FILE");
    const noFunction = await unpack("./test/components/function/resize.notAFunction").catch((error: unknown) => error);
    expect((noFunction as TandemError).code).to.equal("ERR_BUNDLE_LOAD");
  });

  it("refuses a package that crashes when it is loaded", async () => {
    const crashing = await unpack("./test/components/function/crashing.handler").catch((error: unknown) => error);
    expect((crashing as TandemError).message).to.match(/fails when it is loaded, before any event: no database/);
    expect((crashing as TandemError).problems[0]?.got)
      .to.match(/\(.*[^d]\/test\/components\/function\/crashing\.ts:\d+|at .*crashing\.ts:\d+/)
      .and.not.include(".build");
  });
});
