import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Benchmark } from "../benchmark";
import { median, now, percentile } from "../measure";
import { BenchProject } from "../project";
import { withUp } from "../running-up";

const warmUps = 50;
const calls = 500;

const program = `import { Function } from "tandem";

export const clock = new Function("clock", async () => String(process.hrtime.bigint()));
`;

/** Synchronous calls of a warm function. */
export const invocations: Benchmark = {
  name: "invocations",
  about: `${calls} synchronous invocations of a warm function, one after the other`,
  run() {
    return withUp(BenchProject.of(program), async (up) => {
      const stack = await up.stack();
      const lambda = new LambdaClient(stack.clientConfig);
      const FunctionName = stack.resource("function", "aws:lambda/function:Function", "clock").id;
      const starts: number[] = [];
      const round: number[] = [];
      for (let index = 0; index < warmUps + calls; index++) {
        const sent = now();
        const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
        const answered = now();
        if (index < warmUps) continue;
        starts.push(Number(JSON.parse(Buffer.from(Payload ?? []).toString())) / 1e6 - sent);
        round.push(answered - sent);
      }
      lambda.destroy();
      return [
        { what: "sent to handler started, p50", value: median(starts), unit: "ms" },
        { what: "sent to handler started, p99", value: percentile(starts, 0.99), unit: "ms" },
        { what: "sent to answered, p50", value: median(round), unit: "ms" },
      ];
    });
  },
};
