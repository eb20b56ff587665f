import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Benchmark } from "../benchmark";
import { median, now, processTree } from "../measure";
import { BenchProject } from "../project";
import { withUp } from "../running-up";

const rate = 100;
const seconds = 10;

const program = `import { Bucket } from "tandem";

const bucket = new Bucket("media");
bucket.onPut("onPut", async (object) => {
  console.log(object.key);
});
`;

/** What everything holds in memory, when nothing happens and when much does. */
export const memory: Benchmark = {
  name: "memory",
  about: `resident memory of the engine and of what it started: idle, and at ${rate} puts a second for ${seconds} s`,
  run() {
    return withUp(BenchProject.of(program), async (up) => {
      // The process that is to run the next version of the program loads what it will need.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const idle = processTree(up.pid);
      const stack = await up.stack();
      const s3 = stack.s3();
      const Bucket = stack.resource("bucket", "aws:s3/bucket:Bucket", "media").id;
      const engine: number[] = [];
      const all: number[] = [];
      const counts: number[] = [];
      let done = 0;
      up.listen((event) => (done += event.type === "invocation" && event.status === "succeeded" ? 1 : 0));
      const sampling = setInterval(() => {
        const tree = processTree(up.pid);
        engine.push(tree[0]?.resident ?? 0);
        all.push(total(tree));
        counts.push(tree.length - 1);
      }, 500);
      const started = now();
      const puts: Promise<unknown>[] = [];
      for (let index = 0; index < rate * seconds; index++) {
        await until(started + (index * 1000) / rate);
        puts.push(s3.send(new PutObjectCommand({ Bucket, Key: `${index}.txt`, Body: "a few bytes" })));
      }
      await Promise.all(puts);
      const put = now() - started;
      while (done < puts.length) await until(now() + 10);
      const handled = now() - started;
      clearInterval(sampling);
      s3.destroy();
      return [
        { what: "engine, idle", value: idle[0]?.resident ?? 0, unit: "MiB" },
        { what: "engine and children, idle", value: total(idle), unit: "MiB" },
        { what: "children, idle", value: idle.length - 1, unit: "processes" },
        { what: "engine under load, median", value: median(engine), unit: "MiB" },
        { what: "engine under load, most", value: Math.max(...engine), unit: "MiB" },
        { what: "engine and children under load, most", value: Math.max(...all), unit: "MiB" },
        { what: "children under load, most", value: Math.max(...counts), unit: "processes" },
        { what: "puts", value: puts.length / (put / 1000), unit: "/s" },
        { what: "last event handled after the last put", value: handled - put, unit: "ms" },
      ];
    });
  },
};

function total(tree: ReturnType<typeof processTree>): number {
  return tree.reduce((sum, { resident }) => sum + resident, 0);
}

async function until(time: number): Promise<void> {
  const left = time - now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}
