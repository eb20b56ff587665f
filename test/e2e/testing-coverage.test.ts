import { originalPositionFor, TraceMap, type EncodedSourceMap } from "@jridgewell/trace-mapping";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(__dirname, "..", "..");

/** What Node writes with NODE_V8_COVERAGE (https://nodejs.org/api/cli.html#node_v8_coveragedir). */
interface Coverage {
  readonly result: readonly { readonly url: string }[];
  readonly "source-map-cache": Readonly<Record<string, { readonly data: EncodedSourceMap }>>;
}

describe("coverage of a handler that a test invokes", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-coverage-"));
  after(() => fs.rmSync(folder, { recursive: true }));

  it("is that of the program's own file", () => {
    execFileSync(
      process.execPath,
      [
        require.resolve("mocha/bin/mocha.js"),
        ...[
          "--require",
          path.join(root, "dist/engine/monitor/register.js"),
          "--no-config",
          "--extension",
          "ts",
          "test/thumbnailer.test.ts",
        ],
        ...["--grep", "the first picture"],
      ],
      { cwd: path.join(root, "examples/video-thumbnailer"), env: { ...process.env, NODE_V8_COVERAGE: folder } },
    );
    const written = fs.readdirSync(folder).map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")));
    const found = (written as Coverage[]).flatMap((coverage) =>
      coverage.result
        .filter(({ url }) => /onNewVideo-\w+\.cjs$/.test(url))
        .map(({ url }) => coverage["source-map-cache"][url]?.data),
    );
    const [map] = found;
    if (map === undefined) return expect.fail("there is no source map for the handler");
    const source = path.join(root, "examples/video-thumbnailer/index.ts");
    const trace = new TraceMap(map);
    expect(trace.sources.map((url) => fileURLToPath(url ?? ""))).to.deep.equal([source]);
    const lines = new Set<number>();
    // Minified: what counts is in few lines, each of many columns.
    for (let line = 1; line <= 20; line++) {
      for (let column = 0; column < 20_000; column++) {
        const original = originalPositionFor(trace, { line, column }).line;
        if (original !== null) lines.add(original);
      }
    }
    const text = fs.readFileSync(source, "utf8").split("\n");
    const shown = [...lines].map((line) => text[line - 1] ?? "").join("\n");
    expect(shown).to.include("await ffmpeg.run").and.include("OUTPUT_FILE");
  });
});
