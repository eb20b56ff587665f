import type Docker from "dockerode";
import type { Clock } from "../clock";
import type { EngineEvents } from "../engine-events";
import type { ContainerRuntime } from "./container-runtime";
import { DockerRuntime } from "./docker/docker-runtime";
import { findDocker, inspectEngine, type DockerEngine } from "./docker/find-docker";
import { HostRuntime } from "./host/host-runtime";

interface RuntimeChoice {
  readonly docker: Docker | "off" | undefined;
  /** The task service's scratch folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly events: EngineEvents;
  readonly projectFolder: string;
}

/** A Docker engine where one answers, else host mode. */
export async function chooseRuntime(choice: RuntimeChoice): Promise<ContainerRuntime> {
  const { folder, clock, events, projectFolder } = choice;
  const engine = await engineOf(choice);
  return typeof engine === "string"
    ? new HostRuntime({ folder, clock, events, projectFolder, because: engine })
    : DockerRuntime.open({ engine, stack: folder, clock, events });
}

/** The engine, or why there is none. */
async function engineOf({ docker, clock }: RuntimeChoice): Promise<DockerEngine | string> {
  if (docker === undefined) return process.env["TANDEM_DOCKER"] === "off" ? "TANDEM_DOCKER=off" : findDocker(clock);
  return docker === "off" ? "Docker is switched off" : inspectEngine(docker, clock);
}
