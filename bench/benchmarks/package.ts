import * as fs from "node:fs";
import * as path from "node:path";
import type { Benchmark } from "../benchmark";
import { BenchProject } from "../project";
import { RunningUp } from "../running-up";

const programs = {
  "a function": `import { Function } from "tandem";
new Function("trivial", async () => "done");
`,
  "a bucket's handler": `import { Bucket } from "tandem";
new Bucket("media").onPut("trivial", async (object) => console.log(object.key));
`,
  "a handler that puts": `import { Bucket } from "tandem";
const thumbnails = new Bucket("thumbnails");
new Bucket("media").onPut("trivial", async (object) => thumbnails.put(object.key, "x"));
`,
};

/** What is uploaded for a small handler. */
export const packages: Benchmark = {
  name: "package",
  about: "the zip of trivial handlers",
  async run() {
    const sizes = [];
    for (const [what, program] of Object.entries(programs)) {
      const project = BenchProject.of(program);
      try {
        const { up } = await RunningUp.start(project);
        await up.stop();
        const folder = path.join(project.folder, ".tandem", ".build");
        const [zip, ...others] = fs.readdirSync(folder).filter((name) => name.endsWith(".zip"));
        if (zip === undefined || others.length > 0) throw new Error(`one package was expected in ${folder}`);
        sizes.push({ what, value: fs.statSync(path.join(folder, zip)).size / 1024, unit: "KiB", target: 10 } as const);
      } finally {
        project.remove();
      }
    }
    return sizes;
  },
};
