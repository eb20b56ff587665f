import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Benchmark } from "../benchmark";
import { median, now, percentile } from "../measure";
import { BenchProject } from "../project";
import { withUp } from "../running-up";

const warmUps = 50;
const puts = 500;

const program = `import { Bucket } from "tandem";

const bucket = new Bucket("media");
bucket.onPut("onPut", async (object) => {
  console.log(\`\${object.key} \${process.hrtime.bigint()}\`);
});
`;

/** From a put to its handler, one after the other. */
export const events: Benchmark = {
  name: "events",
  about: `${puts} puts of a few bytes, one after the other, each to the first line of its warm handler`,
  run() {
    return withUp(BenchProject.of(program), async (up) => {
      const stack = await up.stack();
      const s3 = stack.s3();
      const Bucket = stack.resource("bucket", "aws:s3/bucket:Bucket", "media").id;
      const started = new Map<string, number>();
      up.listen((event) => {
        if (event.type !== "log") return;
        const [, key, nanoseconds] = /(\S+\.txt) (\d+)/.exec(event.line) ?? [];
        if (key !== undefined) started.set(key, Number(nanoseconds) / 1e6);
      });
      const fromSent: number[] = [];
      const fromAnswered: number[] = [];
      for (let index = 0; index < warmUps + puts; index++) {
        const Key = `${index}.txt`;
        const handled = up.next((event) => event.type === "invocation" && event.status === "succeeded");
        const sent = now();
        await s3.send(new PutObjectCommand({ Bucket, Key, Body: "a few bytes" }));
        const answered = now();
        await handled;
        // The line comes before its invocation's end.
        const at = started.get(Key);
        if (at === undefined) throw new Error(`nothing was printed for ${Key}`);
        if (index < warmUps) continue;
        fromSent.push(at - sent);
        fromAnswered.push(Math.max(0, at - answered));
      }
      s3.destroy();
      return [
        { what: "put sent to handler started, p50", value: median(fromSent), unit: "ms", target: 10 },
        { what: "put sent to handler started, p99", value: percentile(fromSent, 0.99), unit: "ms" },
        { what: "put answered to handler started, p50", value: median(fromAnswered), unit: "ms" },
      ];
    });
  },
};
