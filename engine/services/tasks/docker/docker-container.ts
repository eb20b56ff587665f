import type Docker from "dockerode";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import type { Clock, ClockTimer } from "../../clock";
import { LineReader } from "../../functions/process-output";
import type { ContainerExit, RunningContainer } from "../container-runtime";

interface ContainerState {
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Error: string;
}

// Milliseconds that the last output may take to arrive.
const outputGrace = 1000;

/** A container that was created: prints what it prints as it comes, and is removed when it has ended. */
export class DockerContainer implements RunningContainer {
  public readonly exited: Promise<ContainerExit>;
  private killing: ClockTimer | undefined;
  private killAt = Number.POSITIVE_INFINITY;

  private constructor(
    private readonly container: Docker.Container,
    private readonly clock: Clock,
    private readonly stopSignal: string,
    output: Promise<void>,
  ) {
    this.exited = this.whenExited(output);
  }

  /** Starts a created container, listening to it from the first byte on. */
  public static async start(
    docker: Docker,
    container: Docker.Container,
    options: { readonly clock: Clock; readonly stopSignal: string; onLine(line: string): void },
  ): Promise<DockerContainer> {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const sinks = [0, 1].map(() => lineSink(options.onLine));
    const [stdout, stderr] = sinks;
    if (stdout !== undefined && stderr !== undefined) docker.modem.demuxStream(stream, stdout, stderr);
    const output = finished(stream)
      .catch(() => undefined)
      .then(() => {
        for (const sink of sinks) sink.end();
      });
    await container.start();
    return new DockerContainer(container, options.clock, options.stopSignal, output);
  }

  public stop(grace: number): void {
    void this.signal(this.stopSignal);
    const killAt = this.clock.now() + grace;
    if (killAt >= this.killAt) return;
    this.killAt = killAt;
    this.killing?.cancel();
    this.killing = this.clock.after(grace, () => void this.signal("SIGKILL"));
  }

  private async whenExited(output: Promise<void>): Promise<ContainerExit> {
    try {
      await this.container.wait();
      const { State: state } = (await this.container.inspect()) as { State: ContainerState };
      await this.drained(output);
      return {
        exitCode: state.ExitCode,
        ...(state.OOMKilled ? { reason: "OutOfMemoryError: Container killed due to memory usage" } : {}),
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { exitCode: undefined, reason: `the Docker engine lost the container: ${reason}` };
    } finally {
      this.killing?.cancel();
      await this.container.remove({ force: true, v: true }).catch(() => undefined);
    }
  }

  private drained(output: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(outputGrace, resolve);
      void output.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  private async signal(signal: string): Promise<void> {
    // A container that has ended meanwhile takes no signal, and needs none.
    await this.container.kill({ signal }).catch(() => undefined);
  }
}

function lineSink(onLine: (line: string) => void): PassThrough {
  const lines = new LineReader(({ line }) => onLine(line.replace(/\r$/, "")));
  const sink = new PassThrough();
  sink.on("data", (chunk: Buffer) => lines.push(chunk));
  sink.on("end", () => lines.flush());
  return sink;
}
