import { expect } from "chai";
import Docker from "dockerode";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { TaskFixture } from "../engine/services/tasks/task-fixture";

/** Asked before the suites are registered, which Mocha does synchronously. */
function engineAnswers(): boolean {
  const ask = `new (require("dockerode"))().ping().then(() => process.exit(0), () => process.exit(1))`;
  return spawnSync(process.execPath, ["-e", ask], { timeout: 5000 }).status === 0;
}

const isThere = engineAnswers();
if (!isThere && process.env["TANDEM_REQUIRE_DOCKER"] === "1") {
  describe("Tasks in Docker", () => {
    it("have an engine, which TANDEM_REQUIRE_DOCKER=1 asks for", () => expect.fail("no Docker engine answers"));
  });
}
if (isThere) {
  describe("Tasks in Docker", function () {
    this.timeout(120_000);
    const docker = new Docker();
    const base = "FROM debian:bookworm-slim\n";
    let fixture: TaskFixture;
    let server: Server;
    let port: number;

    before((done) => {
      server = createServer((_request, response) => response.end("reached\n"));
      server.listen(0, "127.0.0.1", () => {
        ({ port } = server.address() as AddressInfo);
        done();
      });
    });
    after(() => server.close());
    beforeEach(() => {
      fixture = new TaskFixture({ docker, endpointUrl: () => `http://127.0.0.1:${port}` });
    });
    afterEach(async () => {
      await fixture.close();
      const images = await docker.listImages({ filters: { reference: ["tandem/e2e"] } });
      await Promise.all(images.map(({ Id: id }) => docker.getImage(id).remove({ force: true })));
    });

    const task = { displayName: "E2E" };
    const define = (steps: string, changes: Parameters<TaskFixture["define"]>[1] = {}, files = {}) =>
      fixture.define({ Dockerfile: base + steps, ...files }, { task: { ...task, ...changes.task }, ...changes });
    const containers = () =>
      docker.listContainers({
        all: true,
        filters: { label: [`tandem.stack=${path.join(fixture.folder, "tasks")}`] },
      });
    const steps = () => fixture.lines.filter((line) => line.startsWith("Step "));

    it("are built, run with the task's environment, print both streams, and are removed", async () => {
      define(
        'WORKDIR /app\nCOPY hello.txt .\nENV IN_IMAGE=yes\nCMD cat hello.txt; env; echo "error" >&2; exit 4',
        {},
        {
          "hello.txt": "hello\n",
        },
      );
      const { id, exitCode, stoppedReason } = await fixture.runToEnd();
      expect({ exitCode, stoppedReason }).to.deep.equal({
        exitCode: 4,
        stoppedReason: "Essential container in task exited",
      });
      expect(steps()).to.have.length(5);
      const events = await fixture.logs.tail("work-logs", { stream: `work/main/${id}`, limit: 100 });
      const printed = events.map(({ message }) => message);
      expect(printed).to.include.members(["hello", "error", "IN_IMAGE=yes", "GREETING=hello", "AWS_REGION=us-east-1"]);
      expect(printed.filter((line) => /^(USER|LOGNAME|npm_)/.test(line))).to.deep.equal([]);
      expect(fixture.seen.at(-1)).to.include({ type: "task", status: "stopped", mode: "docker", exitCode: 4 });
      expect(await containers()).to.deep.equal([]);
    });

    it("reach the endpoint, which stays on this machine's loopback", async () => {
      const request = `host="\${AWS_ENDPOINT_URL#http://}"; exec 3<>"/dev/tcp/\${host%:*}/\${host#*:}"`;
      define(`CMD ["bash", "-c", ${JSON.stringify(`${request}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`)}]`);
      await fixture.runToEnd();
      expect(fixture.lines).to.include("reached");
    });

    it("are built again when their files have changed, and only then", async () => {
      define('COPY text /\nCMD ["cat", "/text"]', {}, { text: "one\n" });
      await fixture.runToEnd();
      expect(steps()).to.have.length(3);
      await fixture.runToEnd();
      expect(steps()).to.have.length(3);
      fixture.write({ "image/text": "two\n" });
      await fixture.runToEnd();
      expect(steps()).to.have.length(6);
      expect(fixture.lines.filter((line) => /^(one|two)$/.test(line))).to.deep.equal(["one", "one", "two"]);
    });

    it("see of the context what .dockerignore leaves, wherever the Dockerfile is", async () => {
      const dockerfile = path.join(fixture.project, "Elsewhere");
      fs.writeFileSync(dockerfile, `${base}COPY . /app\nCMD ["find", "/app", "-type", "f"]`);
      define("", { build: { dockerfile } }, { kept: "", secret: "", ".dockerignore": "secret\nDockerfile\n" });
      await fixture.runToEnd();
      expect(fixture.lines.filter((line) => line.startsWith("/app"))).to.deep.equal(["/app/kept"]);
    });

    it("take arguments, a stage, overrides and the definition's own words", async () => {
      fixture.define(
        {
          Dockerfile: `ARG NAME=slim\nFROM debian:bookworm-$NAME AS one\nARG SHARED\nENV SHARED=$SHARED\nFROM one\nRUN false`,
        },
        {
          build: { target: "one", args: { SHARED: "shared" } },
          container: { entryPoint: ["sh", "-c"], workingDirectory: "/tmp" },
          task,
        },
      );
      await fixture.runToEnd({ overrides: { containerOverrides: [{ name: "main", command: ["echo $SHARED; pwd"] }] } });
      expect(fixture.lines.slice(-2)).to.deep.equal(["shared", "/tmp"]);
    });

    it("name the step at which a build fails, with what it printed", async () => {
      define("RUN echo reason && exit 7");
      const { stoppedReason, stopCode } = await fixture.runToEnd();
      expect(stopCode).to.equal("TaskFailedToStart");
      expect(stoppedReason).to.match(
        /^CannotPullContainerError: the image could not be built at Step 2\/2: RUN echo reason.*code: 7\n[^]*\n {2}reason/,
      );
    });

    it("are built by BuildKit where they need it, or say that it is missing", async () => {
      const secrets = { key: "opened" };
      define('RUN --mount=type=secret,id=key cat /run/secrets/key > /key\nCMD ["cat", "/key"]', { build: { secrets } });
      const { stoppedReason } = await fixture.runToEnd();
      if (spawnSync("docker", ["buildx", "version"]).status === 0) expect(fixture.lines.at(-1)).to.equal("opened");
      else
        expect(stoppedReason).to.match(/Dockerfile needs BuildKit: install the docker command with its buildx plugin$/);
    });

    it("are asked to stop, and killed when their time is up", async () => {
      define(`STOPSIGNAL INT\nCMD ["bash", "-c", "trap 'echo no' INT; echo ready; while true; do sleep 0.1; done"]`);
      const record = fixture.run();
      await fixture.printed("ready");
      fixture.tasks.stop(record.arn, "enough");
      await fixture.printed("no");
      await fixture.clock.tick(30_000);
      await fixture.ended();
      expect(record).to.include({ exitCode: 137, stoppedReason: "enough" });
    });

    it("do not keep the engine waiting for their build when it ends", async () => {
      define("RUN sleep 60");
      const record = fixture.run();
      await fixture.until((event) => event.type === "log" && event.line.startsWith("Step 2/2"));
      await fixture.tasks.close();
      expect(record).to.include({ lastStatus: "STOPPED", stoppedReason: "The engine was stopped" });
    });

    it("are killed beyond their memory, in ECS's words", async () => {
      define('CMD ["tail", "/dev/zero"]');
      const record = await fixture.runToEnd({ overrides: { memory: "32" } });
      expect(record.exitCode).to.equal(137);
      expect(record.containerReason).to.equal("OutOfMemoryError: Container killed due to memory usage");
    });

    it("do not start with a program that the image has not", async () => {
      define('CMD ["no-such-program"]');
      const { stoppedReason } = await fixture.runToEnd();
      expect(stoppedReason).to.match(/^CannotStartContainerError: .*no-such-program/);
      expect(await containers()).to.deep.equal([]);
    });

    it("use an image that is there already, also pinned without a registry", async () => {
      for (const image of ["debian:bookworm-slim", "debian@tag:bookworm-slim"]) {
        fixture.define({}, { container: { image, command: ["echo", image] } });
        await fixture.runToEnd();
        expect(fixture.lines.at(-1)).to.equal(image);
      }
    });

    it("say which image could not be pulled", async () => {
      fixture.define({}, { container: { image: "127.0.0.1:1/none:1" } });
      const { stoppedReason } = await fixture.runToEnd();
      expect(stoppedReason).to.match(
        /^CannotPullContainerError: the image 127.0.0.1:1\/none:1 could not be pulled: .*refused/,
      );
    });

    it("that a killed engine left running are removed at the next start", async () => {
      const stack = path.join(fixture.folder, "tasks");
      define(`CMD ["true"]`);
      await fixture.runToEnd();
      const left = await docker.createContainer({
        ...{ Image: "debian:bookworm-slim", Cmd: ["sleep", "60"], Labels: { "tandem.stack": stack } },
      });
      await left.start();
      const next = new TaskFixture({ docker }, fixture.folder);
      next.tasks.start();
      await next.tasks.close();
      expect(await containers()).to.deep.equal([]);
    });
  });
}
