import type { Clock } from "../../clock";
import type { EngineEvents } from "../../engine-events";
import { ContainerError, type ContainerRuntime, type ContainerSpec, type RunningContainer } from "../container-runtime";
import { DockerContainer } from "./docker-container";
import type { DockerEngine } from "./find-docker";
import { ImageStore } from "./image-store";

interface DockerRuntimeOptions {
  readonly engine: DockerEngine;
  /** The stack's own folder: its containers carry it as a label. */
  readonly stack: string;
  readonly clock: Clock;
  readonly events: EngineEvents;
}

const stackLabel = "tandem.stack";
const megabyte = 1024 * 1024;

/** Runs tasks as containers of a Docker engine. */
export class DockerRuntime implements ContainerRuntime {
  public readonly mode = "docker";
  private readonly images: ImageStore;

  private constructor(private readonly options: DockerRuntimeOptions) {
    this.images = new ImageStore(options.engine, options.events);
  }

  /** Removes what an engine that was killed left running, first of all. */
  public static async open(options: DockerRuntimeOptions): Promise<DockerRuntime> {
    const runtime = new DockerRuntime(options);
    await runtime.removeLeftovers();
    return runtime;
  }

  public async start(spec: ContainerSpec): Promise<RunningContainer> {
    const { build, signal, taskName } = spec;
    const image =
      build === undefined
        ? await this.images.existing(spec.image, taskName, signal)
        : await this.images.built(build, taskName, signal);
    const { docker } = this.options.engine;
    const { Config: config } = await docker.getImage(image).inspect();
    const container = await this.create(image, spec);
    try {
      // The type leaves out what the engine does send.
      const { StopSignal: stopSignal } = config as { StopSignal?: string };
      const { clock } = this.options;
      return await DockerContainer.start(docker, container, {
        clock,
        stopSignal: stopSignal ?? "SIGTERM",
        onLine: (line) => spec.onLine(line),
      });
    } catch (error) {
      await container.remove({ force: true, v: true }).catch(() => undefined);
      throw new ContainerError("CannotStartContainerError", engineMessage(error));
    }
  }

  private async removeLeftovers(): Promise<void> {
    const { docker } = this.options.engine;
    const label = `${stackLabel}=${this.options.stack}`;
    const found = await docker.listContainers({ all: true, filters: { label: [label] } });
    await Promise.all(
      found.map(({ Id: id }) =>
        docker
          .getContainer(id)
          .remove({ force: true, v: true })
          .catch(() => undefined),
      ),
    );
  }

  private async create(image: string, spec: ContainerSpec) {
    const { engine, stack } = this.options;
    const { sharesNetwork } = engine;
    const environment = sharesNetwork ? spec.environment : withDockerHost(spec.environment);
    try {
      return await engine.docker.createContainer({
        name: `tandem-${spec.taskName.toLowerCase().replace(/[^a-z0-9_.-]/g, "-")}-${spec.taskId.slice(0, 12)}`,
        Image: image,
        ...(spec.entryPoint === undefined ? {} : { Entrypoint: [...spec.entryPoint] }),
        ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
        ...(spec.workingDirectory === undefined ? {} : { WorkingDir: spec.workingDirectory }),
        Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        Labels: { [stackLabel]: stack, "tandem.task": spec.taskId },
        HostConfig: {
          // The endpoint is on this machine's loopback and stays there.
          ...(sharesNetwork ? { NetworkMode: "host" } : { ExtraHosts: ["host.docker.internal:host-gateway"] }),
          // As on Fargate there is no swap beyond the memory.
          ...(spec.memory === undefined ? {} : { Memory: spec.memory * megabyte, MemorySwap: spec.memory * megabyte }),
          // What it prints is kept in the log group.
          LogConfig: { Type: "none", Config: {} },
        },
      });
    } catch (error) {
      throw new ContainerError("CannotStartContainerError", engineMessage(error));
    }
  }
}

function withDockerHost(environment: Readonly<Record<string, string>>): Record<string, string> {
  const endpoint = environment["AWS_ENDPOINT_URL"];
  if (endpoint === undefined) return { ...environment };
  // Queues' addresses start with it, too.
  const reachable = endpoint.replace("//127.0.0.1:", "//host.docker.internal:");
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll(endpoint, reachable)]),
  );
}

/** An engine's error in its own words, without what dockerode puts in front. */
function engineMessage(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown }; message?: string };
  return typeof json?.message === "string" ? json.message : (message ?? String(error));
}
