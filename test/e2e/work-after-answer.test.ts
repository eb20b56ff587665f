import { expect } from "chai";
import { TemporaryProject } from "../engine/temporary-project";
import { tandemFromSource, type Ended } from "./command";

const program = `
import { Bucket, Function } from "tandem";
const results = new Bucket("results");
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function slowSave(id: string) {
  await sleep(300);
  await results.put(id + ".json", "{}");
  console.log("saved", id);
}
new Function("later", async (event: { id: string }) => { void slowSave(event.id); return "accepted"; });
new Function("soon", async (event: { id?: string }) => {
  if (event.id === undefined) { await results.put("awaited.json", "{}"); return sleep(1000); }
  void results.put(event.id + ".json", "{}");
  return "accepted";
});
new Function("count", async (event: { wait?: number }) => {
  await sleep(event.wait ?? 0);
  const names: string[] = [];
  for await (const each of results.list()) names.push(each.key);
  return names.sort();
});
`;

describe("a handler that does not await its work", () => {
  const project = new TemporaryProject(program);
  const options = { cwd: project.folder, env: { NO_COLOR: "1", TANDEM_DOCKER: "off" } };
  const up = tandemFromSource(["up"], options);
  before(() => up.prints(/ready in /));
  after(async () => {
    up.child.kill("SIGINT");
    await up.ended;
    project.remove();
  });

  const invoke = async (name: string, event: object): Promise<string> => {
    const { code, output }: Ended = await tandemFromSource(["invoke", name, JSON.stringify(event)], options).ended;
    expect(code, output).to.equal(0);
    return output.trim();
  };

  it("has nothing saved, and a line that says so", async () => {
    expect(await invoke("later", { id: "a" })).to.include("accepted");
    expect(await invoke("count", { wait: 600 })).to.include("[]");
    await up.prints(
      /later +done in \d+ ms; work under way \(a timer\) stands still until the next event, as on Lambda/,
    );
    expect(up.output).not.to.include("saved a");
  });

  it("has nothing saved either where it waits for nothing before", async () => {
    // The first one has made the connection, and all that is loaded when it is needed.
    await invoke("soon", {});
    expect(await invoke("soon", { id: "b" })).to.include("accepted");
    expect(await invoke("count", { wait: 300 })).not.to.include("b.json");
    await up.prints(/soon +done in \d+ ms; work under way \(a request\) stands still/);
    await invoke("soon", {});
    expect(await invoke("count", {})).to.include("b.json");
  });
});
