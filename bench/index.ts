import { spawnSync } from "node:child_process";
import * as os from "node:os";
import { parseArgs } from "node:util";
import type { Measurement } from "./benchmark";
import { benchmarks } from "./benchmarks";
import { repository } from "./project";
import { table } from "./table";

/** `npm run bench -- [name…]`: runs benchmarks of the built command, and prints what they came to. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { list: { type: "boolean" }, json: { type: "boolean" } },
  });
  if (values.list === true) {
    for (const { name, about } of benchmarks) console.log(`${name.padEnd(12)} ${about}`);
    return 0;
  }
  const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) {
    console.error(`there is no benchmark ${unknown}: see npm run bench -- --list`);
    return 2;
  }
  build();
  const say = values.json === true ? console.error : console.log;
  say(machine());
  const results: Record<string, readonly Measurement[]> = {};
  for (const { name, about, run } of benchmarks) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    say(`\n${name}: ${about} (load ${os.loadavg()[0]?.toFixed(2)})`);
    const measurements = await run();
    results[name] = measurements;
    say(table(measurements));
  }
  if (values.json === true) console.log(JSON.stringify({ machine: machine(), results }, undefined, 2));
  return 0;
}

function build(): void {
  const { status } = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: repository, stdio: "inherit" });
  if (status !== 0) throw new Error("the library does not build");
}

function machine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 1024 ** 3);
  const processor = cpus[0]?.model.trim() ?? os.arch();
  return `Node ${process.version}, ${os.type()} ${os.release()}, ${cpus.length} × ${processor}, ${memory} GiB`;
}

void main().then((code) => {
  process.exitCode = code;
});
