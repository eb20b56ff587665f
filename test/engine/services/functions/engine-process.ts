/** An engine in a process of its own, which a test kills: accepts one event for the package and folder it is given. */
import { FunctionFixture } from "./function-fixture";

async function main(): Promise<void> {
  const [folder = "", marker = ""] = process.argv.slice(2);
  const fixture = new FunctionFixture({}, folder);
  await fixture.functions.start();
  await fixture.define(
    `const fs = require("node:fs");
     exports.handler = async ({ marker }) => {
       if (fs.existsSync(marker)) return fs.appendFileSync(marker, " again");
       fs.writeFileSync(marker, String(process.pid));
       for (;;);
     }`,
  );
  await fixture.functions.invokeAsync("resize", Buffer.from(JSON.stringify({ marker })));
  process.stdout.write("accepted\n");
}

void main();
