import { expect } from "chai";
import Docker from "dockerode";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { findDocker, inspectEngine } from "../../../../../engine/services/tasks/docker/find-docker";
import { FakeClock } from "../../../../../testing/fake-clock";

describe("The Docker engine", () => {
  const host = process.env["DOCKER_HOST"];
  const clock = new FakeClock();
  let server: Server;
  let docker: Docker;
  let info: object;
  let answers: boolean;

  before((done) => {
    server = createServer((request, response) => {
      if (request.url?.endsWith("/_ping") === true) return answers ? response.end("OK") : undefined;
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify(info));
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      docker = new Docker({ protocol: "http", host: "127.0.0.1", port });
      done();
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    answers = true;
    info = { OSType: "linux", Architecture: "x86_64", OperatingSystem: "Debian GNU/Linux 12 (bookworm)" };
  });
  afterEach(() => {
    if (host === undefined) delete process.env["DOCKER_HOST"];
    else process.env["DOCKER_HOST"] = host;
  });

  it("is known by its platform, and by how its containers reach this machine", async () => {
    const onLinux = process.platform === "linux";
    expect(await inspectEngine(docker, clock)).to.include({ platform: "linux/amd64", sharesNetwork: onLinux });
    info = { ...info, OperatingSystem: "Docker Desktop", Architecture: "aarch64" };
    expect(await inspectEngine(docker, clock)).to.include({ platform: "linux/arm64", sharesNetwork: false });
  });

  it("is not used where its containers cannot reach this machine, or are no Linux", async () => {
    expect(await inspectEngine(docker, clock)).to.be.an("object");
    info = { ...info, SecurityOptions: ["name=seccomp,profile=default", "name=rootless"] };
    expect(await inspectEngine(docker, clock)).to.match(/rootless/);
    info = { OSType: "windows" };
    expect(await inspectEngine(docker, clock)).to.match(/runs windows containers/);
    process.env["DOCKER_HOST"] = "tcp://build.example.com:2376";
    expect(await findDocker(clock)).to.match(/tcp:\/\/build.example.com:2376 is another machine/);
  });

  it("has half a second to answer", async () => {
    answers = false;
    const found = inspectEngine(docker, clock);
    await clock.tick(500);
    expect(await found).to.equal("no Docker engine answers");
    process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
    expect(await findDocker(clock)).to.equal("no Docker engine answers");
  });
});
