import type { TimedEngineEvent } from "../../engine/services/engine-events";
import type { Benchmark } from "../benchmark";
import { median } from "../measure";
import { BenchProject } from "../project";
import { RunningUp } from "../running-up";

const components = 1000;
const runs = 3;

const program = `import { Bucket } from "tandem";

for (let index = 0; index < ${components}; index++) new Bucket(\`bucket-\${index}\`);
`;

/** A large program: how fast it is recorded, and brought up. */
export const record: Benchmark = {
  name: "record",
  about: `a program of ${components} Buckets without handlers: its recording, and all of tandem up`,
  async run() {
    const project = BenchProject.of(program);
    try {
      const recorded: number[] = [];
      const ready: number[] = [];
      let resources = 0;
      // The first run fills the caches.
      for (let run = 0; run <= runs; run++) {
        project.forget();
        const events: TimedEngineEvent[] = [];
        const { up, milliseconds } = await RunningUp.start(project, (event) => events.push(event));
        await up.stop();
        if (run === 0) continue;
        resources = events.filter((event) => event.type === "resource" && event.status === "created").length;
        const program = events.find((event) => event.type === "program" && event.status === "recorded");
        recorded.push(program?.type === "program" ? (program.milliseconds ?? NaN) : NaN);
        ready.push(milliseconds);
      }
      return [
        { what: "recording", value: median(recorded), unit: "ms" },
        { what: `resources recorded, of ${resources}`, value: resources / (median(recorded) / 1000), unit: "/s" },
        { what: "tandem up to ready", value: median(ready), unit: "ms" },
      ];
    } finally {
      project.remove();
    }
  },
};
