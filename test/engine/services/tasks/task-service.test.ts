import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { clusterArn, TaskFixture } from "./task-fixture";

const node = (code: string): Record<string, string> => ({
  Dockerfile: `FROM node:24\nWORKDIR /app\nCOPY main.js .\nCMD ["node", "main.js"]\n`,
  "main.js": code,
});
const waiting = `process.stdout.write("ready\\n"); setInterval(() => undefined, 1000);`;

describe("A task in host mode", () => {
  let fixture: TaskFixture;
  beforeEach(() => (fixture = new TaskFixture()));
  afterEach(() => fixture.close());

  it("goes from PROVISIONING over RUNNING to STOPPED, and says so to EventBridge", async () => {
    fixture.define(node(`console.log("done")`));
    const record = fixture.run();
    expect(record.lastStatus).to.equal("PROVISIONING");
    await fixture.ended();
    expect(record).to.include({ lastStatus: "STOPPED", exitCode: 0, stopCode: "EssentialContainerExited" });
    expect(record.stoppedReason).to.equal("Essential container in task exited");
    const details = fixture.published.map(({ detail }) => detail as Record<string, unknown>);
    expect(details.map(({ lastStatus }) => lastStatus)).to.deep.equal(["PROVISIONING", "RUNNING", "STOPPED"]);
    expect(details.map(({ version }) => version)).to.deep.equal([1, 2, 3]);
    expect(fixture.published[2]).to.deep.include({
      source: "aws.ecs",
      "detail-type": "ECS Task State Change",
      resources: [record.arn],
    });
    expect(details[2]).to.deep.include({ clusterArn, desiredStatus: "STOPPED", group: "family:work" });
    expect(details[2]?.["stoppedAt"]).to.equal(new Date(fixture.clock.now()).toISOString());
    expect((details[2]?.["containers"] as unknown[])[0]).to.include({ name: "main", exitCode: 0 });
  });

  it("writes what it prints to its log stream, line by line", async () => {
    fixture.define(node(`console.log("one"); console.error("two"); process.stdout.write("three")`));
    const { id } = await fixture.runToEnd();
    const events = await fixture.logs.tail("work-logs", { stream: `work/main/${id}`, limit: 10 });
    expect(events.map(({ message }) => message).sort()).to.deep.equal(["one", "three", "two"]);
    expect(fixture.seen).to.deep.include({
      ...{ type: "log", source: "task", name: "work", line: "one" },
      time: fixture.clock.now(),
    });
  });

  it("gives the container its own environment, and nothing of the engine's", async () => {
    process.env["TANDEM_TEST_LEAK"] = "leaked";
    fixture.define(node(`console.log(JSON.stringify(process.env))`));
    await fixture.runToEnd({
      overrides: { containerOverrides: [{ name: "main", environment: [{ name: "GREETING", value: "hi" }] }] },
    });
    delete process.env["TANDEM_TEST_LEAK"];
    const environment = JSON.parse(fixture.lines[0] ?? "") as Record<string, string>;
    expect(environment).to.include({
      GREETING: "hi",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret of arn:aws:iam::000000000000:role/work",
    });
    expect(environment).not.to.have.any.keys("TANDEM_TEST_LEAK", "ECS_CONTAINER_METADATA_URI_V4", "USER");
    expect(environment["HOME"]).to.match(/\/runs\/\w{32}\/home$/);
  });

  it("reports the exit code of a program that fails", async () => {
    fixture.define(node(`process.exit(3)`));
    expect((await fixture.runToEnd()).exitCode).to.equal(3);
    expect(fixture.seen.at(-1)).to.include({ type: "task", status: "stopped", mode: "host", exitCode: 3 });
  });

  it("runs each time in a fresh copy of the image's files, which is gone afterwards", async () => {
    fixture.define(
      node(`const fs = require("fs"); console.log(fs.existsSync("mark")); fs.writeFileSync("mark", __dirname)`),
    );
    await fixture.runToEnd();
    await fixture.runToEnd();
    expect(fixture.lines).to.deep.equal(["false", "false"]);
    expect(fs.readdirSync(path.join(fixture.folder, "tasks", "runs"))).to.deep.equal([]);
  });

  it("uses the changed files of the next run, and says once how the image runs", async () => {
    const definition = node(`console.log("old")`);
    fixture.define({ ...definition, Dockerfile: `${definition["Dockerfile"] ?? ""}RUN true\nUSER node\n` });
    await fixture.runToEnd();
    await fixture.runToEnd();
    fixture.write({ "image/main.js": `console.log("new")` });
    await fixture.runToEnd();
    expect(fixture.lines).to.deep.equal(["old", "old", "new"]);
    const notice =
      "task work runs in host mode (Docker is switched off), without a memory limit; RUN and USER of its Dockerfile are skipped";
    expect(fixture.notices).to.deep.equal([notice, notice]);
  });

  it("finds the project's packages where the image would have installed them", async () => {
    fixture.write({ "node_modules/left/index.js": `module.exports = "left";` });
    fixture.define(node(`console.log(require("left"))`));
    await fixture.runToEnd();
    expect(fixture.lines).to.deep.equal(["left"]);
  });

  it("finds the programs that package.json declares, also for what its program starts", async () => {
    fixture.write({
      "package.json": `{ "tandem": { "programs": { "shout": "./tools/shout" } } }`,
      "tools/shout": `#!/bin/sh\necho "HEY $1"\n`,
    });
    fs.chmodSync(path.join(fixture.project, "tools/shout"), 0o755);
    fixture.define(node(`require("child_process").execFileSync("shout", ["you"], { stdio: "inherit" })`));
    await fixture.runToEnd();
    expect(fixture.lines).to.deep.equal(["HEY you"]);
  });

  it("names a program that is missing, and how to get it", async () => {
    fixture.define({ Dockerfile: `FROM debian\nCMD ["no-such-program"]` });
    const record = await fixture.runToEnd();
    expect(record).to.include({ lastStatus: "STOPPED", stopCode: "TaskFailedToStart" });
    expect(record.exitCode).to.equal(undefined);
    expect(record.stoppedReason).to.match(/^CannotStartContainerError: the program no-such-program is not on this/);
    expect(fixture.notices.at(-1)).to.match(/task work did not start.*"programs": \{ "no-such-program".*start Docker/);
  });

  it("says that a program is there and may not be run", async () => {
    fixture.define({ Dockerfile: `FROM debian\nCOPY run.sh /run.sh\nCMD ["/run.sh"]`, "run.sh": "#!/bin/sh\n" });
    const { stoppedReason } = await fixture.runToEnd();
    expect(stoppedReason).to.match(
      /^CannotStartContainerError: the program \/\S*run.sh is there, but its permissions \(644\)/,
    );
  });

  for (const [by, files] of [
    ["a shell", { Dockerfile: `FROM debian\nCMD no-such-program --flag` }],
    ["Node", node(`require("child_process").execFileSync("no-such-program")`)],
  ] as const) {
    it(`names a program that ${by} could not start`, async () => {
      fixture.define(files);
      const record = await fixture.runToEnd();
      expect(record.exitCode).to.be.greaterThan(0);
      expect(record.containerReason).to.match(/^the program no-such-program is not on this machine/);
    });
  }

  it("does not start without Docker from an image that is not built here", async () => {
    fixture.define({}, { container: { image: "alpine:3" } });
    const { stoppedReason } = await fixture.runToEnd();
    expect(stoppedReason).to.equal(
      "CannotPullContainerError: the image alpine:3 is not built here, so running it needs Docker (Docker is switched off)",
    );
  });

  it("does not start where the Dockerfile cannot be used, and names the line", async () => {
    fixture.define({ Dockerfile: `FROM debian\n\nCOPY missing .\nCMD ["true"]` });
    const { stoppedReason } = await fixture.runToEnd();
    expect(stoppedReason).to.match(/^CannotPullContainerError: .*Dockerfile.*line 3: COPY missing: no such file/);
  });

  it("takes secrets from variables of the same name, and says which to export", async () => {
    const secrets = [{ name: "TANDEM_TEST_SECRET", valueFrom: "arn:aws:secretsmanager:us-east-1:1:secret:key" }];
    fixture.define(node(`console.log(process.env.TANDEM_TEST_SECRET)`), { container: { secrets } });
    const { stoppedReason } = await fixture.runToEnd();
    expect(stoppedReason).to.match(/^ResourceInitializationError: .*export TANDEM_TEST_SECRET before tandem up$/);
    process.env["TANDEM_TEST_SECRET"] = "opened";
    await fixture.runToEnd();
    delete process.env["TANDEM_TEST_SECRET"];
    expect(fixture.lines).to.deep.equal(["opened"]);
  });

  it("is asked to stop, and killed when its time is up", async () => {
    fixture.define(node(`process.on("SIGTERM", () => console.log("no")); ${waiting}`), {
      container: { stopTimeout: 7 },
    });
    const record = fixture.run();
    await fixture.printed("ready");
    fixture.tasks.stop(record.arn, "enough");
    expect(record).to.include({ desiredStatus: "STOPPED", lastStatus: "RUNNING" });
    await fixture.printed("no");
    await fixture.clock.tick(6999);
    expect(fixture.activity.idle).to.equal(false);
    await fixture.clock.tick(1);
    await fixture.ended();
    expect(record).to.include({ exitCode: 137, stopCode: "UserInitiated", stoppedReason: "enough" });
  });

  it("gets the image's STOPSIGNAL", async () => {
    const files = node(`process.on("SIGINT", () => process.exit(9)); ${waiting}`);
    fixture.define({ ...files, Dockerfile: `${files["Dockerfile"] ?? ""}STOPSIGNAL INT\n` });
    const record = fixture.run();
    await fixture.printed("ready");
    fixture.tasks.stop(record.arn);
    await fixture.ended();
    expect(record.exitCode).to.equal(9);
  });

  it("takes along what its program started, when that ends", async () => {
    const code = `const { spawn } = require("child_process");
      const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "inherit" });
      child.on("spawn", () => { console.log(child.pid); process.exit(0); });`;
    fixture.define(node(code));
    // Time stands still here, so this ends only because nobody holds the output open any more.
    expect((await fixture.runToEnd()).exitCode).to.equal(0);
    expect(fixture.lines).to.have.length(1);
  });

  it("never runs when it is stopped before", async () => {
    fixture.define(node(`console.log("ran")`));
    const record = fixture.run();
    fixture.tasks.stop(record.arn, "too late");
    await fixture.ended();
    expect(record).to.include({ lastStatus: "STOPPED", stoppedReason: "too late" });
    expect(record.startedAt).to.equal(undefined);
    expect(fixture.lines).to.deep.equal([]);
  });

  it("ends with the engine", async () => {
    fixture.define(node(waiting));
    const record = fixture.run();
    await fixture.printed("ready");
    await fixture.tasks.close();
    expect(record).to.include({ lastStatus: "STOPPED", stoppedReason: "The engine was stopped" });
    expect(() => fixture.run()).to.throw("being stopped");
  });

  it("can be described for an hour after it stopped", async () => {
    fixture.define(node(``));
    const { arn } = await fixture.runToEnd();
    await fixture.clock.tick(3_599_999);
    expect(fixture.tasks.findTask(arn)).to.include({ lastStatus: "STOPPED" });
    await fixture.clock.tick(1);
    expect(fixture.tasks.findTask(arn)).to.equal(undefined);
  });

  it("runs once for each client token", async () => {
    fixture.define(node(``));
    const request = fixture.run().request;
    const [first] = fixture.tasks.run(request, 1, "token");
    expect(fixture.tasks.run(request, 1, "token")).to.deep.equal([first]);
    const other = { ...request, startedBy: "somebody else" };
    expect(() => fixture.tasks.run(other, 1, "token")).to.throw("used for another request");
  });

  it("leaves nothing of a run that a killed engine left behind", () => {
    const left = path.join(fixture.folder, "tasks", "runs", "0123", "root");
    fs.mkdirSync(left, { recursive: true });
    fixture.tasks.start();
    expect(fs.existsSync(left)).to.equal(false);
  });

  it("has one container, and none of what is not supported here", () => {
    const two = [
      { name: "main", image: "a" },
      { name: "sidecar", image: "b" },
    ];
    expect(() => fixture.define({}, { task: { containerDefinitions: two } })).to.throw(
      "The task definition work has 2 containers (main, sidecar); on this machine a task has one.",
    );
    const mounts = { mountPoints: [{ sourceVolume: "data" }] };
    expect(() => fixture.define({}, { container: mounts })).to.throw("mountPoints, which is not supported");
  });
});
