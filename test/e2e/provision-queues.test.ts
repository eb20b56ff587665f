import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { copyOfExample, repository, tandem, type Ended } from "./command";

describe("the team's queues", () => {
  it("take messages, hand over what nobody processes, and keep all of it for the next day", async () => {
    const folder = copyOfExample(path.join(repository, "examples", "provision-queues"));
    const first = tandem(["up"], { cwd: folder });
    await first.prints(/^ready in/m);
    const run = (...args: string[]): Promise<Ended> => tandem(args, { cwd: folder }).ended;
    expect((await run("send", "orders", '{"order":7}')).code).to.equal(0);
    const wrong = await run("send", "orders", "no json");
    expect(wrong.code).to.equal(2);
    expect((await run("send", "order", "1")).output).to.match(/did you mean orders\?/);
    expect((await run("ls")).output).to.match(/queue +orders +.*1 waiting/);
    first.child.kill("SIGKILL");
    await first.ended;

    const second = tandem(["up"], { cwd: folder });
    await second.prints(/^ready in/m);
    expect((await run("ls", "orders")).output).to.include('{"order":7}');
    expect((await run("redrive", "orders")).code).to.equal(0);
    second.child.kill("SIGINT");
    expect((await second.ended).code).to.equal(130);
    fs.rmSync(folder, { recursive: true });
  });
});
