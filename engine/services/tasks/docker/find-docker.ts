import type Docker from "dockerode";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import type { Clock } from "../../clock";

/** A Docker engine that answers, and how containers in it reach this machine. */
export interface DockerEngine {
  readonly docker: Docker;
  /** Whether containers can have this machine's own network; else they reach it as `host.docker.internal`. */
  readonly sharesNetwork: boolean;
  /** What containers and images are made for without asking: `linux/amd64`. */
  readonly platform: string;
  /** For the docker command; undefined for an engine that was handed in. */
  readonly host: string | undefined;
}

interface EngineInfo {
  readonly OperatingSystem?: string;
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly SecurityOptions?: readonly string[];
}

// Milliseconds; an engine on this machine answers within a few.
const answerWithin = 500;

/** The Docker engine of `DOCKER_HOST`, or of the first usual socket that answers; else why there is none. */
export async function findDocker(clock: Clock): Promise<DockerEngine | string> {
  const hosts = process.env["DOCKER_HOST"] ? [process.env["DOCKER_HOST"]] : sockets();
  for (const host of hosts) {
    if (!isLocal(host))
      return `the Docker engine at ${host} is another machine, from which the endpoint is not reached`;
    const engine = await inspectEngine(connect(host), clock, host);
    if (typeof engine !== "string" || hosts.length === 1) return engine;
  }
  return "no Docker engine answers";
}

/** Asks an engine what it is; else says why it cannot be used. */
export async function inspectEngine(docker: Docker, clock: Clock, host?: string): Promise<DockerEngine | string> {
  if (!(await answers(docker, clock))) return "no Docker engine answers";
  const info = (await docker.info()) as EngineInfo;
  if (info.OSType !== "linux") return `the Docker engine runs ${info.OSType ?? "other"} containers`;
  const isRootless = info.SecurityOptions?.some((option) => option.includes("name=rootless")) === true;
  if (isRootless) return "the Docker engine is rootless, so its containers do not reach this machine's loopback";
  const isDesktop = /docker desktop/i.test(info.OperatingSystem ?? "");
  return {
    docker,
    sharesNetwork: process.platform === "linux" && !isDesktop,
    platform: `linux/${architectureOf(info.Architecture ?? process.arch)}`,
    host,
  };
}

function answers(docker: Docker, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(answerWithin, () => resolve(false));
    docker
      .ping()
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => timer.cancel());
  });
}

function connect(host: string): Docker {
  // Loaded when used: most starts of the engine run no task.
  const Client = require("dockerode") as typeof import("dockerode");
  return host.startsWith("unix://") ? new Client({ socketPath: host.slice("unix://".length) }) : new Client();
}

function sockets(): string[] {
  const home = homedir();
  const files = [
    "/var/run/docker.sock",
    path.join(home, ".docker/run/docker.sock"),
    path.join(home, ".orbstack/run/docker.sock"),
    path.join(home, ".colima/default/docker.sock"),
    path.join(home, ".rd/docker.sock"),
  ];
  return files.filter((file) => existsSync(file)).map((file) => `unix://${file}`);
}

function isLocal(host: string): boolean {
  return /^(unix|npipe):/.test(host) || /^(tcp|https?):\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(host);
}

/** Docker's names of architectures are those of Go. */
function architectureOf(machine: string): string {
  if (machine === "x86_64" || machine === "x64") return "amd64";
  return machine === "aarch64" ? "arm64" : machine;
}
