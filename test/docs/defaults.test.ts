import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { documentedDefaults } from "./documented-defaults";

const page = fs.readFileSync(path.resolve(__dirname, "../../docs/defaults.md"), "utf8");

/** The page's tables by their heading, and the interface whose defaults each shows. */
const tables: Readonly<Record<string, readonly [file: string, interfaceName: string]>> = {
  Bucket: ["components/bucket/bucket.args.ts", "BucketArgs"],
  "Bucket: cors": ["components/bucket/bucket.args.ts", "BucketCors"],
  Task: ["components/task/task.args.ts", "TaskArgs"],
  Queue: ["components/queue/queue.args.ts", "QueueArgs"],
  "Queue: deadLetters": ["components/queue/dead-letters.args.ts", "DeadLetterArgs"],
  "Queue: handlers": ["components/queue/queue.args.ts", "BatchArgs"],
  Api: ["components/api/api.args.ts", "ApiArgs"],
  "Api: cors": ["components/api/api.args.ts", "ApiCors"],
  "Api: routes": ["components/api/route.args.ts", "RouteArgs"],
  "Api: static": ["components/api/static-files.ts", "StaticArgs"],
  Functions: ["components/function/function.args.ts", "FunctionArgs"],
};

describe("docs/defaults.md", () => {
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section): [string, string] => [section.slice(0, section.indexOf("\n")), section]),
  );

  it("has a table for each component", () => {
    expect([...sections.keys()]).to.deep.equal(Object.keys(tables));
  });

  for (const [heading, [file, name]] of Object.entries(tables)) {
    it(`shows the defaults of ${name} as its docstrings do`, () => {
      const rows = [...(sections.get(heading) ?? "").matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)];
      const shown = rows.map(([, argument, defaultValue, summary]) => ({ name: argument, summary, defaultValue }));
      expect(shown).to.deep.equal(documentedDefaults(file, name));
    });
  }
});
