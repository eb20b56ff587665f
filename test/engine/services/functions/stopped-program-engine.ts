/** An engine in a process of its own, which a test kills: prints the ids of a function's process and of a program that stands still with it. */
import { FunctionFixture } from "./function-fixture";

async function main(): Promise<void> {
  const fixture = new FunctionFixture({}, process.argv[2]);
  await fixture.functions.start();
  await fixture.define(
    `const { spawn } = require("node:child_process");
     exports.handler = async () => {
       const program = spawn("sleep", ["3600"], { detached: true, stdio: "ignore" });
       await new Promise((done) => program.on("spawn", done));
       return [process.pid, program.pid];
     }`,
  );
  process.stdout.write(`${JSON.stringify((await fixture.invoke()).value)}\n`);
}

void main();
