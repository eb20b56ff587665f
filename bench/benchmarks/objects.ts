import { randomBytes } from "node:crypto";
import type { Benchmark, Measurement } from "../benchmark";
import { processorTime } from "../measure";
import { withS3rver } from "../object-peer";
import { BenchProject } from "../project";
import { withUp } from "../running-up";
import { SigningClient, type ServerAddress } from "../signing-client";

const rounds = 3;
const atOnce = 4;
const sizes = [
  { name: "1 KiB", bytes: 1024, times: 2000 },
  { name: "1 MiB", bytes: 1024 * 1024, times: 200 },
] as const;

const program = `import * as aws from "@pulumi/aws";

new aws.s3.Bucket("media", { bucket: "media" });
`;

interface Server {
  readonly address: ServerAddress;
  readonly pid: number;
}

/** Milliseconds of processor time of an operation, by its name. */
type Costs = Map<string, number>;

/** Processor time of the S3 data path, beside s3rver in the same run. */
export const objects: Benchmark = {
  name: "objects",
  about: `processor time of a signed PUT and GET, ${atOnce} at once, ${rounds} rounds in turn with s3rver 3.7.1`,
  run() {
    return withUp(BenchProject.of(program), async (up) => {
      const { address } = await up.stack();
      up.ignoreEvents();
      return withS3rver((peer, pid) => sideBySide({ address, pid: up.pid }, { address: peer, pid }));
    });
  },
};

/** Measures both in turn, so that what else the machine does falls on each alike; keeps the best of each. */
async function sideBySide(own: Server, peer: Server): Promise<Measurement[]> {
  const [ours, theirs]: [Costs, Costs] = [new Map(), new Map()];
  for (let round = 0; round < rounds; round += 1) {
    await measure(own, ours);
    await measure(peer, theirs);
  }
  return [...ours].flatMap(([what, value]): Measurement[] => {
    const other = theirs.get(what) ?? Number.NaN;
    return [
      { what, value, unit: "ms" },
      { what: "  s3rver", value: other, unit: "ms" },
      { what: "  less than s3rver", value: other / value, unit: "×" },
    ];
  });
}

async function measure({ address, pid }: Server, costs: Costs): Promise<void> {
  const client = new SigningClient(address, "s3");
  for (const { name, bytes, times } of sizes) {
    const body = randomBytes(bytes);
    let number = 0;
    const key = (): string => `/media/${bytes}/${number++ % times}`;
    const cost = async (method: "PUT" | "GET", request: () => Promise<unknown>): Promise<void> => {
      number = 0;
      const before = processorTime(pid);
      await client.many(times, atOnce, request);
      const what = `${method} ${name}`;
      const spent = (processorTime(pid) - before) / times;
      costs.set(what, Math.min(costs.get(what) ?? Infinity, spent));
    };
    await cost("PUT", () => client.send({ method: "PUT", path: key(), body }));
    await cost("GET", () => client.send({ method: "GET", path: key() }));
  }
  client.close();
}
